import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_BREAKER } from '../../machines/spec.ts';
import { keyIn } from '../../runtime/secret-marks.ts';
import { simulated } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';

const MINUTE = 60_000;
const wide = (concurrency: number, breaker = {}) => {
  const spec = jobSpec('watch', { fetch: [], score: ['fetch'] });
  return { ...spec, breaker: { ...DEFAULT_BREAKER, ...breaker }, stages: spec.stages.map((stage) => ({ ...stage, concurrency })) };
};
const keys = (n: number) => Array.from({ length: n }, (_, i) => `k${String(i).padStart(2, '0')}`);

test('fetch succeeds for ever while score fails: the job is held after three', async () => {
  const run = await simulated({ jobs: [wide(1)], handle: { score: () => failed('systemic', 'answered 401') } });
  await run.add('watch', ...keys(40));
  expect(run.holds('watch')).toEqual({ breaker: '3 systemic failures in a row at score: Error: answered 401' });
  expect(run.keys('score')).toHaveLength(3);
  expect(run.tasks('watch', 'score')['failed']).toBeUndefined();
});

test('with `scope: stage` raw data goes on being fetched', async () => {
  const run = await simulated({ jobs: [wide(1, { scope: 'stage' })], handle: { score: () => failed('systemic', 'answered 401') } });
  await run.add('watch', ...keys(20));
  expect([run.holds('watch'), run.keys('score').length, run.tasks('watch', 'fetch')]).toEqual([{}, 3, { done: 20 }]);
  expect([run.value('job/watch/breaker/score'), run.value('job/watch/breaker/fetch'), run.value('job/watch/stage/score')]).toEqual([{ open: 'coolingDown' }, 'closed', 'held']);
  delete run.handle['score'];
  await run.time.pass(5 * MINUTE);
  expect([run.value('job/watch/breaker/score'), run.tasks('watch', 'score')]).toEqual(['closed', { done: 20 }]);
});

test('half open one attempt is in flight, in the whole job; then 1, 2, 4 … up to the concurrency', async () => {
  const run = await simulated({ jobs: [wide(8)] });
  run.handle['fetch'] = () => failed('systemic', 'down');
  await run.add('watch', ...keys(60));
  const tried = run.started.length;
  expect(tried).toBeLessThanOrEqual(8);
  run.handle['fetch'] = run.handle['score'] = () => run.sleep(1_000);
  await run.time.pass(MINUTE);
  expect(run.value('job/watch/breaker')).toBe('halfOpen');
  const since = run.time.now;
  await run.time.pass(10 * MINUTE);
  const waves = Map.groupBy(run.started.slice(tried), ({ at }) => Math.floor((at - since) / 1_000));
  expect([...waves.values()].slice(0, 4).map(({ length }) => length)).toEqual([1, 1, 2, 4]);
  expect(run.value('job/watch/breaker')).toBe('closed');
  expect(run.tasks('watch', 'score')).toEqual({ done: 60 });
});

test.each([
  ['a service that says to come back in two hours', Object.assign(new Error('too many requests, try again later'), { status: 429, headers: { 'retry-after': '7200' } }), 120 * MINUTE],
  ['a market that opens at half past two', new Error('order refused: the exchange is closed until 14:30 UTC'), 150 * MINUTE],
  ['what is over nobody knows when', new Error('order refused: the exchange is closed'), 60 * MINUTE],
])('%s is waited for, and comes back with 1, 2, 4 … attempts at once', async (_, error, waitMs) => {
  const run = await simulated({ jobs: [wide(8)] });
  run.handle['fetch'] = (claim) => run.throws(claim, error);
  await run.add('watch', ...keys(60));
  expect([run.value('job/watch/breaker'), run.context('job/watch/breaker').opened.class, run.row('watch').holds.breaker?.until]).toEqual([{ open: 'coolingDown' }, 'temporal', run.time.now + waitMs]);
  const tried = run.started.length;
  run.handle['fetch'] = run.handle['score'] = () => run.sleep(1_000);
  await run.time.pass(waitMs - 1);
  expect(run.started.length).toBe(tried);
  await run.time.pass(1);
  const since = run.time.now;
  await run.time.pass(10 * MINUTE);
  const waves = Map.groupBy(run.started.slice(tried), ({ at }) => Math.floor((at - since) / 1_000));
  expect([...waves.values()].slice(0, 4).map(({ length }) => length)).toEqual([1, 1, 2, 4]);
  expect([run.value('job/watch/breaker'), run.tasks('watch', 'score')]).toEqual(['closed', { done: 60 }]);
});

test('transient failures that opened it are not charged, and a probe that fails opens it for longer', async () => {
  const run = await simulated({ jobs: [wide(2, { transient: 4 })], handle: { fetch: () => failed('transient', '503') } });
  await run.add('watch', ...keys(10));
  expect(run.holds('watch')).toEqual({ breaker: '4 transient failures in a row at fetch: Error: 503' });
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 10 });
  expect(run.task('watch', 'k00', 'fetch')).toMatchObject({ tries: 0 });
  const before = run.started.length;
  await run.time.pass(MINUTE);
  expect([run.started.length - before, run.value('job/watch/breaker')]).toEqual([1, { open: 'coolingDown' }]);
  expect(run.context('job/watch/breaker').opened.until - run.time.now).toBe(2 * MINUTE);
});

test('what fails while its job is held is told in one go, and not charged either', async () => {
  const run = await simulated({ jobs: [wide(40, { transient: 4 })] });
  run.handle['fetch'] = ({ key }, _signal, run) => run.sleep(1_000 + Number(key.slice(1))).then(() => failed('transient', '503'));
  await run.add('watch', ...keys(40));
  await run.time.pass(2_000);
  expect(run.holds('watch')).toEqual({ breaker: '4 transient failures in a row at fetch: Error: 503' });
  expect(run.journal('job/watch/breaker').filter(({ type }) => type === 'stage.settled').length).toBeLessThan(8);
  expect([run.tasks('watch', 'fetch'), run.task('watch', 'k39', 'fetch').tries]).toEqual([{ ready: 40 }, 0]);
});

test('RESUME tries at once, and what fails still is held again', async () => {
  const run = await simulated({ jobs: [wide(4)], handle: { fetch: () => failed('systemic', 'down') } });
  await run.add('watch', ...keys(10));
  const before = run.started.length;
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  expect([run.started.length - before, Object.keys(run.holds('watch'))]).toEqual([1, ['breaker']]);
});

test('a bug holds the job when it hits a second item; an item that meets it alone fails', async () => {
  const run = await simulated({ jobs: [wide(1)] });
  run.handle['fetch'] = ({ key }) => (key === 'k01' ? failed('code_bug', 'x is undefined') : undefined);
  await run.add('watch', ...keys(5));
  expect([run.holds('watch'), run.tasks('watch', 'fetch')]).toEqual([{}, { done: 4, failed: 1 }]);
  run.handle['fetch'] = () => failed('code_bug', 'x is undefined');
  await run.add('watch', 'late');
  expect(run.holds('watch')).toEqual({ breaker: 'the same bug in 2 items at fetch: Error: x is undefined' });
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 4, ready: 2 });
});

test('an open breaker outlives a kill, and cools down meanwhile', async () => {
  const run = await simulated({ jobs: [wide(4)], handle: { fetch: () => failed('systemic', 'down') } });
  await run.add('watch', ...keys(10));
  run.kill();
  delete run.handle['fetch'];
  await run.boot();
  expect([run.value('job/watch/breaker'), Object.keys(run.holds('watch'))]).toEqual([{ open: 'coolingDown' }, ['breaker']]);
  await run.time.pass(5 * MINUTE);
  expect([run.value('job/watch/breaker'), run.tasks('watch', 'score')]).toEqual(['closed', { done: 10 }]);
});

test('it opens, cools down, tries, comes back and closes, killed in every one of these states', async () => {
  const run = await simulated({ jobs: [wide(4)], handle: { fetch: () => failed('systemic', 'down') } });
  await run.add('watch', ...keys(30));
  const reborn = async () => {
    const before = run.value('job/watch/breaker');
    run.kill();
    await run.boot();
    expect(run.value('job/watch/breaker')).toEqual(before);
    return before;
  };
  const atWork = () => (run.tasks('watch', 'fetch')['running'] ?? 0) + (run.tasks('watch', 'score')['running'] ?? 0);
  expect([await reborn(), atWork()]).toEqual([{ open: 'coolingDown' }, 0]);
  run.handle['fetch'] = run.handle['score'] = () => run.sleep(1_000);
  await run.time.pass(MINUTE);
  expect([await reborn(), atWork()]).toEqual(['halfOpen', 1]);
  await run.time.pass(1_000);
  expect([await reborn(), atWork()]).toEqual(['ramping', 1]);
  // What was at work at two kills runs alone, and is told within a quarter of a second.
  await run.time.pass(1_300);
  const { ramp } = run.context('job/watch/breaker');
  expect([await reborn(), ramp.width, atWork() <= 2]).toEqual(['ramping', 2, true]);
  await run.time.pass(MINUTE);
  expect([run.value('job/watch/breaker'), run.tasks('watch', 'score')]).toEqual(['closed', { done: 30 }]);
});

test('what was refused for its key is tried at once when Rivus starts with another one, and not with the same', async () => {
  const env: Record<string, string> = { KEY: 'expired' };
  const spec = { ...wide(1), requires: { env: ['KEY'], bin: [] } };
  const run = await simulated({ jobs: [spec], env, handle: { fetch: () => (env['KEY'] === 'new' ? undefined : failed('systemic', 'answered 401')) } });
  await run.add('watch', ...keys(5));
  const startWith = async (key: string) => {
    run.kill();
    env['KEY'] = key;
    await run.boot();
    return run.value('job/watch/breaker');
  };
  expect(await startWith('expired')).toEqual({ open: 'coolingDown' });
  expect(await startWith('')).toEqual({ open: 'coolingDown' });
  expect(await startWith('expired')).toEqual({ open: 'coolingDown' });
  expect([await startWith('new'), run.tasks('watch', 'score')]).toEqual(['closed', { done: 5 }]);
  const stored = JSON.stringify([run.db.prepare('SELECT * FROM secret_mark').all(), run.db.prepare('SELECT event FROM journal').all()]);
  for (const mark of ['expired', 'new'].flatMap((value) => ['hex', 'base64', 'base64url'].map((form) => createHash('sha256').update(value).digest(form as 'hex')))) expect(stored).not.toContain(mark);
  expect(stored).not.toContain('"expired"');
});

test('another key of a process that goes on is seen at the next reload, and a lost key of the folder tells nothing', async () => {
  const env: Record<string, string> = { KEY: 'expired' };
  const run = await simulated({ jobs: [{ ...wide(1), discovery: { strategy: 'manual', everyMs: MINUTE, options: { token: '${KEY}' } } }], env, handle: { fetch: () => failed('systemic', 'answered 401') } });
  await run.add('watch', ...keys(5));
  await run.send('job/watch', { type: 'reload.asked' });
  expect(run.value('job/watch/breaker')).toEqual({ open: 'coolingDown' });
  const tried = run.started.length;
  env['KEY'] = 'new';
  await run.send('job/watch', { type: 'reload.asked' });
  expect([run.started.length - tried, run.value('job/watch/breaker')]).toEqual([1, { open: 'coolingDown' }]);
  run.kill();
  run.key = Buffer.from('another');
  await run.boot();
  expect(run.started.length - tried).toBe(1);
});

test('other code is tried as soon as it is saved', async () => {
  const run = await simulated({ jobs: [wide(1)], handle: { fetch: () => failed('code_bug', 'x is undefined') } });
  await run.add('watch', ...keys(3));
  expect(run.value('job/watch/breaker')).toEqual({ open: 'untilMended' });
  delete run.handle['fetch'];
  await run.send('job/watch/stage/fetch', { type: 'code.loaded', stage: 'fetch', version: 99 });
  await run.time.pass(1_000);
  expect([run.value('job/watch/breaker'), run.tasks('watch', 'score')]).toEqual(['closed', { done: 3 }]);
});

test('the key of a folder stays the same, only its owner can read it, and half of one is made anew', () => {
  const folder = tempFolder({ 'half/runner.key': 'AAAA' });
  const key = keyIn(folder);
  expect([keyIn(folder).equals(key), key.length, fs.statSync(path.join(folder, 'runner.key')).mode & 0o777]).toEqual([true, 32, 0o600]);
  expect(keyIn(path.join(folder, 'half'))).toHaveLength(32);
});
