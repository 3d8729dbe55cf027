import { handler, stage, z, type Ctx } from 'rivus';
import { runStage } from 'rivus/test';
import { describe, expect, test } from 'vitest';
import type { ModelsConfig } from '../../runtime/config/model.ts';
import { freePort } from '../support/free-port.ts';
import { cutOff, dead, empty, fails, filtered, garbage, hears, outOfQuota, overloaded, rateLimited, refuses, says, answers, stalls, unauthorized, withoutSchemas, type Behaviour, type OpenAiServer } from '../support/openai-server.ts';
import { openAi } from '../support/openai.ts';

const KEY = 'sk-very-secret-1234';
const PRICE = { input: 2, cached: 1, output: 10 };

/** One attempt that asks models of this server. */
async function attempt(server: OpenAiServer, run: (ctx: Ctx) => unknown, more: { models?: ModelsConfig; env?: Record<string, string>; signal?: AbortSignal } = {}) {
  const models = { fast: { model: 'gpt-test', base_url: server.url, api_key: '${KEY}', price: PRICE } };
  const work = stage({ uses: ['fast', 'default', 'ears', 'transcribe'], run: ({ ctx }) => run(ctx) });
  return runStage(handler({ stages: { work } }), 'work', { item: {}, models, env: { KEY }, ...more });
}
const Facts = z.object({ name: z.string(), n: z.number().int() });
const facts = (ctx: Ctx) => ctx.llm.object({ prompt: 'Read it.', input: { page: 'text' }, schema: Facts, cache: false });
const failureOf = async (behaviour: Behaviour, run: (ctx: Ctx) => unknown = (ctx) => ctx.llm.text({ prompt: 'hi' })) => {
  const { outcome, cost, calls } = await attempt(await openAi(behaviour), run);
  return { outcome, cost, calls };
};

describe('text', () => {
  test('comes from the model behind the name, asked with its key; prompt and input are apart', async () => {
    const server = await openAi(says('Hello'));
    const { output } = await attempt(server, (ctx) => ctx.llm.text({ model: 'fast', prompt: 'Greet.', input: { who: 'you' } }));
    expect(output).toBe('Hello');
    expect(server.asked).toMatchObject([
      { path: '/chat/completions', headers: { authorization: `Bearer ${KEY}` }, body: { model: 'gpt-test', max_tokens: 4096, messages: [{ role: 'system', content: 'Greet.' }, { role: 'user', content: '{\n  "who": "you"\n}' }] } },
    ]);
  });

  test('costs what its tokens cost, cached ones at their own price, to the attempt', async () => {
    const server = await openAi(says('Hello', { prompt_tokens: 1000, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 600 } }));
    const { cost, calls } = await attempt(server, (ctx) => ctx.llm.text({ prompt: 'Greet.' }));
    expect(cost).toBe((400 * 2 + 600 * 1 + 50 * 10) / 1e6);
    expect(calls).toEqual([
      { job: 'test', stage: 'work', itemId: 1, lease: 1, attempt: 1, kind: 'text', alias: 'fast', model: 'gpt-test', tokensIn: 1000, tokensOut: 50, tokensCached: 600, seconds: null, microUsd: 1900, assumed: false, kept: false, outcome: 'ok', requestId: 'req_1', ms: expect.any(Number), at: expect.any(Number) },
    ]);
  });

  test('what was spent counts when the attempt fails afterwards', async () => {
    const { outcome, cost } = await attempt(await openAi(says('Hello', { prompt_tokens: 100, completion_tokens: 1 })), async (ctx) => {
      await ctx.llm.text({ prompt: 'Greet.' });
      throw new Error('no luck');
    });
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect(cost).toBe(210 / 1e6);
  });

  test('an answer without usage costs the most that it can have', async () => {
    const silent: Behaviour = (_asked, response) => void response.setHeader('content-type', 'application/json').end('{"choices":[{"message":{"content":"yes"},"finish_reason":"stop"}]}');
    const { output, cost, calls } = await attempt(await openAi(silent), (ctx) => ctx.llm.text({ prompt: 'hi', maxOutputTokens: 10 }));
    expect(output).toBe('yes');
    expect(calls).toMatchObject([{ assumed: true, tokensIn: null, microUsd: (2 + 16 + 64) * 2 + 10 * 10 }]);
    expect(cost).toBe(calls[0]!.microUsd! / 1e6);
  });

  test('a model without a price is unpriced, not free', async () => {
    const server = await openAi(says('Hello'));
    const { cost, calls } = await attempt(server, (ctx) => ctx.llm.text({ prompt: 'hi' }), { models: { fast: { model: 'gpt-4o-mini', base_url: server.url } } });
    expect(cost).toBe(0);
    expect(calls).toMatchObject([{ microUsd: null, tokensIn: 1, outcome: 'ok' }]);
  });

  test.each([['no text', { prompt: ' ' }], ['no tokens', { prompt: 'a', maxOutputTokens: 0 }], ['half a token', { prompt: 'a', maxOutputTokens: 1.5 }], ['no time', { prompt: 'a', timeout: 'soon' }], ['a function', { prompt: 'a', input: () => 1 }]])('%s is a mistake in the code', async (_what, request) => {
    const server = await openAi(says('Hello'));
    const { outcome } = await attempt(server, (ctx) => ctx.llm.text(request));
    expect(outcome).toMatchObject({ kind: 'failed', class: 'code_bug', error: { message: expect.stringMatching(/^ctx\.llm/) } });
    expect(server.asked).toEqual([]);
  });
});

describe('which model', () => {
  const ask = (model?: string) => (ctx: Ctx) => ctx.llm.text({ prompt: 'hi', ...(model && { model }) });

  test('default, or else the first one of the file', async () => {
    const server = await openAi(says('x'));
    const at = (model: string) => ({ model, base_url: server.url });
    await attempt(server, ask(), { models: { one: at('m1'), two: at('m2') } });
    await attempt(server, ask(), { models: { one: at('m1'), default: at('m2') } });
    await attempt(server, ask('two'), { models: { one: at('m1'), two: at('m3') } });
    expect(server.asked.map(({ body }) => body.model)).toEqual(['m1', 'm2', 'm3']);
  });

  test('one that jobs.yaml does not name holds the job, and says which there are', async () => {
    const { outcome } = await attempt(await openAi(says('x')), ask('fsat'));
    expect(outcome).toMatchObject({ class: 'systemic', error: { name: 'LlmNotConfigured', message: 'jobs.yaml has no model "fsat", did you mean "fast"?' } });
  });

  test('one whose key is not set holds the job, says what is missing, and is not configured', async () => {
    const { outcome, output } = await attempt(await openAi(says('x')), async (ctx) => (ctx.llm.configured ? 'yes' : 'no'), { env: {} });
    expect([outcome.kind, output]).toEqual(['done', 'no']);
    const asked = await attempt(await openAi(says('x')), ask(), { env: {} });
    expect(asked.outcome).toMatchObject({ class: 'systemic', error: { message: expect.stringContaining('the model "fast" needs KEY, which is not set') } });
  });

  test('a name alone is a model of OpenAI, with its key', async () => {
    const { outcome } = await attempt(await openAi(says('x')), ask(), { models: { fast: 'gpt-4o-mini' }, env: {} });
    expect(outcome).toMatchObject({ error: { message: expect.stringContaining('needs OPENAI_API_KEY') } });
  });

  test('a stage that does not say what it asks is reminded, once', async () => {
    const server = await openAi(says('x'));
    const work = stage({ run: async ({ ctx }) => [await ctx.llm.text({ prompt: 'a' }), await ctx.llm.text({ prompt: 'b' })] });
    const { logs } = await runStage(handler({ stages: { work } }), 'work', { item: {}, models: { fast: { model: 'm', base_url: server.url } } });
    expect(logs).toMatchObject([{ level: 'warn', message: expect.stringContaining("write uses: ['default']") }]);
  });
});

describe('objects', () => {
  test('fit their schema, which the endpoint is told strictly', async () => {
    const server = await openAi(answers({ name: 'a', n: 3 }));
    const { output } = await attempt(server, facts);
    expect(output).toEqual({ name: 'a', n: 3 });
    expect(server.asked[0]!.body.response_format).toMatchObject({ type: 'json_schema', json_schema: { strict: true, schema: { type: 'object', required: ['name', 'n'], additionalProperties: false } } });
  });

  test('with optional parts are not promised strictly, and lengths are ours to check', async () => {
    const server = await openAi(answers({ name: 'a long one' }), answers({ name: 'short' }));
    const { output } = await attempt(server, (ctx) => ctx.llm.object({ prompt: 'x', schema: z.object({ name: z.string().max(5), n: z.number().optional() }) }));
    expect(output).toEqual({ name: 'short' });
    expect(server.asked[0]!.body.response_format).toMatchObject({ json_schema: { strict: false } });
    expect(JSON.stringify(server.asked[0]!.body)).not.toContain('maxLength');
  });

  test('need not be objects', async () => {
    const server = await openAi(answers({ value: ['a', 'b'] }));
    const { output } = await attempt(server, (ctx) => ctx.llm.object({ prompt: 'x', schema: z.array(z.string()) }));
    expect(output).toEqual(['a', 'b']);
  });

  test('are read out of a code fence', async () => {
    expect((await attempt(await openAi(says('```json\n{"name": "a", "n": 1}\n```')), facts)).output).toEqual({ name: 'a', n: 1 });
  });

  test('come in JSON mode where the server knows no schemas, and the next call asks for that at once', async () => {
    const server = await openAi(withoutSchemas(answers({ name: 'a', n: 3 })));
    expect((await attempt(server, facts)).output).toEqual({ name: 'a', n: 3 });
    expect((await attempt(server, facts)).output).toEqual({ name: 'a', n: 3 });
    expect(server.asked.map(({ body }) => body.response_format?.type)).toEqual(['json_schema', 'json_object', 'json_object']);
    expect(server.asked[1]!.text).toContain('"required":["name","n"]');
  });

  test('come without any mode where the server knows none', async () => {
    const server = await openAi((asked, response, released) => (asked.body.response_format ? fails(400, { message: 'response_format is unknown' })(asked, response, released) : says('{"name":"a","n":1}')(asked, response, released)));
    expect((await attempt(server, facts)).output).toEqual({ name: 'a', n: 1 });
    expect(server.asked.map(({ body }) => body.response_format?.type)).toEqual(['json_schema', 'json_object', undefined]);
  });

  test('that do not fit are sent back once, with what is wrong; both calls are paid', async () => {
    const server = await openAi(says('{"name": "a", "n": 1.5}', { prompt_tokens: 100, completion_tokens: 10 }), says('{"name": "a", "n": 1}', { prompt_tokens: 200, completion_tokens: 10 }));
    const { output, cost, calls } = await attempt(server, facts);
    expect(output).toEqual({ name: 'a', n: 1 });
    expect(server.asked[1]!.body.messages!.slice(2)).toEqual([{ role: 'assistant', content: '{"name": "a", "n": 1.5}' }, { role: 'user', content: expect.stringMatching(/^That is not what was asked for: n: .*expected int/) }]);
    expect(calls).toHaveLength(2);
    expect(cost).toBe(800 / 1e6);
  });

  test.each([['no JSON', 'I think it is three.', 'invalid_json'], ['other JSON', '{"n": "three"}', 'schema_mismatch']])('that do not fit twice fail, and are tried again: %s', async (_what, text, code) => {
    const server = await openAi(says(text));
    const { outcome } = await attempt(server, facts);
    expect(outcome).toMatchObject({ kind: 'failed', class: 'transient', error: { name: 'UnusableAnswer', code, message: expect.stringContaining('also after it was sent back') } });
    expect(server.asked).toHaveLength(2);
  });
});

describe('recordings', () => {
  const models = (server: OpenAiServer): ModelsConfig => ({ transcribe: { model: 'whisper-test', base_url: server.url, price: { input: 0, output: 0, minute: 0.006 } } });

  test('are heard, and cost by the minute', async () => {
    const server = await openAi(hears('one two', { usage: { type: 'duration', seconds: 90 } }));
    const { output, cost, calls } = await attempt(server, (ctx) => ctx.llm.transcribe({ bytes: new Uint8Array([1, 2, 3]), name: 'call.mp3' }, { language: 'en' }), { models: models(server) });
    expect(output).toEqual({ text: 'one two', seconds: 90 });
    expect(server.asked).toMatchObject([{ path: '/audio/transcriptions', body: { model: 'whisper-test', language: 'en' }, file: { name: 'call.mp3', bytes: 3 } }]);
    expect([cost, calls[0]!.seconds]).toEqual([0.009, 90]);
  });

  test('may be artifacts', async () => {
    const server = await openAi(hears('said'));
    const { output } = await attempt(server, async (ctx) => ctx.llm.transcribe(await ctx.artifacts.write('audio/a.mp3', 'ID3')), { models: models(server) });
    expect(output).toEqual({ text: 'said' });
    expect(server.asked[0]!.file).toEqual({ name: 'a.mp3', bytes: 3 });
  });
});

describe('what goes wrong', () => {
  test.each<[string, Behaviour, object]>([
    ['a wrong key', unauthorized, { class: 'systemic', error: { name: 'ModelError', code: 'invalid_api_key', facts: { status: 401, type: 'invalid_request_error', requestId: 'req_1' } } }],
    ['a used-up quota', outOfQuota, { class: 'systemic', error: { code: 'insufficient_quota' } }],
    ['a rate limit', rateLimited({ retryAfter: 30 }), { class: 'transient', retryAt: expect.any(Number), error: { code: 'rate_limit_exceeded', facts: { status: 429, retryAfter: 30_000 } } }],
    ['a rate limit that says when it is reset', rateLimited({ reset: 12 }), { class: 'transient', retryAt: expect.any(Number), error: { facts: { retryAfter: 12_000 } } }],
    ['a server in trouble', overloaded, { class: 'transient', error: { facts: { status: 503 } } }],
    ['a redirect', fails(302, undefined, { location: 'http://127.0.0.1:1/' }), { error: { facts: { status: 302 } } }],
  ])('%s is said with its facts, and is free', async (_what, behaviour, expected) => {
    const { outcome, cost, calls } = await failureOf(behaviour);
    expect(outcome).toMatchObject({ kind: 'failed', ...expected });
    expect(JSON.stringify([outcome, calls])).not.toContain(KEY);
    expect([cost, calls.length, calls[0]!.microUsd]).toEqual([0, 1, 0]);
  });

  test.each<[string, Behaviour, object, string]>([
    ['a refusal', refuses('No.'), { class: 'item_specific', error: { name: 'ModelRefused', message: 'gpt-test refuses: No.' } }, 'refusal'],
    ['a filter', filtered, { class: 'item_specific', error: { name: 'ModelRefused' } }, 'content_filter'],
    ['an answer that is cut off', cutOff('and then'), { class: 'item_specific', error: { name: 'AnswerCutOff', message: expect.stringContaining('maxOutputTokens') } }, 'length'],
    ['an empty answer', empty, { class: 'transient', error: { name: 'UnusableAnswer' } }, 'empty'],
  ])('%s is paid, and said', async (_what, behaviour, expected, outcomeWord) => {
    const { outcome, cost, calls } = await failureOf(behaviour);
    expect(outcome).toMatchObject({ kind: 'failed', ...expected });
    expect(calls).toMatchObject([{ outcome: outcomeWord }]);
    expect(cost).toBeGreaterThan(0);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('garbage of kind %i fails the attempt and nothing else', async (kind) => {
    const { outcome, calls } = await failureOf(garbage(kind), facts);
    expect(outcome).toMatchObject({ kind: 'failed', class: 'transient' });
    expect(calls[0]).toMatchObject({ assumed: true });
  });

  test('a server that hangs up may have been paid; one that nobody reaches was not', async () => {
    expect(await failureOf(dead)).toMatchObject({ outcome: { class: 'transient', error: { name: 'NetworkError' } }, calls: [{ assumed: true }] });
    const server = await openAi(says('x'));
    const { outcome, cost, calls } = await attempt(server, (ctx) => ctx.llm.text({ prompt: 'x' }), { models: { fast: { model: 'm', base_url: `http://127.0.0.1:${await freePort()}/v1`, price: PRICE } } });
    expect(outcome).toMatchObject({ error: { name: 'NetworkError', code: 'ECONNREFUSED' } });
    expect([cost, calls]).toMatchObject([0, [{ microUsd: 0, outcome: 'ECONNREFUSED' }]]);
  });

  test('a model that takes too long is left, and counts with the most that it can have cost', async () => {
    const { outcome, cost, calls } = await failureOf(stalls, (ctx) => ctx.llm.text({ prompt: 'hi', timeout: 50 }));
    expect(outcome).toMatchObject({ class: 'transient', error: { name: 'ModelTimeout', message: expect.stringContaining('took longer than 50ms') } });
    expect(calls).toMatchObject([{ assumed: true, outcome: 'ModelTimeout' }]);
    expect(cost).toBeGreaterThan(0);
  });

  test('a call ends with its attempt', async () => {
    const server = await openAi(stalls);
    const stopping = new AbortController();
    const running = attempt(server, (ctx) => ctx.llm.text({ prompt: 'hi' }), { signal: stopping.signal });
    await server.wasAsked(1);
    stopping.abort(new Error('Rivus stops'));
    expect(await running).toMatchObject({ outcome: { kind: 'interrupted' }, calls: [{ assumed: true }] });
  });

  test('a metadata service is never asked, whatever jobs.yaml says', async () => {
    const { outcome } = await attempt(await openAi(says('x')), (ctx) => ctx.llm.text({ prompt: 'x' }), { models: { fast: { model: 'm', base_url: 'http://169.254.169.254/v1' } } });
    expect(outcome).toMatchObject({ class: 'item_specific', error: { name: 'AddressRefused' } });
  });
});
