/** The disk is made full by SQLite's own means, a limit on the pages of the file, so that it is full for the store alone and at once. */
import { expect, test } from 'vitest';
import { NotStored } from '../../runtime/ledger/inbox.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { done, jobSpec } from '../support/store.ts';

const LARGE = 'x'.repeat(200_000);
const keys = (n: number) => Array.from({ length: n }, (_, index) => `item ${index + 1}`);

function fill({ db }: SimulatedRuntime): void {
  const pages = db.pragma('page_count', { simple: true }) as number;
  db.pragma(`max_page_count = ${pages + 4}`);
}

function free(run: SimulatedRuntime): Promise<void> {
  run.db.pragma('max_page_count = 1000000');
  run.freeBytes = Infinity;
  return run.time.pass(2_000);
}

/** Ten tasks, two at a time; the disk is full when the first two want to store what they have made. */
async function filled(): Promise<SimulatedRuntime> {
  const job = jobSpec('watch', { fetch: [] });
  const run = await simulated({ jobs: [{ ...job, stages: job.stages.map((stage) => ({ ...stage, concurrency: 2 })) }] });
  run.handle['fetch'] = () => run.sleep(1_000).then(() => done(LARGE));
  await run.add('watch', ...keys(10));
  fill(run);
  await run.time.pass(60_000);
  return run;
}

test('a full disk is told once, however many jobs it stops, and once more when there is room', async () => {
  const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }), jobSpec('other', { fetch: [] })], handle: { fetch: () => done(LARGE) } });
  run.notify = { targets: [{ kind: 'exec', name: 'phone', minRisk: 'medium', command: ['true'] }] };
  run.told.lookAgain();
  fill(run);
  await run.add('watch', ...keys(5));
  await run.time.pass(120_000);
  expect(run.sent).toMatchObject([{ event: 'incident.opened', risk: 'high', cause: 'disk_full', jobs: [], title: expect.stringMatching(/^Rivus starts nothing new: the disk of .* is full/), command: 'npx jobctl diagnose', link: 'http://127.0.0.1:4600' }]);
  await free(run);
  await run.time.pass(60_000);
  expect(run.sent.map(({ event }) => event)).toEqual(['incident.opened', 'incident.ended']);
  expect(run.sent[1]!.title).toMatch(/^over: Rivus starts nothing new/);
});

test('on a full disk nothing new starts, and what was made waits for room', async () => {
  const run = await filled();
  expect(run.started).toHaveLength(2);
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 8, running: 2 });
  expect(run.alive.space.reason).toMatch(/full: work goes on by itself when 16 MB are free/);
  expect(run.warnings).toHaveLength(1);
  await free(run);
});

test('when it has room again, what was made is stored and the work goes on, nothing of it twice', async () => {
  const run = await filled();
  await free(run);
  await run.time.pass(20_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 10 });
  expect(run.keys('fetch').toSorted()).toEqual(keys(10).toSorted());
  expect(run.alive.space.reason).toBeUndefined();
});

test('while less than enough is free nothing starts, although a little could be written', async () => {
  const run = await filled();
  run.db.pragma('max_page_count = 1000000');
  await run.time.pass(60_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 8, done: 2 });
  await free(run);
});

test('a command that cannot be stored is told so, and is stored when there is room', async () => {
  const run = await filled();
  const row = { id: 'pause-1', at: run.time.now, who: 'test', command: JSON.stringify({ reason: LARGE }), state: 'applied' as const, answer: '{}', seq: 1 };
  const told = run.alive.ledger.acknowledge(row).then(() => 'stored', (error: unknown) => error);
  await run.time.pass(1_000);
  expect(await told).toBeInstanceOf(NotStored);
  expect(run.alive.store.commands.byId('pause-1')).toBeUndefined();
  await free(run);
  expect(run.alive.store.commands.byId('pause-1')?.state).toBe('applied');
});

test('what was not stored when the process was killed runs again', async () => {
  const run = await filled();
  run.kill();
  run.db.pragma('max_page_count = 1000000');
  await run.boot();
  await run.time.pass(20_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 10 });
  expect(run.started).toHaveLength(12);
});
