import { expect, test } from 'vitest';
import type { ActionNews } from '../../actors/ports.ts';
import { readActions } from '../../runtime/store/doctor-view.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const refused = Object.assign(new Error('Incorrect API key provided'), { status: 401 });
const SECOND = 1_000;

function watch(concurrency = 1) {
  const spec = jobSpec('watch', { fetch: [] });
  return { ...spec, stages: spec.stages.map((stage) => ({ ...stage, concurrency })) };
}

/** What somebody hears who sends messages, and whether it was in the file when he heard of it. */
function heard(run: SimulatedRuntime): string[] {
  const lines: string[] = [];
  run.alive.doctorActions.watch(({ type, action }: ActionNews) => {
    const row = readActions(run.db, 100).find(({ id }) => id === action.id);
    expect(row).toEqual(action);
    lines.push(`${type} ${action.id} ${action.job}/${action.stage} ${action.class} ${action.risk}`);
  });
  return lines;
}

const RESUME = { type: 'RESUME', force: false } as const;

test('a trouble that many items meet is one action: told once it is in the file, and once more when the stage works again', async () => {
  const run = await simulated({ jobs: [watch(5)] });
  const news = heard(run);
  let broken = true;
  run.handle['fetch'] = (claim) => (broken ? run.throws(claim, refused) : undefined);
  await run.add('watch', 'a', 'b', 'c', 'd', 'e', 'f', 'g');
  expect(run.holds('watch')).toHaveProperty('breaker');
  for (let n = 0; n < 3; n++) {
    await run.time.pass(SECOND);
    await run.send('job/watch/lifecycle', RESUME);
  }
  expect(news).toEqual(['action.opened 1 watch/fetch systemic high']);
  broken = false;
  await run.time.pass(SECOND);
  await run.send('job/watch/lifecycle', RESUME);
  await run.time.pass(600 * SECOND);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 7 });
  expect(news).toEqual(['action.opened 1 watch/fetch systemic high', 'action.ended 1 watch/fetch systemic high']);
  expect(run.alive.doctorActions.open()).toEqual([]);
});

test('a refusal is tried again, says the log, until it is the one that holds the job', async () => {
  const run = await simulated({ jobs: [watch()] });
  run.handle['fetch'] = ({ attempt, ...claim }, _signal, run) => run.sleep(SECOND).then(() => run.throws({ attempt, ...claim }, refused));
  await run.add('watch', 'a');
  const done = () => readActions(run.db, 9).map(({ action, risk, endedAt }) => [action, risk, endedAt]);
  await run.time.pass(2 * SECOND);
  expect([done(), run.holds('watch')]).toEqual([[['retry_later', 'high', null]], {}]);
  await run.time.pass(SECOND);
  expect([done(), Object.keys(run.holds('watch'))]).toEqual([[['pause_job', 'high', null]], ['breaker']]);
  run.kill();
  await run.boot();
  expect(run.alive.doctorActions.open()).toMatchObject([{ action: 'pause_job' }]);
});

test('what began before the trouble and succeeds does not end it', async () => {
  const run = await simulated({ jobs: [watch(2)] });
  const news = heard(run);
  const slow = Promise.withResolvers<undefined>();
  run.handle['fetch'] = (claim) => (claim.key === 'slow' ? slow.promise : run.throws(claim, refused));
  await run.add('watch', 'slow', 'b');
  await run.time.pass(10 * SECOND);
  slow.resolve(undefined);
  await run.time.settle();
  expect(run.tasks('watch', 'fetch')).toMatchObject({ done: 1 });
  expect(news).toEqual(['action.opened 1 watch/fetch systemic high']);
});

test('a correction ends it', async () => {
  const run = await simulated({ jobs: [watch()] });
  const news = heard(run);
  run.handle['fetch'] = (claim) => run.throws(claim, refused);
  await run.add('watch', 'a');
  const [open] = run.alive.doctorActions.open();
  await run.send('doctor', { type: 'RECLASSIFY', fingerprint: open!.fingerprint, class: 'item_specific' });
  expect(news).toEqual(['action.opened 1 watch/fetch systemic high', 'action.opened 2 null/null item_specific low', 'action.ended 1 watch/fetch systemic high']);
});

test('what is open is known after a kill, and ends as it would have', async () => {
  const run = await simulated({ jobs: [watch()] });
  let broken = true;
  run.handle['fetch'] = (claim) => (broken ? run.throws(claim, refused) : undefined);
  await run.add('watch', 'a');
  const before = run.alive.doctorActions.open();
  expect(before).toHaveLength(1);
  run.kill();
  await run.boot();
  expect(run.alive.doctorActions.open()).toEqual(before);
  const news = heard(run);
  broken = false;
  await run.time.pass(SECOND);
  await run.send('job/watch/lifecycle', RESUME);
  await run.time.pass(600 * SECOND);
  expect(news).toEqual(['action.ended 1 watch/fetch systemic high']);
  expect(readActions(run.db, 10)).toMatchObject([{ id: 1, endedAt: expect.any(Number) }]);
});

test('a hold that ends by itself says when', async () => {
  const run = await simulated({ jobs: [watch()] });
  run.handle['fetch'] = (claim) => run.throws(claim, new Error('You exceeded your current quota: quota exceeded for PerDay, google gemini free tier'));
  await run.add('watch', 'a');
  const [open] = run.alive.doctorActions.open();
  expect(open).toMatchObject({ class: 'temporal', risk: 'medium', until: Date.parse('2026-11-25T08:00:00Z') });
});
