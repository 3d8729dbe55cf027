/** Jobs that work at some hours only: held at the edges, by the clock on the wall, whatever happens to it. */
import { describe, expect, test } from 'vitest';
import type { JobSpec } from '../../machines/spec.ts';
import { windowSpec } from '../../runtime/config/window.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIFECYCLE = 'job/watch/lifecycle';
/** The simulated day is a Tuesday, and begins at noon, UTC. */
const within = (window?: string | object): JobSpec =>
  jobSpec('watch', { fetch: [] }, { discovery: { strategy: 'manual', everyMs: 24 * HOUR, options: {} }, ...(window !== undefined && { window: windowSpec(window) }) });
const clock = (run: SimulatedRuntime, at = run.time.now) => new Date(at).toISOString().slice(11, 16);
const isHeld = (run: SimulatedRuntime) => run.holds('watch')['window'] !== undefined;
const until = (run: SimulatedRuntime) => clock(run, run.row('watch').holds.window?.until);
async function startsAt(run: SimulatedRuntime, key: string): Promise<string> {
  await run.add('watch', key);
  while (run.started.every((start) => start.key !== key)) await run.time.pass(MINUTE);
  return clock(run, run.started.find((start) => start.key === key)!.at);
}

test('outside of its hours a job is held until the next opening, and goes on then by itself', async () => {
  const run = await simulated({ jobs: [within('14:30-21:00 UTC mon-fri')] });
  expect(run.row('watch').holds).toEqual({ window: { reason: 'window: 14:30-21:00 UTC mon-fri', since: run.time.now, until: run.time.now + 2.5 * HOUR } });
  expect(await startsAt(run, 'a')).toBe('14:30');
  expect(isHeld(run)).toBe(false);
  await run.time.pass(6.5 * HOUR - 1);
  expect(isHeld(run)).toBe(false);
  await run.time.pass(1);
  expect([clock(run), isHeld(run), until(run)]).toEqual(['21:00', true, '14:30']);
});

test('what is in flight at closing finishes', async () => {
  const run = await simulated({ jobs: [within('11:00-13:00 UTC')], handle: { fetch: (_, __, run) => run.sleep(2 * HOUR) } });
  run.jobs = [{ ...within('11:00-13:00 UTC'), stages: within().stages.map((stage) => ({ ...stage, timeoutMs: 9 * HOUR })) }];
  await run.reload(...run.jobs);
  await run.add('watch', 'a');
  await run.time.pass(3 * HOUR);
  expect([isHeld(run), run.tasks('watch', 'fetch')]).toEqual([true, { done: 1 }]);
});

test('nothing starts in the last half hour', async () => {
  const run = await simulated({ jobs: [within({ hours: '11:00-13:00', tz: 'UTC', before: '30m' })] });
  await run.time.pass(30 * MINUTE - 1);
  expect(isHeld(run)).toBe(false);
  await run.time.pass(1);
  expect([isHeld(run), until(run)]).toEqual([true, '11:00']);
});

test('RESUME by force lifts it until the next closing, also across a restart; without force it stays', async () => {
  const run = await simulated({ jobs: [within('14:00-15:00 UTC')] });
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  expect(isHeld(run)).toBe(true);
  await run.send(LIFECYCLE, { type: 'RESUME', force: true });
  await run.time.pass(10 * MINUTE);
  expect(isHeld(run)).toBe(false);
  run.kill();
  await run.boot();
  await run.time.pass(100 * MINUTE);
  expect(isHeld(run)).toBe(false);
  await run.time.pass(70 * MINUTE);
  expect([clock(run), isHeld(run)]).toEqual(['15:00', true]);
});

test('a restart changes nothing: closed stays closed until its time, and an edge that passed meanwhile is seen at once', async () => {
  const run = await simulated({ jobs: [within('14:00-15:00 UTC')] });
  run.kill();
  await run.boot();
  expect([isHeld(run), until(run)]).toEqual([true, '14:00']);
  run.kill();
  await run.time.pass(2.5 * HOUR);
  await run.boot();
  expect(isHeld(run)).toBe(false);
  run.kill();
  await run.time.pass(HOUR);
  await run.boot();
  expect(isHeld(run)).toBe(true);
});

test.each([['forward', 2.5 * HOUR, false], ['forward over a whole opening', 5 * HOUR, true], ['back', -3 * HOUR, true]])('a clock that is set %s is followed within a minute', async (_, by, held) => {
  const run = await simulated({ jobs: [within('14:00-15:00 UTC')] });
  run.time.setClock(by);
  await run.time.pass(MINUTE);
  expect(isHeld(run)).toBe(held);
});

test('set back into the night, an open job is held again', async () => {
  const run = await simulated({ jobs: [within('11:30-15:00 UTC')] });
  expect(isHeld(run)).toBe(false);
  run.time.setClock(-HOUR);
  await run.time.pass(MINUTE);
  expect([isHeld(run), until(run)]).toEqual([true, '11:30']);
});

test('after the machine has slept over days, the edge of today counts, and no wait has drifted', async () => {
  const run = await simulated({ jobs: [within('14:30-21:00 UTC mon-fri')] });
  run.time.stall(3 * 24 * HOUR);
  await run.time.pass(2.5 * HOUR);
  expect([clock(run), isHeld(run)]).toEqual(['14:30', false]);
});

test('hours are changed live: opened, closed, taken out, put in', async () => {
  const run = await simulated({ jobs: [within('14:00-15:00 UTC')] });
  await run.reload(within('11:00-15:00 UTC'));
  expect(isHeld(run)).toBe(false);
  await run.reload(within('14:30-15:00 UTC'));
  expect([isHeld(run), until(run)]).toEqual([true, '14:30']);
  await run.reload(within('14:45-15:00 UTC'));
  expect(until(run)).toBe('14:45');
  await run.reload(within());
  expect(run.holds('watch')).toEqual({});
  await run.reload(within('14:45-15:00 UTC'));
  expect(isHeld(run)).toBe(true);
});

test('a hold that was lifted by force stays lifted when something else of the job is changed', async () => {
  const run = await simulated({ jobs: [within('14:00-15:00 UTC')] });
  await run.send(LIFECYCLE, { type: 'RESUME', force: true });
  await run.reload({ ...within('14:00-15:00 UTC'), emoji: '📞' });
  expect(isHeld(run)).toBe(false);
});

test('a job that came back without its window is not held by it', async () => {
  const run = await simulated({ jobs: [within('14:00-15:00 UTC')] });
  await run.reload(jobSpec('other', { fetch: [] }));
  await run.reload(within());
  expect(run.holds('watch')).toEqual({});
});

describe('when it opens, what has waited does not begin all at once', () => {
  const widely = (window: string | object): JobSpec => ({ ...within(window), stages: within().stages.map((stage) => ({ ...stage, concurrency: 8 })) });
  const atWork = (run: SimulatedRuntime) => run.tasks('watch', 'fetch')['running'] ?? 0;
  async function waiting(window: string | object): Promise<SimulatedRuntime> {
    const run = await simulated({ jobs: [widely(window)], handle: { fetch: (_, __, run) => run.sleep(1_000) } });
    await run.add('watch', ...Array.from({ length: 40 }, (_, n) => `k${n}`));
    return run;
  }
  async function everySecond(run: SimulatedRuntime): Promise<number[]> {
    const seen: number[] = [];
    for (let n = 0; n < 5; n++) {
      seen.push(atWork(run));
      await run.time.pass(1_000);
    }
    return seen;
  }

  test('1, 2, 4 … attempts, also when the opening came while no runner lived', async () => {
    const run = await waiting('14:30-21:00 UTC');
    await run.time.pass(2.5 * HOUR);
    expect([run.value('job/watch/breaker'), await everySecond(run)]).toEqual(['ramping', [1, 2, 4, 8, 8]]);
    expect(run.value('job/watch/breaker')).toBe('closed');
    const late = await waiting('14:30-21:00 UTC');
    late.kill();
    await late.time.pass(3 * HOUR);
    await late.boot();
    expect(atWork(late)).toBe(1);
  });

  test('an operator who cannot wait, other hours, and a start within the hours let all begin', async () => {
    const forced = await waiting('14:30-21:00 UTC');
    await forced.send(LIFECYCLE, { type: 'RESUME', force: true });
    expect(atWork(forced)).toBe(8);
    const reloaded = await waiting('14:30-21:00 UTC');
    await reloaded.reload(widely('11:00-21:00 UTC'));
    expect(atWork(reloaded)).toBe(8);
    const within = await waiting('11:00-21:00 UTC');
    expect(atWork(within)).toBe(8);
  });

  test('slow_start: false lets all begin', async () => {
    const run = await waiting({ hours: '14:30-21:00', tz: 'UTC', slow_start: false });
    await run.time.pass(2.5 * HOUR);
    expect([atWork(run), run.value('job/watch/breaker')]).toEqual([8, 'closed']);
  });

  test('a stage that does not work yet is found out by one attempt', async () => {
    const run = await waiting('14:30-21:00 UTC');
    run.handle['fetch'] = (claim) => run.throws(claim, Object.assign(new Error('Incorrect API key provided'), { status: 401 }));
    await run.time.pass(2.5 * HOUR);
    expect([run.started.length, run.value('job/watch/breaker')]).toEqual([3, { open: 'coolingDown' }]);
  });
});
