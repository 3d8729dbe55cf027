/** Why nothing starts that has slots of its own: what jobs share is taken, kept for others or paced, or there is no money. */
import { expect, test } from 'vitest';
import { operated } from '../support/operated.ts';
import type { SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';
import { changed, HOUR, other, paid, slowly, why, work } from '../support/why.ts';

test('who waits for money that is in flight is told so', async () => {
  const setting = { jobs: [paid(0.15)], handle: { fetch: slowly } };
  const at = await operated(setting, { reload: (run) => run.reload(paid(5)) });
  await at.run.add('work', 'first', 'a');
  const [found] = await why(at, ['work', 'a']);
  expect(found).toMatchObject({ what: 'work fetch', cause: 'budget', reason: 'budget: $0.10 of $0.15, and one more may cost $0.10: it waits for what is in flight to cost less than is reserved for it', clearsItself: true });
  expect(found!.advice).toBe('raise `daily_cost_limit` of "work" in jobs.yaml, then');
  await at.typed(found!.todo[0]!);
  await at.run.time.settle();
  expect(at.run.task('work', 'a', 'fetch').state).toBe('running');
});

test('a limit of one stage holds that stage, until the next day or a higher limit', async () => {
  const limited = (day: number) => changed(work, { maxCost: 0.1, dailyCostLimit: day });
  const at = await operated({ jobs: [limited(0.15)], cost: () => 100_000 }, { reload: (run) => run.reload(limited(5)) });
  await at.run.add('work', 'first', 'a');
  const [found] = await why(at, ['work', 'a']);
  expect(found).toMatchObject({
    what: 'work fetch', cause: 'budget', reason: 'budget: $0.10 of $0.15 for the stage "fetch", and one more may cost $0.10: until the next day', clearsItself: true,
    until: Date.parse('2026-11-25T08:00:00Z'), advice: 'raise `daily_cost_limit` of the stage "fetch" in jobs.yaml, then',
  });
  await at.typed(found!.todo[0]!);
  await at.run.time.settle();
  expect(at.run.task('work', 'a', 'fetch').state).toBe('done');
});

test('unpausing a job that is over budget leaves it held, and says so', async () => {
  const at = await operated({ jobs: [paid(0.05)] });
  await at.run.add('work', 'a');
  const { code, stdout, stderr } = await at.jobctl('unpause', 'work');
  expect({ code, said: stdout + stderr }).toMatchObject({ code: 0, said: expect.stringContaining('still held: budget: $0.00 of $0.05; no force makes money: raise the limit in jobs.yaml') });
  expect(stdout, 'what changed nothing cannot be undone').not.toContain('undo');
  const forced = await at.jobctl('unpause', 'work', '--force');
  expect(forced.stdout).toContain('no force makes money: it is held again as soon as something would cost any');
  await at.run.time.settle();
  expect(at.run.holds('work')).toEqual({ budget: 'budget: $0.00 of $0.05' });
  expect((await at.jobctl('why', 'work')).stdout).toMatch(/^work {2}budget: \$0\.00 of \$0\.05, and one more may cost \$0\.10/);
});

test('a slot that is free and kept for somebody is explained, and shown with what they lack', async () => {
  const [both, small] = [jobSpec('both', { fetch: [] }), jobSpec('small', { fetch: [] })];
  const jobs = [changed(both, { resources: ['api', 'disk'] }), changed(small, { resources: ['api'] }), changed(other, { resources: ['disk'] })];
  const reload = async (run: SimulatedRuntime) => { run.resources = { api: 2, disk: 1 }; await run.reload(...jobs); };
  const at = await operated({ jobs, resources: { api: 1, disk: 1 }, handle: { fetch: slowly } }, { reload });
  await at.run.add('other', 'x');
  await at.run.add('both', 'a');
  await at.run.add('small', 'a');
  await at.run.time.pass(250);
  const [found] = await why(at, ['small', 'a']);
  expect(found).toMatchObject({ what: 'small fetch', cause: 'resource_full', reason: '1 of 1 slots of "api" is free, and kept for both fetch, which has waited longer and still needs "disk"', clearsItself: true, advice: 'raise `concurrency` of the resource "api" in jobs.yaml, then' });
  expect((await at.jobctl('resources')).stdout).toMatch(/^api +contended +0 of 1 +\d+ % +both fetch for [^,]+, until it has disk; small fetch for /m);
  await at.typed(found!.todo[0]!);
  await at.run.time.settle();
  expect(at.run.task('small', 'a', 'fetch').state).toBe('running');
  expect(at.run.task('both', 'a', 'fetch').state).toBe('ready');
});

test('who waits for a token is told who gets the next ones, and when its own comes', async () => {
  const rate = { count: 1, perMs: HOUR, burst: 1 };
  const jobs = ['one', 'two', 'three'].map((id) => changed(jobSpec(id, { fetch: [] }), { resources: ['api'] }));
  const at = await operated({ jobs, resources: { api: 9 }, rates: { api: rate } });
  for (const { id } of jobs) await at.run.add(id, 'a');
  const [second] = await why(at, ['two', 'a']);
  const [third] = await why(at, ['three', 'a']);
  expect([second!.reason, second!.until]).toEqual(['what uses "api" starts at 1/h, over all jobs: it waits for the next token', at.run.time.now + HOUR]);
  expect([third!.reason, third!.until]).toEqual(['what uses "api" starts at 1/h, over all jobs: the next token is for two fetch', at.run.time.now + 2 * HOUR]);
  await at.run.time.pass(2 * HOUR);
  expect(at.run.task('three', 'a', 'fetch').state).toBe('done');
});

test('slots that were taken under an earlier configuration are still those of who took them', async () => {
  const jobs = [changed(work, { resources: ['api'] }), changed(other, { resources: ['api'] })];
  const at = await operated({ jobs, resources: { api: 1 }, handle: { fetch: slowly } });
  await at.run.add('other', 'x');
  await at.run.reload(jobs[0]!, other);
  await at.run.add('work', 'a');
  expect((await why(at, ['work', 'a'])).map(({ reason }) => reason)).toContain('the only slot of "api" is taken: 1 by other fetch');
});

test('a resource that is taken out of jobs.yaml lets go who waited for it', async () => {
  const at = await operated({ jobs: [changed(work, { resources: ['api'] }), changed(other, { resources: ['api'] })], resources: { api: 1 }, handle: { fetch: slowly } });
  await at.run.add('other', 'x');
  await at.run.add('work', 'a');
  at.run.resources = {};
  await at.run.reload(work, other);
  expect(at.run.task('work', 'a', 'fetch').state).toBe('running');
});
