/** What failed by one kind of error is redone with care: one task, ten, all. */
import { expect, test } from 'vitest';
import type { Outcome } from '../../actors/ports.ts';
import { operated, type Operated } from '../support/operated.ts';
import type { SimulatedRuntime, Work } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const MINUTE = 60_000;
const [F, G] = ['0a1b2c3d4e5f', 'aaaaaaaaaaaa'];
const CANARY = `job/watch/canary/${F}`;
const spec = jobSpec('watch', { fetch: [], score: ['fetch'] });
const watch = { ...spec, stages: spec.stages.map((stage) => ({ ...stage, concurrency: 40 })) };
const keys = (n: number) => Array.from({ length: n }, (_, i) => `k${String(i).padStart(2, '0')}`);
const fails = (fingerprint: string, message: string): Outcome => ({ kind: 'failed', class: 'item_specific', error: { name: 'Error', message }, fingerprint });

/** Forty items that failed at `score` with one error, which nobody takes for a block; then `handle` takes over. */
async function condemned(handle?: Work): Promise<Operated> {
  const at = await operated({ jobs: [watch], evidence: { items: 1_000, withinMs: MINUTE }, handle: { score: () => fails(F, 'no subtitles') } });
  await at.run.add('watch', ...keys(40));
  expect(at.run.tasks('watch', 'score')).toEqual({ failed: 40 });
  if (handle) at.run.handle['score'] = handle;
  else delete at.run.handle['score'];
  at.run.started.length = 0;
  return at;
}

const retry = (at: Operated, ...more: string[]) => at.jobctl('retry', 'watch', '--fingerprint', F, ...more);
const tried = ({ started }: SimulatedRuntime) => started.length;

test('one is tried first, then ten, then all', async () => {
  const at = await condemned((_claim, _signal, run) => run.sleep(1_000));
  expect(await retry(at)).toMatchObject({ code: 0, stdout: `watch  failed → one is tried first: tasks 40\n  then ten, then all, as long as none fails in the same way\n  undo: npx jobctl retry watch --fingerprint ${F} --stop\n` });
  await at.run.time.pass(0);
  expect([tried(at.run), at.run.value(CANARY)]).toEqual([1, 'trying']);
  await at.run.time.pass(1_000);
  expect([tried(at.run), at.run.value(CANARY)]).toEqual([11, 'trying']);
  expect((await at.jobctl('status', 'watch')).stdout).toContain(`canary of ${F}: 1 of 40 went well, 10 of 40 are tried now`);
  await at.run.time.pass(1_000);
  expect(tried(at.run)).toBe(40);
  expect(at.run.alive.tree.actor(CANARY)).toBeUndefined();
  await at.run.time.pass(1_000);
  expect(at.run.tasks('watch', 'score')).toEqual({ done: 40 });
});

test('it stops when the first fails in the same way, says so, and the rest stays failed', async () => {
  const at = await condemned(() => fails(F, 'no subtitles'));
  await retry(at);
  await at.run.time.pass(MINUTE);
  expect([tried(at.run), at.run.value(CANARY), at.run.tasks('watch', 'score')]).toEqual([1, 'stopped', { failed: 40 }]);
  const said = `stopped, and 39 stay failed: 1 of 1 task failed in the same way: Error: no subtitles`;
  expect(at.run.warnings).toContain(`job "watch": the canary of error ${F} has ${said}`);
  expect((await at.jobctl('status', 'watch')).stdout).toContain(`canary of ${F}: ${said}`);
  expect((await at.jobctl('status')).stdout).toContain(`canary of ${F} stopped`);
});

test('one of the ten that fails in the same way stops it as well', async () => {
  let n = 0;
  const at = await condemned(() => (++n === 7 ? fails(F, 'no subtitles') : undefined));
  await retry(at);
  await at.run.time.pass(MINUTE);
  expect([tried(at.run), at.run.value(CANARY), at.run.tasks('watch', 'score')]).toEqual([11, 'stopped', { done: 10, failed: 30 }]);
});

test('an item that fails otherwise does not stop the others; when all do, nothing is proven', async () => {
  let n = 0;
  const at = await condemned(() => (++n === 5 ? fails(G, 'gone') : undefined));
  await retry(at);
  await at.run.time.pass(MINUTE);
  expect(at.run.tasks('watch', 'score')).toEqual({ done: 39, failed: 1 });
  const other = await condemned(() => fails(G, 'gone'));
  await retry(other);
  await other.run.time.pass(MINUTE);
  expect([tried(other.run), other.run.context(CANARY).reason]).toEqual([1, 'none of 1 task succeeded: Error: gone']);
});

test('a failure that is tried again by itself stops it at once', async () => {
  const at = await condemned(() => ({ ...fails(F, 'no subtitles'), class: 'transient' }) as Outcome);
  await retry(at);
  await at.run.time.pass(0);
  expect([at.run.value(CANARY), at.run.tasks('watch', 'score')]).toEqual(['stopped', { waiting: 1, failed: 39 }]);
});

test('what fails while it goes on is not redone by it', async () => {
  const at = await condemned((_claim, _signal, run) => run.sleep(1_000));
  await retry(at);
  await at.run.time.pass(500);
  at.run.handle['score'] = () => fails(F, 'no subtitles');
  await at.run.add('watch', 'late');
  at.run.handle['score'] = (_claim, _signal, run) => run.sleep(1_000);
  await at.run.time.pass(MINUTE);
  expect([at.run.tasks('watch', 'score'), at.run.task('watch', 'late', 'score').state]).toEqual([{ done: 40, failed: 1 }, 'failed']);
});

test('killed at any step it goes on, and redoes nothing twice', async () => {
  const at = await condemned((_claim, _signal, run) => run.sleep(1_000));
  const reborn = async () => {
    const { step, tasks } = at.run.context(CANARY);
    at.run.kill();
    await at.run.boot();
    expect([at.run.context(CANARY).step, at.run.context(CANARY).tasks]).toEqual([step, tasks]);
  };
  await retry(at);
  await at.run.time.pass(500);
  await reborn();
  expect(at.run.tasks('watch', 'score')).toEqual({ running: 1, failed: 39 });
  await at.run.time.pass(1_000);
  expect(at.run.context(CANARY).tasks).toHaveLength(10);
  await reborn();
  await at.run.time.pass(MINUTE);
  expect(at.run.tasks('watch', 'score')).toEqual({ done: 40 });
  at.run.handle['score'] = () => fails(F, 'no subtitles');
  await at.run.add('watch', 'late', 'later');
  await retry(at);
  await at.run.time.pass(0);
  await reborn();
  expect([at.run.value(CANARY), at.run.task('watch', 'late', 'score').attempt + at.run.task('watch', 'later', 'score').attempt]).toEqual(['stopped', 3]);
});

test('an operator ends it, asks again, and does without it', async () => {
  const at = await condemned((_claim, _signal, run) => run.sleep(1_000));
  await retry(at);
  expect(await retry(at)).toMatchObject({ code: 5, stderr: expect.stringContaining(`this is being redone already: 1 of 40 is tried first; \`npx jobctl retry watch --fingerprint ${F} --stop\` ends that`) });
  expect(await retry(at, '--stop')).toMatchObject({ code: 0, stdout: 'watch  trying → over\n' });
  await at.run.time.pass(MINUTE);
  expect([tried(at.run), at.run.tasks('watch', 'score'), at.run.alive.tree.actor(CANARY)]).toEqual([1, { done: 1, failed: 39 }, undefined]);
  expect(await retry(at, '--all-at-once')).toMatchObject({ code: 0, stdout: 'watch  as they were → ready: tasks 39, items 39\n  undo: npx jobctl undo 1\n' });
  await at.run.time.pass(1_000);
  expect(at.run.tasks('watch', 'score')).toEqual({ done: 40 });
  expect(await retry(at)).toMatchObject({ code: 0, stdout: 'watch  as they were → nothing to do: tasks 0\n' });
});

test('one that stopped begins anew when it is asked for again, and ends when it is dismissed', async () => {
  const at = await condemned(() => fails(F, 'no subtitles'));
  await retry(at);
  await at.run.time.pass(MINUTE);
  delete at.run.handle['score'];
  expect((await retry(at)).code).toBe(0);
  await at.run.time.pass(MINUTE);
  expect(at.run.tasks('watch', 'score')).toEqual({ done: 40 });
  at.run.handle['score'] = () => fails(F, 'no subtitles');
  await at.run.add('watch', 'late');
  await retry(at);
  await at.run.time.pass(MINUTE);
  expect(await retry(at, '--stop')).toMatchObject({ code: 0, stdout: 'watch  stopped → over\n' });
  expect(at.run.alive.tree.actor(CANARY)).toBeUndefined();
});

test('a look at what it would do names its steps, and what it cannot do is refused', async () => {
  const at = await condemned();
  expect((await retry(at, '--dry-run')).stdout).toContain('as a canary: 1, then 10, then 29;');
  expect((await retry(at, '--dry-run', '--json')).json<{ steps: number[] }>().steps).toEqual([1, 10, 29]);
  expect(at.run.tasks('watch', 'score')).toEqual({ failed: 40 });
  expect(await retry(at, '--item', '1')).toMatchObject({ code: 2, stderr: expect.stringContaining('with --item, --where or --downstream say --all-at-once') });
  expect(await at.jobctl('retry', 'watch', '--stop')).toMatchObject({ code: 2, stderr: expect.stringContaining('--stop goes with --fingerprint') });
  expect(await at.jobctl('retry', 'watch', '--fingerprint', 'nonsense')).toMatchObject({ code: 2 });
});

test('a stage that jobs.yaml has no more takes its canary with it', async () => {
  const at = await condemned((_claim, _signal, run) => run.sleep(1_000));
  await at.jobctl('retry', 'watch', 'score', '--fingerprint', F);
  expect(at.run.value(CANARY)).toBe('trying');
  await at.run.reload(jobSpec('watch', { fetch: [] }));
  expect(at.run.alive.tree.actor(CANARY)).toBeUndefined();
});

test('why says of what waits for it that it does, and of one that stopped what to do', async () => {
  const at = await condemned((_claim, _signal, run) => run.sleep(1_000));
  await retry(at);
  await at.run.time.pass(0);
  const [found] = (await at.jobctl('why', 'watch', 'k00', '--json')).json<{ explanations: object[] }>().explanations;
  expect(found).toMatchObject({ what: 'item 1 at score', cause: 'canary', reason: `what failed by ${F} is redone with care: 1 of 40 is tried first`, clearsItself: true });
  at.run.handle['score'] = () => fails(F, 'no subtitles');
  await at.run.time.pass(1_000);
  const stopped = (await at.jobctl('why', 'watch', '--json')).json<{ explanations: object[] }>().explanations;
  expect(stopped).toContainEqual(expect.objectContaining({ what: 'watch', cause: 'canary', clearsItself: false, todo: [`npx jobctl retry watch --fingerprint ${F}`] }));
});
