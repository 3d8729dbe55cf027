/** What the lanes of the flow show beside their counts, of a whole runner on a simulated clock. */
import { expect, test } from 'vitest';
import type { FlowView } from '../../inspector/protocol.ts';
import { Flow } from '../../runtime/store/flow-view.ts';
import { cli, tokenIn } from '../support/control.ts';
import { operated } from '../support/operated.ts';
import { done, failed, jobSpec } from '../support/store.ts';

const HOUR = 3_600_000;
const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const reader = jobSpec('reader', { read: [] }, { discovery: { strategy: 'tracker_query', everyMs: HOUR, options: { job: 'watch', stage: 'extract', min_score: 5, field: 'score' } } });

const lastOf = (hours: readonly number[], n = 3) => hours.slice(-n);

test('each hour shows what was done in it and what failed for good; taken back, it was no work', async () => {
  const { run } = await operated({ jobs: [watch], handle: { fetch: ({ key }) => (key === 'c' ? failed('item_specific', 'gone') : undefined) } });
  const flow = new Flow(run.db as never);
  const now = () => run.time.now;
  await run.time.pass(HOUR - (now() % HOUR) + 60_000);
  await run.add('watch', 'a', 'b');
  await run.time.pass(1_000);
  await run.time.pass(HOUR);
  await run.add('watch', 'c', 'd');
  await run.time.pass(60_000);
  const { hours } = flow.read(now());
  expect(hours.from).toBe(Math.floor(now() / HOUR) * HOUR - 23 * HOUR);
  expect(lastOf(hours.jobs['watch']!.done)).toEqual([0, 4, 2]);
  expect(lastOf(hours.jobs['watch']!.failed)).toEqual([0, 0, 1]);
  expect(hours.jobs['watch']!.done).toHaveLength(24);
});

test('the hour that is not over is as of now; the keys that a job has met, as long as they are few, are counted every five seconds', async () => {
  const { run } = await operated({ jobs: [watch, reader], handle: { extract: () => done({ score: 9 }) } });
  const flow = new Flow(run.db as never);
  const at = (now: number) => {
    const { hours, chains } = flow.read(now);
    return [hours.jobs['watch']!.done.at(-1), chains[0]!.taken];
  };
  const now = run.time.now;
  expect(at(now)).toEqual([0, 0]);
  await run.add('watch', 'a');
  await run.time.pass(2_000);
  expect(at(now + 4_000)).toEqual([2, 0]);
  expect(at(now + 5_000)).toEqual([2, 1]);
});

test('a job that works on another one says how much of it it took; who waits longest is known by stage', async () => {
  const { run, url, data } = await operated({ jobs: [watch, reader], handle: { extract: ({ itemId }) => done({ score: itemId }) } });
  const client = await cli({ url, token: tokenIn(data) });
  const read = async () => ((await client.ask({ id: 'q', query: { type: 'flow' } })) as unknown as { view: FlowView }).view;
  await run.add('watch', ...Array.from({ length: 8 }, (_, n) => `k${n}`));
  await run.time.pass(61_000);
  expect((await read()).chains).toEqual([{ from: 'watch', to: 'reader', stage: 'extract', threshold: 'score ≥ 5', seen: 8, taken: 4 }]);
  expect((await read()).oldest).toEqual([]);
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  const at = run.time.now;
  await run.add('watch', 'late', 'later');
  const [oldest] = (await read()).oldest;
  expect(oldest).toMatchObject({ job: 'watch', stage: 'fetch', since: at });
});
