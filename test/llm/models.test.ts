/** Money, cache and what several callers share: the real client against a local server, with a budget and a store that the test looks at. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BudgetRefused, type Budget, type Spender, type Strategy } from '../../actors/ports.ts';
import { modelSpecs, type ModelsConfig } from '../../runtime/config/model.ts';
import { Meter } from '../../runtime/handlers/meter.ts';
import { Secrets } from '../../runtime/handlers/redact.ts';
import { llmOver } from '../../runtime/llm/over.ts';
import { Models } from '../../runtime/llm/models.ts';
import type { LlmCall, LlmReply } from '../../runtime/store/types.ts';
import { claimOf, ManualClock } from '../support/handlers.ts';
import { localWeb } from '../support/local-web.ts';
import { answers, dead, hears, overloaded, says, slow, stalls, type OpenAiServer } from '../support/openai-server.ts';
import { openAi } from '../support/openai.ts';
import { poll, worldOf } from '../support/sources.ts';
import { tempFolder } from '../support/temp.ts';

/** Grants up to `limit` micro-dollars, and remembers what it was asked. */
class Purse implements Budget {
  readonly moves: string[] = [];
  readonly spenders: Spender[] = [];
  held = 0;
  limit = Infinity;
  reserve = async (spender: Spender, most: number) => {
    this.spenders.push(spender);
    if (this.held + most > this.limit) throw new BudgetRefused('budget: $4.98 of $5.00', 7);
    this.held += most;
    this.moves.push(`reserve ${most}`);
    const end = (word: string) => (this.moves.push(word), (this.held -= most));
    return { settle: (actual: number) => void end(`settle ${actual}`), release: () => void end('release') };
  };
  watch = () => () => {};
}

function asking(server: OpenAiServer, models: ModelsConfig = { fast: { model: 'm', base_url: server.url, price: { input: 1, output: 10 } } }) {
  const clock = new ManualClock();
  const purse = new Purse();
  const calls: LlmCall[] = [];
  const kept = new Map<string, LlmReply>();
  const specs = { now: modelSpecs(models) };
  const root = tempFolder({ 'call.mp3': 'ID3', 'copy.mp3': 'ID3', 'other.mp3': 'ID4' });
  const world = new Models({
    clock, root, env: {}, budget: purse, secrets: new Secrets(), web: localWeb(clock), specs: () => specs.now,
    artifacts: { read: () => Promise.reject(new Error('none')) },
    replies: { find: (key) => kept.get(key), remove: (key) => void kept.delete(key) },
    ledger: {
      noteCall: async (call, reply) => {
        calls.push(call);
        if (reply?.body) kept.set(reply.key, { key: reply.key, body: reply.body });
      },
    },
  });
  const attempt = (signal: AbortSignal = new AbortController().signal) => {
    const meter = new Meter();
    return { meter, llm: llmOver(world.for(() => ({ claim: claimOf('work'), signal, meter })), () => {}) };
  };
  return { clock, purse, calls, kept, specs, models: world, attempt, ...attempt() };
}

describe('money', () => {
  test('is held before the call as much as it can cost, and settled with what it did', async () => {
    const server = await openAi(says('yes', { prompt_tokens: 12, completion_tokens: 3 }));
    const { purse, llm, meter } = asking(server);
    await llm.text({ prompt: 'Ünicode?', maxOutputTokens: 100 });
    expect(purse.moves).toEqual([`reserve ${64 + 16 + 9 + 100 * 10}`, 'settle 42']);
    expect(meter.spent).toBe(42 / 1e6);
  });

  test('a call that there is no money for is not made', async () => {
    const server = await openAi(says('yes'));
    const { purse, llm, calls } = asking(server);
    purse.limit = 10;
    await expect(llm.text({ prompt: 'x' })).rejects.toMatchObject({ name: 'BudgetRefused', until: 7 });
    expect([server.asked, calls]).toEqual([[], []]);
  });

  test('a call that was refused gives it back; one that broke off has cost the most it can', async () => {
    const server = await openAi(overloaded, dead);
    const { purse, llm, meter } = asking(server);
    const most = 64 + 16 + 1 + 10 * 10;
    for (const _ of [1, 2]) await llm.text({ prompt: 'x', maxOutputTokens: 10 }).catch(() => {});
    expect(purse.moves).toEqual([`reserve ${most}`, 'release', `reserve ${most}`, `settle ${most}`]);
    expect(meter.spent).toBe(most / 1e6);
  });

  test('the schema of an object counts as well, and a recording as long as it can be', async () => {
    const server = await openAi(hears('x', { usage: { type: 'duration', seconds: 1 } }));
    const { purse, llm } = asking(server, { transcribe: { model: 'm', base_url: server.url, price: { input: 0, output: 0, minute: 0.6 } } });
    await llm.transcribe('call.mp3');
    await llm.transcribe({ bytes: new Uint8Array(120_000), name: 'a.mp3' });
    await llm.transcribe({ bytes: new Uint8Array(120_001), name: 'a.mp3' }, { seconds: 6 });
    expect(purse.moves.filter((move) => move.startsWith('reserve'))).toEqual(['reserve 10000', 'reserve 1200000', 'reserve 60000']);
  });

  test('a model of OpenAI has its price from the table, cached tokens at theirs', async () => {
    const { priceOf, OPENAI_URL } = await import('../../runtime/llm/prices.ts');
    const price = priceOf({ model: 'gpt-4o-mini' }, OPENAI_URL)!;
    expect([price({ input: 1000, output: 0 }), price({ input: 1000, output: 0, cached: 1000 }), price({ input: 0, output: 1000 })]).toEqual([150, 75, 600]);
    expect(priceOf({ model: 'gpt-4o-mini' }, 'http://localhost:11434/v1')).toBeUndefined();
    expect(priceOf({ model: 'no-such-model' }, OPENAI_URL)).toBeUndefined();
    expect(price({ input: 10, output: 0, cached: 99 })).toBe(1);
  });
});

test('a job that looks for work asks like an attempt does: its calls are reserved and written down as its own', async () => {
  const server = await openAi(answers({ names: ['a', 'b'] }, { prompt_tokens: 20, completion_tokens: 2 }));
  const { purse, models, calls } = asking(server);
  const strategy: Strategy<{}> = {
    name: 'own',
    options: z.strictObject({}),
    async *discover(_options, { llm }) {
      const { names } = await llm.object({ prompt: 'Which?', schema: z.object({ names: z.array(z.string()) }), maxOutputTokens: 10 });
      for (const key of names) yield { key, data: {} };
    },
  };
  const { candidates } = await poll(worldOf({ strategy, models, budget: purse }));
  expect(candidates.map(({ key }) => key)).toEqual(['a', 'b']);
  expect(purse.spenders).toEqual([{ discovery: 'watch' }]);
  expect([purse.held, purse.moves.at(-1)]).toEqual([0, 'settle 40']);
  expect(calls).toMatchObject([{ job: 'watch', stage: '', itemId: 0, attempt: 0, kind: 'object', microUsd: 40, outcome: 'ok' }]);
});

describe('what was paid before', () => {
  test('is not paid again: same prompt, input, schema, parameters and model', async () => {
    const server = await openAi(says('yes', { prompt_tokens: 10, completion_tokens: 1 }));
    const { llm, meter, calls, purse } = asking(server);
    for (const _ of [1, 2, 3]) expect(await llm.text({ prompt: 'x', input: { a: 1 } })).toBe('yes');
    expect([server.asked.length, purse.moves.length, calls.map(({ kept, microUsd }) => [kept, microUsd])]).toEqual([1, 2, [[false, 20], [true, 0], [true, 0]]]);
    expect(meter.spent).toBe(20 / 1e6);
  });

  test.each<[string, object, object]>([
    ['prompt', { prompt: 'a' }, { prompt: 'b' }],
    ['input', { prompt: 'a', input: 1 }, { prompt: 'a', input: 2 }],
    ['tokens', { prompt: 'a', maxOutputTokens: 10 }, { prompt: 'a', maxOutputTokens: 11 }],
    ['temperature', { prompt: 'a' }, { prompt: 'a', temperature: 0 }],
    ['cache: false', { prompt: 'a' }, { prompt: 'a', cache: false }],
  ])('is asked anew with another %s', async (_what, one, other) => {
    const server = await openAi(says('yes'));
    const { llm } = asking(server);
    for (const request of [one, other]) await llm.text(request as { prompt: string });
    expect(server.asked).toHaveLength(2);
  });

  test('is asked anew of another model under the same name, and not because of another price', async () => {
    const server = await openAi(says('yes'));
    const { llm, specs } = asking(server);
    const fast = specs.now['fast']!;
    await llm.text({ prompt: 'a' });
    specs.now = { fast: { ...fast, price: { input: 5, output: 5 } } };
    await llm.text({ prompt: 'a' });
    expect(server.asked).toHaveLength(1);
    specs.now = { fast: { ...fast, model: 'm2' } };
    await llm.text({ prompt: 'a' });
    expect(server.asked.map(({ body }) => body.model)).toEqual(['m', 'm2']);
  });

  test('of a recording goes by its bytes, whatever the file is called', async () => {
    const server = await openAi(hears('x'));
    const { llm } = asking(server);
    for (const file of ['call.mp3', 'copy.mp3', 'other.mp3']) await llm.transcribe(file, { model: 'fast' });
    expect(server.asked.map(({ file }) => file!.name)).toEqual(['call.mp3', 'other.mp3']);
  });

  test('who asks the same at the same moment waits for that answer', async () => {
    const server = await openAi(slow(says('yes')));
    const { attempt, calls } = asking(server);
    const all = Promise.all([1, 2, 3].map(() => attempt().llm.text({ prompt: 'x' })));
    await server.wasAsked(1);
    server.release();
    expect(await all).toEqual(['yes', 'yes', 'yes']);
    expect([server.asked.length, calls.filter(({ kept }) => kept).length]).toEqual([1, 2]);
  });

  test('when the first of them is cut off, the next one asks', async () => {
    const server = await openAi(stalls, says('yes'));
    const { attempt } = asking(server);
    const stopping = new AbortController();
    const first = attempt(stopping.signal).llm.text({ prompt: 'x' });
    await server.wasAsked(1);
    const second = attempt().llm.text({ prompt: 'x' });
    stopping.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    expect(await second).toBe('yes');
  });

  test('what was of no use is not kept: an attempt that comes later asks anew', async () => {
    const { z } = await import('rivus');
    const server = await openAi(says('nonsense'), says('nonsense'), answers({ n: 1 }));
    const { llm, kept } = asking(server);
    const request = { prompt: 'x', schema: z.object({ n: z.number() }) };
    await expect(llm.object(request)).rejects.toMatchObject({ name: 'UnusableAnswer' });
    expect(kept.size).toBe(0);
    expect(await llm.object(request)).toEqual({ n: 1 });
  });

  test('what cannot be read any more is asked anew', async () => {
    const server = await openAi(says('yes'));
    const { llm, kept } = asking(server);
    await llm.text({ prompt: 'x' });
    for (const [key] of kept) kept.set(key, { key, body: Buffer.from('torn') });
    expect(await llm.text({ prompt: 'x' })).toBe('yes');
    expect(server.asked).toHaveLength(2);
  });
});
