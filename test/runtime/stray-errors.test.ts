import { expect, test } from 'vitest';
import { openStore } from '../../runtime/store/open.ts';
import { oneStage } from '../support/one-stage.ts';
import { RunnerProcess } from '../support/runner-process.ts';

const ITEMS = ['bad', 'good'];
/** Does this with the item "bad" and waits for ever; "good" is just done. */
const withBad = (text: string) => `run: ({ item, ctx }) => { if (ctx.item.key.startsWith('good')) return 1; ${text} return new Promise(() => {}); }`;

test.each([
  ['thrown in a timer', `setTimeout(() => { throw new Error('from a timer'); }, 5);`, /Error: from a timer/],
  ['in a promise that nobody awaits', `void Promise.resolve().then(() => { throw new RangeError('forgotten'); });`, /RangeError: forgotten/],
  ['that is none', `setTimeout(() => { throw null; }, 5);`, /Thrown: null/],
  ['with getters that throw', `setTimeout(() => { throw new Proxy({}, { get() { throw 1; } }); }, 5);`, /Thrown: /],
])('an error %s ends its attempt, and nobody else notices', async (_what, text, said) => {
  const runner = new RunnerProcess(oneStage(withBad(text), { items: ITEMS, stage: 'concurrency: 2, retry: { max: 1 }' }));
  const line = await runner.said(/nobody caught an error in it/);
  expect(line).toMatch(/job "work" stage "only" item "bad.*": nobody caught an error in it, which ended the attempt/);
  expect(line).toMatch(said);
  await runner.said(/only 1\/2 \(1 failed\)|paused \(code_bug: RangeError: forgotten\)/);
  expect(await runner.stop()).toBe(0);
}, 20_000);

test('an error after the end of the attempt is said, once, and changes nothing', async () => {
  const text = `setInterval(() => { throw new Error('too late'); }, 20); return 1;`;
  const runner = new RunnerProcess(oneStage(`run: () => { ${text} }`));
  await runner.said(/item "one.*": after its end, nobody caught an error in it: Error: too late/);
  await runner.said(/only 1\/1/);
  expect(await runner.stop()).toBe(0);
  expect(runner.lines.filter((line) => line.includes('too late'))).toHaveLength(1);
}, 20_000);

test('an error that comes from no handler stops the runner in order', async () => {
  const hooked = `data:text/javascript,${encodeURIComponent("process.on('SIGUSR2', () => { throw new Error('nobody knows why'); })")}`;
  const runner = new RunnerProcess(oneStage('run: () => 1'), { env: { NODE_OPTIONS: `--import=${hooked}` } });
  await runner.said(/only 1\/1/);
  runner.child.kill('SIGUSR2');
  await runner.said(/nobody caught Error: nobody knows why; it comes from no handler, so Rivus stops in order/);
  expect(await runner.ended()).toBe(1);
  const db = openStore(runner.dataDir, { readonly: true });
  expect(db.prepare('SELECT clean_shutdown FROM runner').pluck().get()).toBe(1);
  db.close();
}, 20_000);
