/** One model at one address, asked through the `openai` package: it writes the requests and reads the answers, the way there is ours. */
import type OpenAI from 'openai';
import { z } from 'zod';
import type { Message } from './asker.ts';
import { dialectOf, refusedPart, type Dialect } from './dialect.ts';
import { AnswerCutOff, ModelRefused, UnusableAnswer } from './errors.ts';
import { OPENAI_URL, type Usage } from './prices.ts';

/** A fetch that is guarded, and ends with its signal. */
export type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;
/** `baseUrl`, `apiKey`: expanded. */
export type Address = { model: string; baseUrl: string; apiKey: string };

export type ChatRequest = { messages: readonly Message[]; schema?: Record<string, unknown>; maxOutputTokens: number; temperature?: number };
export type AudioRequest = { bytes: Uint8Array<ArrayBuffer>; name: string; language?: string };
/** `unusable`: it was paid for, and is none. Without `usage` nobody knows what it has cost. */
export type Answered = { text: string; usage?: Usage; requestId?: string; unusable?: Error };

const LONGEST_MS = 2 ** 31 - 1;

const tokens = z.number().int().min(0);
const Completion = z.looseObject({
  choices: z.array(z.looseObject({ finish_reason: z.string().nullish(), message: z.looseObject({ content: z.string().nullish(), refusal: z.string().nullish() }) })).min(1),
});
const Spent = z.looseObject({
  usage: z.looseObject({ prompt_tokens: tokens, completion_tokens: tokens, prompt_tokens_details: z.looseObject({ cached_tokens: tokens.nullish() }).nullish() }),
});
const Transcription = z.looseObject({ text: z.string(), duration: z.coerce.number().min(0).optional() });
const Heard = z.looseObject({
  usage: z.union([
    z.looseObject({ seconds: z.number().min(0) }),
    z.looseObject({ input_tokens: tokens, output_tokens: tokens, input_token_details: z.looseObject({ audio_tokens: tokens.nullish() }).nullish() }),
  ]),
});

/** Rejects with what the package throws; `errorFrom` says what that means. */
export async function chat(address: Address, request: ChatRequest, fetch: Fetch, signal: AbortSignal): Promise<Answered> {
  const client = await clientOf(address, fetch);
  const dialect = dialectOf(address);
  for (;;) {
    try {
      const { data, response } = await client.chat.completions.create(bodyOf(address, request, dialect) as never, { signal }).withResponse();
      return { ...readCompletion(data, address), ...idOf(response) };
    } catch (error) {
      // Servers differ in what they know; what one does not is said in another way, once and for all.
      if (!refusedPart(dialect, error)) throw error;
    }
  }
}

export async function transcribe(address: Address, { bytes, name, language }: AudioRequest, fetch: Fetch, signal: AbortSignal): Promise<Answered & { seconds?: number }> {
  const client = await clientOf(address, fetch);
  const { data, response } = await client.audio.transcriptions.create({ model: address.model, file: new File([bytes], name), ...(language && { language }) }, { signal }).withResponse();
  const heard = Transcription.safeParse(data);
  if (!heard.success) return { text: '', ...idOf(response), unusable: new UnusableAnswer(`${address.model} answered no transcription`, 'garbage') };
  const usage = audioUsage(data) ?? (heard.data.duration === undefined ? undefined : { input: 0, output: 0, seconds: heard.data.duration });
  const seconds = heard.data.duration ?? usage?.seconds;
  return { text: heard.data.text, ...(usage && { usage }), ...(seconds !== undefined && { seconds }), ...idOf(response) };
}

/** It takes the loop up to 0.2 s, once: whoever will ask in a hurry has it loaded before. */
export const loadClient = () => import('openai');

async function clientOf({ apiKey, baseUrl }: Address, fetch: Fetch): Promise<OpenAI> {
  const { default: Client } = await loadClient();
  return new Client({ apiKey, baseURL: baseUrl, fetch, maxRetries: 0, timeout: LONGEST_MS, organization: null, project: null, logLevel: 'off' });
}

function bodyOf({ model }: Address, { messages, schema, maxOutputTokens, temperature }: ChatRequest, { limit, json }: Dialect): object {
  return {
    model,
    messages: schema && json !== 'json_schema' ? withSchema(messages, schema) : messages,
    [limit]: maxOutputTokens,
    ...(temperature !== undefined && { temperature }),
    ...(schema && json === 'json_schema' && { response_format: { type: json, json_schema: { name: 'answer', schema, strict: isStrict(schema) } } }),
    ...(schema && json === 'json_object' && { response_format: { type: json } }),
  };
}

/** For servers that take no schema: the model is told. */
function withSchema([first, ...rest]: readonly Message[], schema: Record<string, unknown>): Message[] {
  return [{ ...first!, content: `${first!.content}\n\nAnswer with JSON only, of this JSON schema:\n${JSON.stringify(schema)}` }, ...rest];
}

/** OpenAI promises to keep to a schema only when every property is required and none may be added. */
function isStrict(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return true;
  const { type, properties, required = [], additionalProperties } = schema as { type?: unknown; properties?: object; required?: string[]; additionalProperties?: unknown };
  if (type === 'object' && (additionalProperties !== false || Object.keys(properties ?? {}).some((name) => !required.includes(name)))) return false;
  return Object.values(schema).every(isStrict);
}

function readCompletion(data: unknown, { model }: Address): Answered {
  const usage = chatUsage(data);
  const paid = usage && { usage };
  const parsed = Completion.safeParse(data);
  if (!parsed.success) return { text: '', ...paid, unusable: new UnusableAnswer(`${model} answered no completion`, 'garbage') };
  const { finish_reason: finish, message } = parsed.data.choices[0]!;
  const text = message.content ?? '';
  const unusable = unusableBy(model, finish, message.refusal, text);
  return { text, ...paid, ...(unusable && { unusable }) };
}

function unusableBy(model: string, finish: string | null | undefined, refusal: string | null | undefined, text: string): Error | undefined {
  if (refusal) return new ModelRefused(`${model} refuses: ${refusal.slice(0, 300)}`, 'refusal');
  if (finish === 'content_filter') return new ModelRefused(`the content filter of ${model} has stopped the answer`, 'content_filter');
  if (finish === 'length') return new AnswerCutOff(`the answer of ${model} is longer than it may be: allow more by { maxOutputTokens }, or by max_output_tokens in jobs.yaml`);
  if (text.trim() === '') return new UnusableAnswer(`${model} answered nothing`, 'empty');
  return undefined;
}

function chatUsage(data: unknown): Usage | undefined {
  const { data: found } = Spent.safeParse(data);
  if (!found) return undefined;
  const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: details } = found.usage;
  return { input, output, cached: details?.cached_tokens ?? 0 };
}

function audioUsage(data: unknown): Usage | undefined {
  const { data: found } = Heard.safeParse(data);
  if (!found) return undefined;
  const { usage } = found as { usage: Record<string, any> };
  if (typeof usage['seconds'] === 'number') return { input: 0, output: 0, seconds: usage['seconds'] };
  return { input: usage['input_tokens'], output: usage['output_tokens'], audio: usage['input_token_details']?.audio_tokens ?? 0 };
}

const idOf = ({ headers }: Response): { requestId?: string } => {
  const requestId = headers.get('x-request-id');
  return requestId === null ? {} : { requestId };
};

/** Where a model is. */
export const urlOf = (baseUrl: string | undefined): string => baseUrl ?? OPENAI_URL;
