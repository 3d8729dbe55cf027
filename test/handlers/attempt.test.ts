import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERROR_CLASSES, type Outcome } from '../../actors/ports.ts';
import { MAX_ERROR_BYTES } from '../../runtime/handlers/encode-error.ts';
import { MAX_OUTPUT_BYTES } from '../../runtime/handlers/json-text.ts';
import { attemptOf, handlerOf, handlersIn, NOW } from '../support/handlers.ts';
import { hostile } from '../support/hostile.ts';

const HOUR = 3_600_000;

test.each([
  ['a value', 'return { n: 1 };', { kind: 'done', output: '{"n":1}' }],
  ['nothing', '', { kind: 'done', output: 'null' }],
  ['text', 'return "hi";', { kind: 'done', output: '"hi"' }],
  ['ctx.done', 'return ctx.done({ n: 1 });', { kind: 'done', output: '{"n":1}' }],
  ['ctx.done with more', 'return ctx.done([1], { priority: -7.5, discrepancies: { title: 2 } });', { kind: 'done', output: '[1]', priority: -7.5, discrepancies: '{"title":2}' }],
  ["the seed's keys, which are not stored", 'return { n: 1, _priority: 3, _discrepancies: ["a"] };', { kind: 'done', output: '{"n":1}', priority: 3, discrepancies: '["a"]' }],
  ['a priority of -0, which is 0', 'return ctx.done(1, { priority: -0 });', { kind: 'done', output: '1', priority: 0 }],
  ['ctx.skip', 'return ctx.skip("not a podcast");', { kind: 'skipped', reason: 'not a podcast' }],
  ['ctx.skip without a reason', 'return ctx.skip();', { kind: 'skipped', reason: 'no reason given' }],
  ['ctx.reject', 'return ctx.reject("dull");', { kind: 'rejected', reason: 'dull' }],
  ['ctx.defer for a while', 'return ctx.defer("3h", "not out yet");', { kind: 'deferred', until: NOW + 3 * HOUR, reason: 'not out yet' }],
  ['ctx.defer to a date', 'return ctx.defer(new Date(ctx.now() + 5000), "x");', { kind: 'deferred', until: NOW + 5000, reason: 'x' }],
  ['ctx.defer to ms', 'return ctx.defer(ctx.now() + 5000, "x");', { kind: 'deferred', until: NOW + 5000, reason: 'x' }],
  ['ctx.defer to ISO', 'return ctx.defer("2026-11-25T00:00:00Z", "x");', { kind: 'deferred', until: NOW + 12 * HOUR, reason: 'x' }],
  ['ctx.defer to the past, which would spin', 'return ctx.defer(ctx.now() - 5000, "x");', { kind: 'deferred', until: NOW + 1000, reason: 'x' }],
  ['the parts of ctx taken out of it', 'const { done, defer, now } = ctx; now(); defer("1h", ""); return done(1);', { kind: 'done', output: '1' }],
])('a stage may return %s', async (_what, body, outcome) => {
  expect(await attemptOf(body)).toEqual({ outcome, costMicroUsd: 0, artifacts: [] });
});

test.each([
  ['a cost of NaN', 'return ctx.done(1, { cost: NaN });', 'code_bug', 'the cost that "work" returned: a cost must be US dollars, from 0 to 1000000, not NaN'],
  ['a cost below 0', 'return { _cost: -1 };', 'code_bug', 'not -1'],
  ['a cost as text', 'return { _cost: "5" };', 'code_bug', 'not "5"'],
  ['an infinite cost', 'ctx.cost.add(Infinity);', 'code_bug', 'ctx.cost.add: a cost must be US dollars'],
  ['a priority of NaN', 'return ctx.done(1, { priority: NaN });', 'item_specific', 'the priority must be a number from -1e15 to 1e15, lower first, not NaN'],
  ['an infinite priority', 'return { _priority: -Infinity };', 'item_specific', 'not -Infinity'],
  ['a priority as text', 'return { _priority: "1" };', 'item_specific', 'not "1"'],
  ['a moment in seconds', 'return ctx.defer(1795000000, "x");', 'code_bug', 'ctx.defer: 1795000000 is no point in time; give ms since the epoch'],
  ['no moment', 'return ctx.defer("soon", "x");', 'code_bug', 'ctx.defer: "soon" is no point in time'],
])('%s is refused', async (_what, body, errorClass, message) => {
  const { outcome, costMicroUsd } = await attemptOf(body);
  expect(outcome).toMatchObject({ kind: 'failed', class: errorClass, error: { message: expect.stringContaining(message) } });
  expect(costMicroUsd).toBe(0);
});

test.each([
  ['added up over ctx.cost, ctx.done and _cost', 'ctx.cost.add(0.1); ctx.cost.add(0.2); return { _cost: 0.000001 };', 300_001],
  ['rounded up, so that little is not nothing', 'for (let i = 0; i < 3; i++) ctx.cost.add(0.0000004); return 1;', 2],
  ['kept when the attempt fails', 'ctx.cost.add(0.5); throw new Error("no");', 500_000],
  ['kept when the output is none', 'return ctx.done({ n: NaN }, { cost: 0.25 });', 250_000],
])('money is %s', async (_what, body, micro) => {
  expect((await attemptOf(body)).costMicroUsd).toBe(micro);
});

describe('schemas', () => {
  test('an item that the handler does not expect fails alone, with the path', async () => {
    const { outcome } = await attemptOf('return 1;', { key: 'k', item: { url: 5 } }, { handler: 'item: z.object({ url: z.string() }),' });
    expect(outcome).toMatchObject({ kind: 'failed', class: 'item_specific', error: { name: 'ItemMismatch', message: 'the item "k" is not what the handler expects: url: Invalid input: expected string, received number' } });
  });

  test('defaults and transformations of the item reach the stage, whichever of the two declares it', async () => {
    const schema = 'item: z.object({ n: z.number().default(3), at: z.string().transform((at) => at.length) }),';
    for (const parts of [{ handler: schema }, { stage: schema }]) {
      expect((await attemptOf('return item;', { item: { at: 'four' } }, parts)).outcome).toEqual({ kind: 'done', output: '{"n":3,"at":4}' });
    }
  });

  test('an output that `out` does not allow is a bug, with the path; what it allows is stored as parsed', async () => {
    const stage = 'out: z.object({ list: z.array(z.object({ date: z.string() })), n: z.number().default(2) }),';
    const { outcome } = await attemptOf('return { list: [{ date: "x" }, { date: 1 }] };', {}, { stage });
    expect(outcome).toMatchObject({ kind: 'failed', class: 'code_bug', error: { name: 'OutputMismatch', message: expect.stringContaining('what "work" returned is not what its `out` says: list[1].date: ') } });
    expect((await attemptOf('return { list: [], more: 1, _priority: 2 };', {}, { stage })).outcome).toEqual({ kind: 'done', output: '{"list":[],"n":2}', priority: 2 });
  });

  test('a schema may be asynchronous', async () => {
    const stage = 'out: z.string().refine(async (text) => text !== "b"),';
    expect((await attemptOf('return "a";', {}, { stage })).outcome.kind).toBe('done');
    expect((await attemptOf('return "b";', {}, { stage })).outcome).toMatchObject({ kind: 'failed', class: 'code_bug' });
  });
});

describe('outputs that are none', () => {
  test.each([
    ['a circle', 'const a = { b: [] }; a.b.push({ a }); return a;', 'output.b[0].a leads back'],
    ['a BigInt', 'return { n: [1n] };', 'output.n[0] is the BigInt 1n'],
    ['NaN', 'return { n: NaN };', 'output.n is NaN'],
    ['a function', 'return { f() {} };', 'output.f is a function'],
    ['a Map', 'return { m: new Map() };', 'output.m is a Map; use Object.fromEntries(map)'],
    ['50 MB of text', 'return { s: "x".repeat(50e6) };', 'larger than 1 MB'],
    ['50 MB of numbers', 'return { list: new Array(5e6).fill(1) };', 'larger than 1 MB'],
    ['a Proxy that throws', 'return new Proxy({}, { ownKeys() { throw new Fatal("hostile"); } });', 'hostile'],
  ])('%s fails the item and names the place', async (_what, body, message) => {
    expect((await attemptOf(body)).outcome).toMatchObject({ kind: 'failed', class: 'item_specific', error: { message: expect.stringContaining(message) } });
  });
});

describe('prev', () => {
  const module = `import { handler, stage } from 'rivus';
const fetch = stage({ run: () => ({ html: 'x' }) });
const extract = stage({ needs: { fetch }, run: ({ prev }) => prev });
const blind = stage({ needs: { fetch }, run: () => 1 });
const undeclared = stage({ run: ({ prev }) => prev });
export default handler({ stages: { fetch, extract, blind, undeclared } });`;

  test('holds the outputs of what the stage needs, or else of what jobs.yaml says; a skipped one is undefined', async () => {
    const at = handlersIn({ 'handlers/job.ts': module }, { fetch: [], extract: ['fetch'], blind: ['extract'], undeclared: ['extract'] });
    await at.prepare('extract', 'blind', 'undeclared');
    expect((await at.run('extract')).outcome).toEqual({ kind: 'done', output: '{}' });
    at.store.bodies.set('1/fetch', '{"html":"x"}').set('1/extract', '[2]').set('2/fetch', '3');
    expect((await at.run('extract')).outcome).toEqual({ kind: 'done', output: '{"fetch":{"html":"x"}}' });
    expect((await at.run('undeclared')).outcome).toEqual({ kind: 'done', output: '{"extract":[2]}' });
  });

  test('is read only by a stage that looks at it', async () => {
    const at = handlersIn({ 'handlers/job.ts': module }, { fetch: [], extract: ['fetch'], blind: ['fetch'], undeclared: [] });
    await at.prepare('fetch', 'extract', 'blind');
    await at.run('blind');
    await at.run('fetch');
    expect(at.store.reads).toBe(0);
    await at.run('extract');
    expect(at.store.reads).toBe(1);
  });
});

test('what a handler does to its item stays in that attempt', async () => {
  const at = handlersIn({ 'handlers/job.ts': handlerOf('item.list.push(item.list.length); return item;') }, { work: [] });
  await at.prepare('work');
  for (let attempt = 1; attempt <= 2; attempt++) expect((await at.run('work', { item: { list: [] }, attempt })).outcome).toEqual({ kind: 'done', output: '{"list":[0]}' });
});

describe('signals', () => {
  const waits = 'await new Promise((_, reject) => ctx.signal.addEventListener("abort", () => reject(new Error("given up"))));';

  test.each([
    ['a time-out is transient, and says what the handler said', new DOMException('took 60 s', 'TimeoutError'), { kind: 'failed', class: 'transient', error: { message: 'given up' } }],
    ['a stop is nobody\'s fault', new Error('stopping'), { kind: 'interrupted' }],
  ])('%s', async (_what, reason, outcome) => {
    const at = handlersIn({ 'handlers/job.ts': handlerOf(waits) }, { work: [] });
    await at.prepare('work');
    const controller = new AbortController();
    const running = at.run('work', {}, controller.signal);
    controller.abort(reason);
    expect((await running).outcome).toMatchObject(outcome);
  });

  test('a failure that has nothing to do with the stop keeps its own meaning', async () => {
    const at = handlersIn({ 'handlers/job.ts': handlerOf('throw new Fatal("bad page");') }, { work: [] });
    await at.prepare('work');
    expect((await at.run('work', {}, AbortSignal.abort(new Error('stopping')))).outcome).toMatchObject({ kind: 'failed', class: 'item_specific' });
  });

  test('no signal is made for a stage that does not look at it', async () => {
    const at = handlersIn({ 'handlers/job.ts': handlerOf('return item.look ? ctx.signal.aborted : 1;') }, { work: [] });
    await at.prepare('work');
    let made = 0;
    const make = () => (made++, new AbortController().signal);
    await at.run('work', {}, make);
    expect(made).toBe(0);
    await at.run('work', { item: { look: true } }, make);
    expect(made).toBe(1);
  });
});

test('thousands of attempts at once keep apart', async () => {
  const at = handlersIn({ 'handlers/job.ts': handlerOf('ctx.cost.add(item.n / 1e6); await null; return { n: item.n, key: ctx.item.key };') }, { work: [] });
  await at.prepare('work');
  const results = await Promise.all(Array.from({ length: 5000 }, (_, n) => at.run('work', { itemId: n, key: `k${n}`, item: { n } })));
  results.forEach(({ outcome, costMicroUsd }, n) => expect({ outcome, costMicroUsd }).toEqual({ outcome: { kind: 'done', output: `{"n":${n},"key":"k${n}"}` }, costMicroUsd: n }));
});

describe('whatever a handler does, one result comes out', () => {
  const meet = globalThis as { rivusTestGives?: () => unknown };

  async function outcomesOf(body: string, property: (outcome: Outcome) => void) {
    const at = handlersIn({ 'handlers/job.ts': handlerOf(body) }, { work: [] });
    await at.prepare('work');
    const each = fc.asyncProperty(hostile(), async (make) => {
      meet.rivusTestGives = make;
      property((await at.run('work')).outcome);
    });
    await fc.assert(each, { numRuns: 500 }).finally(() => delete meet.rivusTestGives);
  }

  test('when it throws', () =>
    outcomesOf('throw globalThis.rivusTestGives();', (outcome) => {
      if (outcome.kind !== 'failed') throw new Error(`it ${outcome.kind}`);
      expect(ERROR_CLASSES).toContain(outcome.class);
      expect(Buffer.byteLength(JSON.stringify(outcome.error))).toBeLessThanOrEqual(MAX_ERROR_BYTES);
    }));

  test('when it returns', () =>
    outcomesOf('return globalThis.rivusTestGives();', (outcome) => {
      if (outcome.kind === 'done') {
        expect(Buffer.byteLength(outcome.output)).toBeLessThanOrEqual(MAX_OUTPUT_BYTES);
        expect(() => JSON.parse(outcome.output)).not.toThrow();
      } else expect(outcome.kind).toBe('failed');
    }));
});
