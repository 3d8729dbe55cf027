/** What the operator is told, from the cause to the message and its end, through the whole tree, on a simulated clock. */
import { describe, expect, test } from 'vitest';
import type { JobSpec, NotifyTarget } from '../../machines/spec.ts';
import { windowSpec } from '../../runtime/config/window.ts';
import { readNotices } from '../../runtime/store/notices-view.ts';
import { simulated, type Setting, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const SECOND = 1_000;
const refused = Object.assign(new Error('Incorrect API key provided'), { status: 401 });
const phone: NotifyTarget = { kind: 'exec', name: 'phone', minRisk: 'medium', command: ['true'] };
const team: NotifyTarget = { ...phone, name: 'team', minRisk: 'high' };
const work = jobSpec('work', { fetch: [] });
const other = jobSpec('other', { fetch: [] });
const paid = (day: number): JobSpec => ({ ...work, stages: work.stages.map((stage) => ({ ...stage, maxCost: 0.1 })), guards: { validate: false, dailyCostLimit: day } });
const hold = (run: SimulatedRuntime, job: string, cause: string, rest = {}) => run.send(`job/${job}/lifecycle`, { type: 'hold.placed', cause, reason: `${cause}: because of it`, ...rest });
const resume = (run: SimulatedRuntime, job = 'work') => run.send(`job/${job}/lifecycle`, { type: 'RESUME' });
const sent = (run: SimulatedRuntime) => run.sent.map(({ to, event, jobs }) => [to, event, ...jobs].join(' '));
const rows = (run: SimulatedRuntime) => readNotices(run.db, 100);

async function telling(targets: NotifyTarget[], setting: Partial<Setting> = {}): Promise<SimulatedRuntime> {
  const run = await simulated({ jobs: [work, other], ...setting });
  run.notify = { targets };
  run.told.lookAgain();
  await run.time.settle();
  return run;
}

test('an error that holds a job is told once, with what to do, and once more when it is over', async () => {
  const run = await telling([phone, team], { handle: { fetch: (claim, _signal, run) => (claim.attempt <= 3 ? run.throws(claim, refused) : undefined) } });
  await run.add('work', 'a');
  await run.time.pass(1_999);
  expect(run.sent).toEqual([]);
  await run.time.pass(1);
  expect(run.sent).toMatchObject([{ to: 'phone' }, { to: 'team' }]);
  expect(run.sent[0]).toMatchObject({
    event: 'incident.opened', risk: 'high', jobs: ['work'], cause: 'breaker', command: 'npx jobctl clear-errors work', link: 'http://127.0.0.1:4600/#/job/work',
    title: expect.stringMatching(/^work is held: 3 systemic failures in a row at fetch: .*Incorrect API key/), text: expect.stringContaining('→ npx jobctl clear-errors work'), fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
  await resume(run);
  await run.time.pass(60 * SECOND);
  expect(sent(run)).toEqual(['phone incident.opened work', 'team incident.opened work', 'phone incident.ended work', 'team incident.ended work']);
  expect(run.sent[2]).toMatchObject({ title: expect.stringMatching(/^over: work/), incident: run.sent[0]!.incident });
  expect(rows(run).incidents).toMatchObject([{ risk: 'high', jobs: ['work'], endedAt: expect.any(Number) }]);
  expect(rows(run).notifications.map(({ target, kind, state }) => `${target} ${kind} ${state}`).toSorted()).toEqual(['phone ended sent', 'phone opened sent', 'team ended sent', 'team opened sent']);
});

test('a target that is slow keeps no other one waiting', async () => {
  const run = await telling([phone, team]);
  const begun: string[] = [];
  run.carry = (_message, target) => {
    begun.push(`${target} ${run.time.now - since}`);
    return target === 'phone' ? run.sleep(8 * SECOND).then(() => ({ ok: true, said: 'ok' })) : { ok: true, said: 'ok' };
  };
  await hold(run, 'work', 'guard');
  const since = run.time.now;
  await run.time.pass(2 * SECOND);
  expect([begun, rows(run).notifications.map(({ target, state }) => `${target} ${state}`).toSorted()]).toEqual([['phone 2000', 'team 2000'], ['phone waiting', 'team sent']]);
  await run.time.pass(8 * SECOND);
  expect(rows(run).notifications.map(({ target, state }) => `${target} ${state}`).toSorted()).toEqual(['phone sent', 'team sent']);
});

test.each([
  ['operator', null], ['window', null], ['requirement', null], ['guard', 'high'], ['supervision', 'high'],
])('a hold by %s has its risk', async (cause, risk) => {
  const run = await telling([phone]);
  await hold(run, 'work', cause);
  await run.time.pass(5 * SECOND);
  expect(run.sent.map((message) => message.risk)).toEqual(risk === null ? [] : [risk]);
});

test('money that is over is of medium risk, for the next day begins by itself', async () => {
  const run = await telling([phone], { jobs: [paid(0.05)] });
  await run.add('work', 'a');
  await run.time.pass(2 * SECOND);
  expect(run.sent).toMatchObject([{ risk: 'medium', cause: 'budget', title: 'work is held: budget: $0.00 of $0.05', text: expect.stringContaining('tried again by itself at 2026-11-25 08:00 UTC') }]);
  await run.reload(paid(5));
  await run.time.pass(31 * SECOND);
  expect(sent(run)).toEqual(['phone incident.opened work', 'phone incident.ended work']);
});

test('jobs that are held by one kind of error at once are one message', async () => {
  const run = await telling([phone], { handle: { fetch: (claim, _signal, run) => run.throws(claim, refused) } });
  await run.add('work', 'a');
  await run.add('other', 'b');
  await run.time.pass(2 * SECOND);
  expect(sent(run)).toHaveLength(1);
  expect(run.sent[0]!.jobs.toSorted()).toEqual(['other', 'work']);
  expect(run.sent[0]!.title).toMatch(/^2 jobs \(work, other\) are held|^2 jobs \(other, work\) are held/);
});

test('what is amiss before Rivus starts, or ends while it is stopped, is told all the same, and once', async () => {
  const run = await telling([phone]);
  await hold(run, 'work', 'guard');
  run.kill();
  await run.boot();
  await run.time.pass(2 * SECOND);
  expect(sent(run)).toEqual(['phone incident.opened work']);
  run.kill();
  await run.boot();
  await run.time.pass(60 * SECOND);
  expect(sent(run)).toEqual(['phone incident.opened work']);
  await resume(run);
  run.kill();
  await run.boot();
  await run.time.pass(60 * SECOND);
  expect(sent(run)).toEqual(['phone incident.opened work', 'phone incident.ended work']);
});

test('a message that is under way when the process dies is sent again, with the same id', async () => {
  const run = await telling([phone]);
  const ids: string[] = [];
  run.carry = ({ id }) => (ids.push(id), new Promise<never>(() => {}));
  await hold(run, 'work', 'guard');
  await run.time.pass(2 * SECOND);
  run.kill();
  run.carry = ({ id }) => (ids.push(id), { ok: true, said: 'ok' });
  await run.boot();
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  expect(rows(run).notifications).toMatchObject([{ state: 'sent' }]);
});

test('a target that fails is tried again, and keeps neither the others nor the work waiting', async () => {
  const run = await telling([phone, team]);
  run.carry = (_message, target) => (target === 'phone' ? { ok: false, reason: 'answered 503', again: true } : { ok: true, said: 'ok' });
  await hold(run, 'work', 'guard');
  await run.time.pass(2 * SECOND);
  expect(sent(run)).toEqual(['team incident.opened work']);
  await run.add('other', 'b');
  expect(run.tasks('other', 'fetch')).toEqual({ done: 1 });
  expect(rows(run).notifications.find(({ target }) => target === 'phone')).toMatchObject({ state: 'waiting', tries: 1, reason: 'answered 503', dueAt: run.time.now + 10 * SECOND });
  run.carry = () => ({ ok: true, said: 'ok' });
  await run.time.pass(10 * SECOND);
  expect(sent(run)).toEqual(['team incident.opened work', 'phone incident.opened work']);
  expect(run.warnings).toEqual(['notify "phone": answered 503; it is tried again']);
});

test('what is refused for good is given up, and says why', async () => {
  const run = await telling([phone]);
  run.carry = () => ({ ok: false, reason: 'answered 401 bad token', again: false });
  await hold(run, 'work', 'guard');
  await run.time.pass(2 * SECOND);
  expect(rows(run).notifications).toMatchObject([{ state: 'failed', reason: 'answered 401 bad token' }]);
  expect(rows(run).incidents).toMatchObject([{ endedAt: null }]);
});

describe('in quiet hours', () => {
  // Runs begin at 12:00 UTC.
  const quiet = windowSpec('11:00-13:00 UTC');
  const toTheirEnd = 3_600 * SECOND;

  test('what goes on by itself waits until they end, what waits for the operator does not', async () => {
    const run = await telling([{ ...phone, quiet }]);
    await hold(run, 'work', 'breaker', { until: run.time.now + 86_400 * SECOND });
    await hold(run, 'other', 'guard');
    await run.time.pass(toTheirEnd - 1);
    expect(sent(run)).toEqual(['phone incident.opened other']);
    await run.time.pass(1);
    expect(sent(run)).toEqual(['phone incident.opened other', 'phone incident.opened work']);
  });

  test('what begins and is over is one message when they end', async () => {
    const run = await telling([{ ...phone, quiet }]);
    await hold(run, 'work', 'breaker', { until: run.time.now + 600 * SECOND });
    await run.time.pass(toTheirEnd);
    expect(sent(run)).toEqual(['phone incident.over work']);
    expect(run.sent[0]!.text).toContain('from 2026-11-24 12:00 UTC to 2026-11-24 12:10 UTC');
  });
});

test('what the doctor does without holding a job is told too, when its risk is medium', async () => {
  const run = await telling([phone]);
  run.alive.doctorActions.note({ job: 'work', stage: 'fetch', fingerprint: '0123456789ab', class: 'item_specific', by: 'model', reason: 'the page is empty' });
  run.alive.doctorActions.note({ job: 'work', stage: 'fetch', fingerprint: '0123456789ac', class: 'transient', by: 'rule', reason: 'answered 503' });
  await run.time.settle();
  expect(run.sent).toMatchObject([{ event: 'action.noted', risk: 'medium', title: 'the doctor acted in work: fail_item: the page is empty', command: 'npx jobctl doctor log' }]);
});

test('a job that jobs.yaml has no more troubles nobody', async () => {
  const run = await telling([phone]);
  await hold(run, 'work', 'guard');
  await run.time.pass(2 * SECOND);
  await run.reload(other);
  await run.time.pass(31 * SECOND);
  expect(sent(run)).toEqual(['phone incident.opened work', 'phone incident.ended work']);
});
