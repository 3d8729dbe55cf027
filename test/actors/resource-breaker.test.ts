/** When it is what jobs share that fails, all that needs it waits, and one attempt at a time tries it. */
import { expect, test } from 'vitest';
import { DEFAULT_BREAKER, type JobSpec } from '../../machines/spec.ts';
import { operated, type Operated } from '../support/operated.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';
import { why } from '../support/why.ts';

const MINUTE = 60_000;
const BREAKER = 'resource/site/breaker';
/** Its own breaker is patient: what opens is that of the resource. */
function user(id: string, more: Partial<JobSpec['breaker']> = {}): JobSpec {
  const spec = jobSpec(id, { fetch: [], score: ['fetch'] });
  return { ...spec, breaker: { ...spec.breaker, systemic: 99, transient: 99, ...more }, stages: spec.stages.map((stage) => ({ ...stage, concurrency: 4, ...(stage.name === 'fetch' && { resources: ['site'] }) })) };
}
const jobs = [user('a'), user('b'), user('c')];
const blocked = () => ({ ...failed('systemic', 'answered 403'), fingerprint: '0a1b2c3d4e5f' });
const keys = (n: number) => Array.from({ length: n }, (_, i) => `k${i}`);
const atSite = (run: SimulatedRuntime) => jobs.reduce((sum, { id }) => sum + (run.tasks(id, 'fetch')['running'] ?? 0), 0);
const setting = { jobs, resources: { site: 4 } };

test('the same refusal in two jobs stops all that needs the resource, and nothing else', async () => {
  const run = await simulated(setting);
  run.handle['a/fetch'] = run.handle['b/fetch'] = () => run.sleep(1_000).then(blocked);
  await run.add('a', 'k0');
  await run.add('b', 'k0', 'k1');
  expect(run.value(BREAKER)).toBe('closed');
  await run.time.pass(1_000);
  expect([run.value(BREAKER), run.context(BREAKER).opened.reason]).toEqual([{ open: 'coolingDown' }, expect.stringMatching(/^Error: answered 403 \([ab] fetch\)$/)]);
  await run.add('c', ...keys(5));
  expect([run.tasks('c', 'fetch'), run.holds('a'), run.holds('c')]).toEqual([{ ready: 5 }, {}, {}]);
  expect(run.warnings).toContainEqual(expect.stringContaining('nothing that needs the resource "site" starts: 3 systemic failures in a row at site: Error: answered 403'));
});

test('the refusal of one job alone, and different ones, are not the fault of what they share', async () => {
  const run = await simulated({ ...setting, handle: { 'a/fetch': blocked, 'b/fetch': () => ({ ...blocked(), fingerprint: 'aaaaaaaaaaaa' }) } });
  await run.add('b', 'k0');
  await run.add('a', ...keys(3));
  expect(run.value(BREAKER)).toBe('closed');
});

test('what works in one job clears what failed before', async () => {
  const run = await simulated(setting);
  const twice = async () => {
    run.handle['a/fetch'] = run.handle['b/fetch'] = ({ attempt }) => (attempt === 1 ? blocked() : run.sleep(1_000));
    await run.add('a', `late${run.time.now}`);
    await run.add('b', `late${run.time.now}`);
    await run.time.pass(1_000);
  };
  for (let n = 0; n < 3; n++) await twice();
  expect(run.value(BREAKER)).toBe('closed');
});

test('half open one attempt is at work over all jobs, then 1, 2, 4, killed in every state', async () => {
  const run = await simulated({ ...setting, handle: { 'a/fetch': blocked, 'b/fetch': blocked } });
  await run.add('a', 'k0', 'k1');
  await run.add('b', 'k0', 'k1');
  await run.add('c', ...keys(20));
  const reborn = async () => {
    const before = run.value(BREAKER);
    run.kill();
    await run.boot();
    expect(run.value(BREAKER)).toEqual(before);
    return before;
  };
  expect([await reborn(), atSite(run)]).toEqual([{ open: 'coolingDown' }, 0]);
  for (const { id } of jobs) run.handle[`${id}/fetch`] = () => run.sleep(1_000);
  await run.time.pass(MINUTE);
  expect([await reborn(), atSite(run)]).toEqual(['halfOpen', 1]);
  await run.time.pass(1_000);
  expect([await reborn(), atSite(run)]).toEqual(['ramping', 1]);
  const seen: number[] = [];
  for (let n = 0; n < 12; n++) {
    await run.time.pass(500);
    seen.push(atSite(run));
    const { value, context } = run.actor(BREAKER).getSnapshot();
    if (value === 'ramping') expect(atSite(run)).toBeLessThanOrEqual(context.ramp.width);
  }
  expect(Math.max(...seen)).toBe(4);
  await run.time.pass(MINUTE);
  expect([run.value(BREAKER), ...jobs.map(({ id }) => run.tasks(id, 'score'))]).toEqual(['closed', { done: 2 }, { done: 2 }, { done: 20 }]);
});

test('a trial that fails opens it for longer', async () => {
  const run = await simulated({ ...setting, handle: { fetch: blocked } });
  await run.add('a', 'k0', 'k1');
  await run.add('b', 'k0', 'k1');
  const tried = run.started.length;
  await run.time.pass(MINUTE);
  expect([run.started.length - tried, run.value(BREAKER)]).toEqual([1, { open: 'coolingDown' }]);
  expect(run.context(BREAKER).opened.until - run.time.now).toBe(2 * MINUTE);
});

test('transient failures that opened it are not charged', async () => {
  const run = await simulated({ ...setting, handle: { fetch: () => ({ ...failed('transient', 'answered 503'), fingerprint: '0a1b2c3d4e5f' }) } });
  await run.add('a', ...keys(5));
  await run.add('b', ...keys(5));
  expect(run.value(BREAKER)).toEqual({ open: 'coolingDown' });
  expect([run.task('a', 'k0', 'fetch'), run.task('b', 'k4', 'fetch')]).toMatchObject([{ tries: 0, state: 'ready' }, { tries: 0, state: 'ready' }]);
});

test('an operator hears who waits for it and until when, and lets it be tried', async () => {
  let isBlocked = true;
  const at: Operated = await operated({ ...setting, handle: { fetch: (_claim, _signal, run) => run.sleep(1_000).then(() => (isBlocked ? blocked() : undefined)) } });
  await at.run.add('a', 'k0', 'k1');
  await at.run.add('b', 'k0');
  await at.run.time.pass(1_000);
  isBlocked = false;
  await at.run.add('c', 'k0');
  const [found] = await why(at, ['c', 'k0']);
  expect(found).toMatchObject({
    what: 'c fetch', cause: 'breaker', reason: 'the resource "site" fails in several jobs: 3 systemic failures in a row at site: Error: answered 403 (b fetch)', clearsItself: true, until: at.run.time.now + MINUTE,
    todo: ['npx jobctl clear-errors --resource site'],
  });
  expect((await at.jobctl('status')).stdout).toContain('nothing that needs site starts freely: 3 systemic failures in a row at site');
  expect((await at.jobctl('resources')).stdout).toContain('breaker open.coolingDown');
  expect(await at.jobctl('clear-errors', '--resource', 'sight')).toMatchObject({ code: 4, stderr: expect.stringContaining('known are site') });
  expect(await at.jobctl('clear-errors')).toMatchObject({ code: 2 });
  expect((await at.jobctl('clear-errors', '--resource', 'site', '--dry-run')).stdout).toContain('halfOpen');
  expect((await at.typed(found!.todo[0]!)).code).toBe(0);
  await at.run.time.pass(MINUTE);
  expect([at.run.value(BREAKER), at.run.tasks('c', 'score')]).toEqual(['closed', { done: 1 }]);
});

test('another key of a job is tried at what it shares, and a resource that one job uses alone has no breaker', async () => {
  const env: Record<string, string> = { KEY: 'expired' };
  const run = await simulated({ ...setting, jobs: jobs.map((job) => ({ ...job, requires: { env: ['KEY'], bin: [] } })), env, handle: { fetch: () => (env['KEY'] === 'new' ? undefined : blocked()) } });
  await run.add('a', 'k0', 'k1');
  await run.add('b', 'k0', 'k1');
  expect(run.value(BREAKER)).toEqual({ open: 'coolingDown' });
  run.kill();
  env['KEY'] = 'new';
  await run.boot();
  await run.time.pass(MINUTE / 2);
  expect([run.value(BREAKER), run.tasks('a', 'score'), run.tasks('b', 'score')]).toEqual(['closed', { done: 2 }, { done: 2 }]);
  await run.reload(jobs[0]!);
  expect(run.alive.tree.actor(BREAKER)).toBeUndefined();
});

test('it opens as early as jobs.yaml says of the resource, as soon as that is saved', async () => {
  const run = await simulated({ ...setting, handle: { fetch: blocked } });
  run.breakers = { site: { ...DEFAULT_BREAKER, systemic: 2, coolDown: { baseMs: 5 * MINUTE, capMs: 10 * MINUTE } } };
  await run.reload(...jobs);
  await run.add('a', 'k0');
  await run.add('b', 'k0');
  expect([run.value(BREAKER), run.context(BREAKER).opened.until - run.time.now]).toEqual([{ open: 'coolingDown' }, 5 * MINUTE]);
});

test('it is told once with the jobs that wait for it, and once more when it works again', async () => {
  const run = await simulated({ ...setting, handle: { fetch: blocked } });
  run.notify = { targets: [{ kind: 'exec', name: 'phone', minRisk: 'medium', command: ['true'] }] };
  run.told.lookAgain();
  await run.add('a', 'k0', 'k1');
  await run.add('b', 'k0');
  await run.time.pass(2_000);
  expect(run.sent).toMatchObject([{
    event: 'incident.opened', cause: 'resource', risk: 'high', jobs: ['a', 'b', 'c'], command: 'npx jobctl clear-errors --resource site', link: 'http://127.0.0.1:4600/#/breakers',
    title: expect.stringMatching(/^3 jobs \(a, b, c\) wait: nothing that needs "site" starts: \d+ systemic failures in a row at site: Error: answered 403/),
  }]);
  run.kill();
  await run.boot();
  await run.time.pass(10 * MINUTE);
  expect(run.sent).toHaveLength(1);
  run.handle['fetch'] = () => undefined;
  await run.time.pass(30 * MINUTE);
  expect(run.sent.slice(1)).toMatchObject([{ event: 'incident.ended', incident: run.sent[0]!.incident, command: 'npx jobctl resources', title: expect.stringMatching(/^over: 3 jobs/) }]);
});

test('a job that is held for the same error is part of it', async () => {
  const run = await simulated({ ...setting, jobs: [user('a', { systemic: 3 }), user('b', { systemic: 3 })], handle: { fetch: blocked } });
  run.notify = { targets: [{ kind: 'exec', name: 'phone', minRisk: 'medium', command: ['true'] }] };
  run.told.lookAgain();
  await run.add('b', 'k0');
  await run.add('a', ...keys(4));
  await run.time.pass(MINUTE / 2);
  expect([run.holds('a')['breaker'] !== undefined, run.value(BREAKER), run.sent.map(({ jobs, cause }) => [cause, ...jobs].join(' '))]).toEqual([true, { open: 'coolingDown' }, ['resource a b']]);
});

test('whoever was told that a job is held for an error hears that it has stopped what others need', async () => {
  const run = await simulated({ ...setting, jobs: [user('a', { systemic: 3 }), user('b'), user('c')], handle: { fetch: blocked } });
  run.notify = { targets: [{ kind: 'exec', name: 'phone', minRisk: 'medium', command: ['true'] }] };
  run.told.lookAgain();
  await run.add('a', 'k0');
  await run.time.pass(5_000);
  await run.add('b', 'k0');
  await run.time.pass(5_000);
  expect(run.sent.map(({ jobs, cause }) => [cause, ...jobs].join(' '))).toEqual(['breaker a', 'resource a b c']);
  run.handle['fetch'] = () => undefined;
  await run.time.pass(30 * MINUTE);
  expect(run.sent.slice(2).map(({ event, incident }) => `${event} ${incident}`).toSorted()).toEqual(run.sent.slice(0, 2).map(({ incident }) => `incident.ended ${incident}`).toSorted());
});
