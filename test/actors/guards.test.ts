/** What a job may not exceed, from the cause to the hold and back, through the whole tree, on a simulated clock. */
import { describe, expect, test } from 'vitest';
import { VALIDATE, type Candidate, type Strategy } from '../../actors/ports.ts';
import type { JobSpec } from '../../machines/spec.ts';
import type { Validation } from '../../runtime/handlers/define.ts';
import { SimulatedRuntime, simulated, type Work } from '../support/simulated-runtime.ts';
import { done, failed, jobSpec } from '../support/store.ts';

const checked = (rest: Partial<JobSpec> = {}): JobSpec => jobSpec('work', { fetch: [], score: ['fetch'] }, { guards: { validate: true }, ...rest });
const slowly: Work = (_claim, _signal, run) => run.sleep(1_000);
const health = (run: SimulatedRuntime) => run.value('job/work/guards') as { queue: string; money: string; health: unknown };
const never = new Promise<never>(() => {});

/** A job whose own check is `validate` from its first moment on. */
async function watched(validate: SimulatedRuntime['validate'], jobs = [checked()], handle: Record<string, Work> = {}): Promise<SimulatedRuntime> {
  const run = await simulated({ jobs: [], handle });
  run.validate = validate;
  await run.reload(...jobs);
  return run;
}

describe("the handler's own check", () => {
  test('is asked at once, after batches and every minute, with what has happened since', async () => {
    const seen: Validation[] = [];
    const run = await watched((given) => void seen.push(given), [checked()], { fetch: ({ key }) => (key === 'bad' ? failed('item_specific') : done({ title: key })) });
    expect(seen).toMatchObject([{ stats: { fetch: { ready: 0, attempts: 0, failures: 0, costUsd: 0 }, score: {} }, sample: [] }]);
    run.cost = ({ stage }) => (stage === 'score' ? 500_000 : 0);
    await run.time.pass(1_000);
    await run.add('work', 'a', 'b', 'bad');
    await run.time.pass(4_999);
    expect(seen).toHaveLength(2);
    expect(seen[1]!.stats).toMatchObject({ fetch: { done: 2, failed: 1, attempts: 3, failures: 1, costUsd: 0 }, score: { done: 2, attempts: 2, failures: 0, costUsd: 1 } });
    expect(seen[1]!.sample.map(({ stage, key, output }) => [stage, key, output])).toEqual(expect.arrayContaining([['fetch', 'a', { title: 'a' }], ['fetch', 'b', { title: 'b' }]]));
    await run.time.pass(60_000);
    expect(seen).toHaveLength(3);
    expect(seen[2]!.stats['score']).toMatchObject({ done: 2, attempts: 0, costUsd: 0 });
    expect(seen[2]!.sample, 'outputs are recent, not only new').toHaveLength(4);
  });

  test('holds the job with its message until somebody resumes it, and then looks again at what comes after', async () => {
    const run = await watched(({ sample }) => (sample.some(({ output }) => output === 'empty') ? 'an output is empty' : undefined), [checked()], { fetch: ({ key }) => done(key === 'bad' ? 'empty' : 'full') });
    await run.add('work', 'bad');
    await run.time.pass(6_000);
    expect(run.holds('work')).toEqual({ guard: 'guard: an output is empty' });
    await run.add('work', 'good');
    await run.time.pass(200_000);
    expect([run.keys('fetch'), health(run)]).toEqual([['bad'], { queue: 'open', money: 'within', health: { watched: { tripped: 'held' } } }]);
    await run.send('job/work/lifecycle', { type: 'RESUME' });
    await run.time.pass(6_000);
    expect([run.holds('work'), run.keys('fetch'), health(run).health]).toEqual([{}, ['bad', 'good'], { watched: 'waiting' }]);
    await run.add('work', 'bad again');
  });

  test('holds it again at once when it fails again', async () => {
    const run = await watched(() => 'the disk is not there');
    await run.send('job/work/lifecycle', { type: 'RESUME' });
    expect(run.holds('work')).toEqual({ guard: 'guard: the disk is not there' });
    expect(run.journal('job/work/guards').filter(({ type }) => type === 'check.failed')).toHaveLength(2);
  });

  test('that says nothing within its time has failed', async () => {
    const run = await watched(() => never);
    await run.time.pass(29_999);
    expect(run.holds('work')).toEqual({});
    await run.time.pass(1);
    expect(run.holds('work')).toEqual({ guard: 'guard: validate() did not answer within 30 s' });
  });

  test('is not asked while the job is held, and at once when it goes on', async () => {
    let asked = 0;
    const run = await watched(() => void asked++);
    await run.send('job/work/lifecycle', { type: 'PAUSE', reason: 'lunch' });
    await run.time.pass(600_000);
    expect(asked).toBe(1);
    await run.send('job/work/lifecycle', { type: 'RESUME' });
    expect(asked).toBe(2);
  });

  test('that cannot be loaded holds the job until it can', async () => {
    const run = await simulated({ jobs: [] });
    run.unloadable.set(VALIDATE, 'handlers/job.ts has no validate()');
    await run.reload(checked());
    expect(run.holds('work')).toEqual({ guard: 'guard: validate() cannot be loaded: handlers/job.ts has no validate()' });
    await run.add('work', 'a');
    run.unloadable.clear();
    await run.saved('work', VALIDATE);
    expect([run.holds('work'), run.keys('score')]).toEqual([{}, ['a']]);
  });

  test('of before goes on when that of now cannot be loaded', async () => {
    const run = await watched(() => undefined);
    run.unloadable.set(VALIDATE, 'Unexpected token');
    await run.saved('work', VALIDATE);
    expect([run.holds('work'), run.warnings]).toEqual([{}, [expect.stringContaining('that of before goes on: Unexpected token')]]);
  });

  test('holds nothing any more when jobs.yaml asks for it no longer', async () => {
    const run = await watched(() => 'no');
    expect(run.holds('work')).toEqual({ guard: 'guard: no' });
    await run.reload(checked({ guards: { validate: false } }));
    expect(run.holds('work')).toEqual({});
    await run.reload(checked());
    expect(run.holds('work')).toEqual({ guard: 'guard: no' });
  });

  test('keeps its hold and its count over a kill, and a check that was under way is done again', async () => {
    const seen: Validation[] = [];
    const run = await watched((given) => void seen.push(given));
    await run.add('work', 'a', 'b');
    await run.time.pass(1_000);
    run.validate = () => never;
    run.kill();
    await run.boot();
    await run.time.pass(5_000);
    expect(health(run).health).toEqual({ watched: 'checking' });
    run.validate = (given) => {
      seen.push(given);
      return 'no';
    };
    run.kill();
    await run.boot();
    expect(seen.at(-1)!.stats['fetch']).toMatchObject({ attempts: 2 });
    expect(run.holds('work')).toEqual({ guard: 'guard: no' });
    run.kill();
    await run.boot();
    expect([run.holds('work'), health(run).health]).toEqual([{ guard: 'guard: no' }, { watched: { tripped: 'held' } }]);
    run.validate = () => undefined;
    await run.send('job/work/lifecycle', { type: 'RESUME' });
    await run.time.pass(0);
    expect([run.holds('work'), health(run).health]).toEqual([{}, { watched: 'waiting' }]);
  });
});

describe('max_pending', () => {
  const given = (keys: number): Strategy => ({
    name: 'given',
    options: { parse: () => ({}) },
    async *discover() {
      for (let n = 0; n < keys; n++) yield { key: `k${n}`, data: {} } satisfies Candidate;
    },
  });
  const limited = (maxPending: number) => {
    const job = jobSpec('work', { fetch: [] }, { discovery: { strategy: 'given', everyMs: 3_600_000, options: {} }, guards: { maxPending, validate: false } });
    return { ...job, stages: job.stages.map((stage) => ({ ...stage, concurrency: 1 })) };
  };

  test('stops discovery, not the stages, and is seen on the chart until there is room', async () => {
    const run = await simulated({ jobs: [limited(10)], strategies: [given(12)], handle: { fetch: slowly } });
    expect([health(run).queue, run.value('job/work/discovery'), run.holds('work')]).toEqual(['full', { polling: 'full' }, {}]);
    run.kill();
    await run.boot();
    expect(health(run).queue).toBe('full');
    await run.time.pass(4_000);
    expect([health(run).queue, run.tasks('work', 'fetch').done]).toEqual(['open', 12 - 9 + 1]);
  });

  test('that is raised is open at once', async () => {
    const run = await simulated({ jobs: [limited(3)], strategies: [given(9)], handle: { fetch: slowly } });
    expect(health(run).queue).toBe('full');
    await run.reload(limited(300));
    expect([health(run).queue, run.tasks('work', 'fetch')]).toEqual(['open', { running: 1, ready: 8 }]);
  });
});

test('a job without guards has none to watch', async () => {
  const run = await simulated({ jobs: [checked({ guards: { validate: false } })] });
  expect(run.alive.tree.actor('job/work/guards')).toBeUndefined();
  await run.reload(checked());
  expect(run.alive.tree.actor('job/work/guards')).toBeDefined();
});
