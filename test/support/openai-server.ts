/**
 * A server on this machine that speaks the OpenAI protocol (chat completions, transcriptions, models) and behaves as it is told. It
 * depends on nothing of Rivus and of no test runner, so that proofs may start it in a process of its own.
 *
 *   const server = await startOpenAi(says('Hello'));            // each request is answered so
 *   server.behave(rateLimited({ retryAfter: 2 }), says('Hi'));   // from now on: one after the other, the last one stays
 *   server.url                                                  // base_url, with /v1
 *   server.asked                                                // what it was asked, in order
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sampleOf } from './schema-sample.ts';

type Message = { role: string; content: unknown };
/** `text`: of all messages, as the model reads them. `file`: of a transcription. */
export type Asked = {
  path: string;
  headers: IncomingHttpHeaders;
  body: { model?: string; messages?: Message[]; response_format?: { type: string; json_schema?: { schema: unknown } }; [more: string]: unknown };
  text: string;
  file?: { name: string; bytes: number };
};
export type Usage = { prompt_tokens: number; completion_tokens: number; prompt_tokens_details?: { cached_tokens: number } };
/** Answers one request, or never does. `released` resolves when the test lets go of what hangs. */
export type Behaviour = (asked: Asked, response: ServerResponse, released: Promise<void>) => unknown;

export class OpenAiServer {
  readonly asked: Asked[] = [];
  /** Requests that are open now. */
  open = 0;
  private readonly server = createServer((request, response) => void this.take(request, response));
  private behaviours: readonly Behaviour[];
  private letGo = Promise.withResolvers<void>();
  private readonly leaving: (() => void)[] = [];
  private readonly waiting: { n: number; resolve(): void }[] = [];

  constructor(behaviours: readonly Behaviour[]) {
    this.behaviours = behaviours;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async listen(port = 0): Promise<this> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  /** From now on: one after the other, and the last one for all that follow. */
  behave(...behaviours: [Behaviour, ...Behaviour[]]): void {
    this.behaviours = behaviours;
  }

  /** What hangs goes on; what comes later hangs anew. */
  release(): void {
    this.letGo.resolve();
    this.letGo = Promise.withResolvers();
  }

  /** Resolves when it has been asked so often in all. */
  wasAsked(n: number): Promise<void> {
    if (this.asked.length >= n) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ n, resolve }));
  }

  /** Resolves when nobody waits for an answer any more. */
  wasLeft(): Promise<void> {
    return this.open === 0 ? Promise.resolve() : new Promise((resolve) => this.leaving.push(resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.open += 1;
    response.on('close', () => {
      this.open -= 1;
      if (this.open === 0) for (const left of this.leaving.splice(0)) left();
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked = askedOf(request, Buffer.concat(chunks));
    this.asked.push(asked);
    for (const { resolve } of this.waiting.filter(({ n }) => n <= this.asked.length)) resolve();
    const [behaviour, ...rest] = this.behaviours;
    if (rest.length > 0) this.behaviours = rest;
    await behaviour!(asked, response, this.letGo.promise);
  }
}

export function startOpenAi(...behaviours: [Behaviour, ...Behaviour[]]): Promise<OpenAiServer> {
  return new OpenAiServer(behaviours).listen();
}

// ---------------------------------------------------------------- good

/** Says this. */
export const says = (text: string | ((asked: Asked) => string), usage?: Usage): Behaviour => (asked, response) => completion(response, asked, { content: typeof text === 'string' ? text : text(asked) }, { usage });

/** Answers with JSON: this, or what fits the schema that is asked for. */
export const answers = (value?: unknown, usage?: Usage): Behaviour => (asked, response) => {
  const schema = asked.body.response_format?.json_schema?.schema;
  completion(response, asked, { content: JSON.stringify(value ?? sampleOf(schema)) }, { usage });
};

/** Knows no JSON schema, as many compatible servers; JSON mode it knows. */
export const withoutSchemas = (then: Behaviour): Behaviour => (asked, response, released) =>
  asked.body.response_format?.type === 'json_schema'
    ? failure(response, 400, { message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.", type: 'invalid_request_error', param: 'response_format', code: null })
    : then(asked, response, released);

/** What it hears in a file. */
export const hears = (text: string, more: Record<string, unknown> = {}): Behaviour => (_asked, response) => json(response, 200, { text, ...more });

// ---------------------------------------------------------------- slow and dead

/** Answers when the test says `release()`. */
export const slow = (then: Behaviour): Behaviour => async (asked, response, released) => {
  await released;
  await then(asked, response, released);
};

/** Begins its answer, and never ends it. */
export const stalls: Behaviour = (_asked, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"id": "chatcmpl-1", "choices": [');

/** Hangs up without a word. */
export const dead: Behaviour = (_asked, response) => void response.socket?.destroy();

// ---------------------------------------------------------------- refusals

export type ApiError = { message: string; type?: string | null; code?: string | number | null; param?: string | null };

export const fails = (status: number, error: ApiError = { message: 'no reason given' }, headers: Record<string, string> = {}): Behaviour => (_asked, response) => failure(response, status, error, headers);

/** `retryAfter`, `reset`: seconds. */
export const rateLimited = ({ retryAfter, reset }: { retryAfter?: number; reset?: number } = {}): Behaviour =>
  fails(429, { message: 'Rate limit reached for requests', type: 'requests', code: 'rate_limit_exceeded' }, {
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...(reset !== undefined && { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': `${reset}s` }),
  });

/** The money that was paid in is used up: to try again does not help. */
export const outOfQuota = fails(429, { message: 'You exceeded your current quota, please check your plan and billing details.', type: 'insufficient_quota', code: 'insufficient_quota' });

/** Repeats the key, as some do. */
export const unauthorized: Behaviour = (asked, response) =>
  failure(response, 401, { message: `Incorrect API key provided: ${String(asked.headers.authorization).replace('Bearer ', '')}.`, type: 'invalid_request_error', code: 'invalid_api_key' });

export const overloaded = fails(503, { message: 'The server is overloaded', type: 'server_error' });

/** The model refuses, in words. */
export const refuses = (refusal = "I'm sorry, I can't help with that."): Behaviour => (asked, response) => completion(response, asked, { content: null, refusal });

/** A filter of the provider has cut it off. */
export const filtered: Behaviour = (asked, response) => completion(response, asked, { content: '' }, { finish: 'content_filter' });

/** It ran out of tokens in the middle of its answer. */
export const cutOff = (text: string): Behaviour => (asked, response) => completion(response, asked, { content: text }, { finish: 'length' });

// ---------------------------------------------------------------- garbage

export const empty: Behaviour = (asked, response) => completion(response, asked, { content: '' });

/** Not JSON, JSON of another kind, half of it, the wrong types: in turn. */
export const garbage = (at = 0): Behaviour => {
  const kinds = ['<html>502 Bad Gateway</html>', '{"choices": []}', '{"id":', 'null', '[]', '{"choices":[{"message":{"content":42}}],"usage":"much"}', '{"choices":[{}]}', '', '"ok"', '{"choices":[{"message":null,"finish_reason":7}]}'];
  let next = at;
  return (_asked, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(kinds[next++ % kinds.length]);
};

// ---------------------------------------------------------------- hostile

/**
 * Does what it reads: where the text holds JSON it answers just that (the last one), and else what stands behind the last
 * "instructions". So whoever can write into the text speaks for the model.
 */
export const obeys: Behaviour = (asked, response) => {
  const objects = asked.text.match(/\{[^{}]*\}/g);
  const orders = asked.text.split(/instructions?[.:!,]?\s*/i);
  completion(response, asked, { content: objects?.at(-1) ?? orders.at(-1) ?? '' });
};

// ---------------------------------------------------------------- on the wire

function completion(response: ServerResponse, { body, text }: Asked, message: { content: unknown; refusal?: string }, { usage, finish = 'stop' }: { usage?: Usage | undefined; finish?: string } = {}): void {
  const tokens = { prompt_tokens: tokensOf(text), completion_tokens: tokensOf(String(message.content ?? message.refusal)), ...usage };
  json(response, 200, {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_795_521_600,
    model: body.model,
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
    usage: { ...tokens, total_tokens: tokens.prompt_tokens + tokens.completion_tokens },
  });
}

const failure = (response: ServerResponse, status: number, error: ApiError, headers: Record<string, string> = {}) => json(response, status, { error }, headers);

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1', ...headers }).end(JSON.stringify(body));
}

const tokensOf = (text: string) => Math.ceil(text.length / 4);

function askedOf({ url = '', headers }: IncomingMessage, bytes: Buffer): Asked {
  const path = url.replace(/^\/v1/, '');
  if (headers['content-type']?.startsWith('multipart/form-data')) return formOf(path, headers, bytes);
  const body = bytes.length > 0 ? (JSON.parse(bytes.toString()) as Asked['body']) : {};
  return { path, headers, body, text: (body.messages ?? []).map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content))).join('\n') };
}

function formOf(path: string, headers: IncomingHttpHeaders, bytes: Buffer): Asked {
  const boundary = /boundary=(.*)$/.exec(headers['content-type']!)![1]!;
  const parts = bytes.toString('latin1').split(`--${boundary}`).slice(1, -1);
  const fields = parts.map((part) => {
    const [head = '', ...rest] = part.split('\r\n\r\n');
    return { name: /name="([^"]*)"/.exec(head)?.[1] ?? '', file: /filename="([^"]*)"/.exec(head)?.[1], value: rest.join('\r\n\r\n').slice(0, -2) };
  });
  const file = fields.find((field) => field.file !== undefined);
  return {
    path, headers, text: '',
    body: Object.fromEntries(fields.filter((field) => field !== file).map(({ name, value }) => [name, value])),
    ...(file && { file: { name: file.file!, bytes: file.value.length } }),
  };
}
