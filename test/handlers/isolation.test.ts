/** Whatever a handler does, its attempt gets one result and others go on: in the runner's thread, and in one of its own. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Outcome } from '../../actors/ports.ts';
import { realClock } from '../../runtime/clock.ts';
import type { HandlersOptions } from '../../runtime/handlers/handlers.ts';
import { claimOf, handlerOf, handlersIn } from '../support/handlers.ts';
import { localWeb } from '../support/local-web.ts';
import { webServer } from '../support/web.ts';

type Where = 'inline' | 'thread';

/** One stage `work` whose `run` is `body`; an item of the key "good" is just done. */
async function stageOf(where: Where, body: string, { top = '', more = {} }: { top?: string; more?: Partial<HandlersOptions> } = {}) {
  const files = { 'handlers/job.ts': handlerOf(`if (ctx.item.key === 'good') return 'good'; ${body}`, { top }) };
  const at = handlersIn(files, { work: [] }, { clock: realClock, web: localWeb(realClock), ...more });
  onTestFinished(() => at.handlers.close());
  at.specs[0]!.stages[0]!.isolate = where;
  await at.prepare('work');
  return at;
}

const failed = (errorClass: string, message: string | RegExp) => ({ kind: 'failed', class: errorClass, error: { message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message) } });
const done = (output: string) => ({ kind: 'done', output });

const DEEDS: [what: string, body: string, outcome: object][] = [
  ['throws null', 'throw null;', failed('transient', 'null')],
  ['throws a Proxy that throws', 'throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 1; } });', failed('transient', '')],
  ['throws an object with hostile getters', 'throw { get name() { throw 1; }, get message() { throw 2; }, get stack() { throw 3; } };', failed('transient', '')],
  ['throws a symbol', 'throw Symbol("x");', failed('transient', 'Symbol(x)')],
  ['returns a circle', 'const a = {}; a.a = a; return a;', failed('item_specific', 'output.a leads back')],
  ['returns a BigInt', 'return { n: 1n };', failed('item_specific', 'output.n is the BigInt 1n')],
  ['returns NaN', 'return [NaN];', failed('item_specific', 'output[0] is NaN')],
  ['returns Infinity', 'return { n: -Infinity };', failed('item_specific', 'output.n is -Infinity')],
  ['returns 50 MB', 'return "x".repeat(50e6);', failed('item_specific', 'larger than 1 MB')],
  ['returns a function', 'return () => 1;', failed('item_specific', 'output is a function')],
  ['returns a symbol', 'return { s: Symbol("x") };', failed('item_specific', 'output.s is a symbol')],
  ['returns an object with hostile getters', 'return { get a() { throw new Fatal("hostile"); } };', failed('item_specific', 'hostile')],
  ['returns a revoked Proxy', 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy;', failed('code_bug', 'revoked')],
  ['returns a thenable that calls twice', 'return { then(resolve, reject) { resolve(1); resolve(2); reject(new Error("late")); } };', done('1')],
  ['returns a thenable that throws', 'return { then() { throw new Fatal("no"); } };', failed('item_specific', 'no')],
  ['rejects with undefined', 'await Promise.reject();', failed('transient', 'undefined')],
  ['mutates its item', 'item.list.push(9); delete item.key; return item;', done('{"list":[1,9]}')],
  ['freezes and replaces what it is given', 'Object.freeze(item); ctx.item.key = "x"; return ctx.item.key;', done('"bad"')],
];

describe.each<Where>(['inline', 'thread'])('%s', (where) => {
  test.each(DEEDS)('a handler that %s', async (_what, body, outcome) => {
    const at = await stageOf(where, body);
    const [bad, good] = await Promise.all([at.run('work', { key: 'bad', item: { list: [1], key: 1 } }), at.run('work', { key: 'good' })]);
    expect(bad.outcome).toMatchObject(outcome);
    expect(good.outcome).toEqual(done('"good"'));
    expect((await at.run('work', { key: 'good' })).outcome).toEqual(done('"good"'));
  });

  test('what it does to `prev` stays in that attempt', async () => {
    const module = `import { handler, stage } from 'rivus';
const fetch = stage({ run: () => 1 });
const work = stage({ needs: { fetch }, run: ({ prev }) => { prev.fetch.list.push(prev.fetch.list.length); return prev.fetch; } });
export default handler({ stages: { fetch, work } });`;
    const at = handlersIn({ 'handlers/job.ts': module }, { fetch: [], work: ['fetch'] }, { clock: realClock });
    onTestFinished(() => at.handlers.close());
    at.specs[0]!.stages[1]!.isolate = where;
    at.store.bodies.set('1/fetch', '{"list":[]}');
    await at.prepare('work');
    for (let attempt = 1; attempt <= 2; attempt++) expect((await at.run('work', { attempt })).outcome).toEqual(done('{"list":[0]}'));
  });

  test('the whole of ctx works', async () => {
    const body = `
      ctx.log.warn('hello', { key: ctx.secret('KEY') }); ctx.progress(1, 2); ctx.cost.add(0.5);
      const first = await ctx.once('mail', () => ({ sent: 1 })), again = await ctx.once('mail', () => ({ sent: 2 }));
      const ref = await ctx.artifacts.write('a.txt', 'text'); const { stdout } = await ctx.exec('echo', ['hi']);
      const answer = await ctx.http.get(item.url); const wrong = await ctx.http.get(item.url + '/missing').catch((error) => [error.name, error.status]);
      const outputs = await ctx.outputs('work');
      return ctx.done({ first, again, text: await ctx.artifacts.text(ref), stdout, page: answer.text(), type: answer.headers.get('content-type'), wrong, outputs, id: ctx.idempotencyKey.length }, { priority: 3 });`;
    const { url } = await webServer((request, response) => response.writeHead(request.url === '/' ? 200 : 404, { 'content-type': 'text/plain' }).end('page'));
    const at = await stageOf(where, body, { more: { env: { KEY: 'hunter22', PATH: process.env.PATH } } });
    at.store.bodies.set('7/work', '{"n":7}');
    const claim = claimOf('work', { item: { url } });
    const { outcome, costMicroUsd, artifacts } = await at.handlers.run(claim, new AbortController().signal);
    expect(outcome).toMatchObject({ kind: 'done', priority: 3 });
    expect(JSON.parse((outcome as Outcome & { kind: 'done' }).output)).toEqual({
      first: { sent: 1 }, again: { sent: 1 }, text: 'text', stdout: 'hi\n', page: 'page', type: 'text/plain', wrong: ['HttpError', 404], outputs: [{ key: '7', output: { n: 7 } }], id: 64,
    });
    expect({ costMicroUsd, artifacts }).toMatchObject({ costMicroUsd: 500_000, artifacts: [{ name: 'a.txt', bytes: 4 }] });
    expect(at.lines).toEqual([{ level: 'warn', message: 'hello', facts: { job: 'watch', stage: 'work', item: 'a', attempt: 1, key: '‹KEY›' } }]);
    expect(at.handlers.takeLog(claim)).toMatchObject({
      lines: [{ level: 'warn', message: 'hello', facts: { key: '‹KEY›' } }],
      calls: [{ method: 'GET', url: `${url}/`, status: 200, bytes: 4 }, { url: `${url}/missing`, status: 404, error: expect.stringContaining('HttpError') }],
    });
    expect(at.progress).toMatchObject([{ n: 1, total: 2 }]);
    expect([...at.ledger.memos.keys()]).toEqual(['watch|1|work|mail']);
  });

  test('an effect that fails can be caught, and means what it meant when it is not', async () => {
    const at = await stageOf(where, 'await ctx.exec("rivus-no-such-program");');
    expect((await at.run('work')).outcome).toMatchObject(failed('systemic', 'rivus-no-such-program could not be started: there is no such program'));
    const other = await stageOf(where, 'await ctx.artifacts.read("x".repeat(64));');
    expect((await other.run('work')).outcome).toMatchObject(failed('item_specific', ''));
  });

  test.each([
    ['that is over time', new DOMException('took 1 s', 'TimeoutError'), failed('transient', 'given up')],
    ['when Rivus stops', new Error('stopping'), { kind: 'interrupted' }],
  ])('an attempt %s hears of it', async (_what, reason, outcome) => {
    const at = await stageOf(where, 'ctx.log.info("at work"); await new Promise((_, reject) => ctx.signal.addEventListener("abort", () => reject(new Error("given up"))));');
    const controller = new AbortController();
    const running = at.run('work', {}, controller.signal);
    await expect.poll(() => at.lines.length).toBe(1);
    controller.abort(reason);
    expect((await running).outcome).toMatchObject(outcome);
  });

  test('a failure is shown where it is written', async () => {
    const at = await stageOf(where, '\n  throw new Error("here");');
    expect((await at.run('work')).outcome).toMatchObject({ error: { stack: expect.stringMatching(/handlers\/job\.ts:\d+:\d+/) } });
  });
});

describe('in a thread also', () => {
  test.each([
    ['calls process.exit', 'ctx.cost.add(0.25); await ctx.once("x", () => 1); process.exit(3);', failed('item_specific', "the handler's thread ended: it called process.exit(3)")],
    ['leaks', 'ctx.cost.add(0.25); await ctx.once("x", () => 1); const all = []; for (;;) all.push(new Array(1000).fill(Math.random()));', failed('item_specific', 'the handler used more than 256 MB of memory')],
    ['leaks a map', 'ctx.cost.add(0.25); await ctx.once("x", () => 1); const all = new Map(); for (let i = 0;; i++) all.set(i, [i]);', failed('item_specific', 'the handler used more than 256 MB of memory')],
    ['leaks buffers', 'ctx.cost.add(0.25); await ctx.once("x", () => 1); const all = []; for (;;) all.push(Buffer.alloc(1e6, 1));', failed('item_specific', 'the handler used more than 256 MB of memory')],
    ['throws in a timer', 'ctx.cost.add(0.25); setTimeout(() => { throw new TypeError("from a timer"); }, 1); await new Promise(() => {});', failed('code_bug', 'from a timer')],
    ['forgets a promise', 'ctx.cost.add(0.25); void Promise.reject(new Fatal("forgotten")); await new Promise(() => {});', failed('item_specific', 'forgotten')],
  ])('a handler that %s fails alone, and what it spent counts', async (_what, body, outcome) => {
    const at = await stageOf('thread', body);
    const [bad, good] = await Promise.all([at.run('work', { key: 'bad' }), at.run('work', { key: 'good' })]);
    expect(bad.outcome).toMatchObject(outcome);
    expect(bad.costMicroUsd).toBe(250_000);
    expect(good.outcome).toEqual(done('"good"'));
    expect((await at.run('work', { key: 'good' })).outcome).toEqual(done('"good"'));
  });

  test('an endless loop is ended when its time is over, and the runner never stands still', async () => {
    const at = await stageOf('thread', 'ctx.log.info("at work"); await ctx.once("x", () => 1); for (;;);');
    const controller = new AbortController();
    const running = at.run('work', {}, controller.signal);
    await expect.poll(() => at.ledger.memos.size).toBe(1);
    controller.abort(new DOMException('the stage "work" took longer than 100 ms', 'TimeoutError'));
    expect((await running).outcome).toMatchObject(failed('transient', 'it did not end within 1000 ms after it was asked to'));
    expect((await at.run('work', { key: 'good' })).outcome).toEqual(done('"good"'));
  });

  test('one that loops when Rivus stops is nobody\'s fault', async () => {
    const at = await stageOf('thread', 'for (;;);');
    const controller = new AbortController();
    const running = at.run('work', {}, controller.signal);
    controller.abort(new Error('the stage stops'));
    expect((await running).outcome).toEqual({ kind: 'interrupted' });
  });

  test('the third death in a row is a mistake in the code; any end by itself begins the count anew', async () => {
    const at = await stageOf('thread', 'process.exit(1);');
    const classOf = async (key: string) => ((await at.run('work', { key })).outcome as { class?: string }).class;
    expect([await classOf('a'), await classOf('b'), await classOf('good'), await classOf('c'), await classOf('d'), await classOf('e')]).toEqual(['item_specific', 'item_specific', undefined, 'item_specific', 'item_specific', 'code_bug']);
  });

  test('a healthy thread is used again, and one in which something was left behind is not', async () => {
    const at = await stageOf('thread', 'globalThis.runs = (globalThis.runs ?? 0) + 1; if (item.stray) setTimeout(() => { throw new Error("left behind"); }, 0); if (item.wait) await new Promise((go) => setTimeout(go, 20)); return globalThis.runs;');
    const run = async (item = {}) => ((await at.run('work', { item })).outcome as { output?: string }).output;
    expect([await run(), await run()]).toEqual(['1', '2']);
    expect(await run({ stray: true, wait: true })).toBeUndefined();
    expect(await run()).toBe('1');
  });

  test('a module that exits, loops or waits for ever when it is loaded does so there, and is not used', async () => {
    for (const [top, importTimeoutMs, message] of [['process.exit(5);', 30_000, 'it called process.exit(5)'], ['for (;;);', 1000, './handlers/job.ts was not loaded within 1 s'], ['await new Promise(() => {});', 1000, /was not loaded within 1 s|it called process.exit\(13\)/]] as const) {
      await expect(stageOf('thread', 'return 1;', { top, more: { importTimeoutMs } })).rejects.toThrow(message);
    }
  });

  test('a saved file is used by what starts next; what is in flight ends on the old code', async () => {
    const at = await stageOf('thread', 'ctx.log.info("at work"); await ctx.once("go", () => new Promise((go) => setTimeout(go, 50))); return "old";');
    const inFlight = at.run('work');
    await expect.poll(() => at.lines.length).toBe(1);
    at.write('handlers/job.ts', handlerOf('return "new";'));
    await at.prepare('work');
    expect((await at.run('work')).outcome).toEqual(done('"new"'));
    expect((await inFlight).outcome).toEqual(done('"old"'));
  });

  test('a stage has the same version wherever it runs', async () => {
    const at = await stageOf('inline', 'return 1;');
    const inline = at.handlers.version('watch', 'work');
    at.specs[0]!.stages[0]!.isolate = 'thread';
    await at.prepare('work');
    expect(at.handlers.version('watch', 'work')).toBe(inline);
  });
});
