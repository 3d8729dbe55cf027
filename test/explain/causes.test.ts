/** For every cause that exists: it is brought about, `jobctl why` names it, what it advises is done, and the item moves. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Outcome, Strategy } from '../../actors/ports.ts';
import { EXPLAINED, type Explanation } from '../../inspector/protocol.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { windowSpec } from '../../runtime/config/window.ts';
import { ended, HOSTILE, jobctlEach, start } from '../support/jobctl.ts';
import { operated, type Means } from '../support/operated.ts';
import type { Setting, SimulatedRuntime, Work } from '../support/simulated-runtime.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { failed, jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';
import { changed, deeply, HOUR, other, paid, slowly, why, work } from '../support/why.ts';

type Case = {
  setting?: Partial<Setting>;
  /** What the operator does by hand before the lines, as `advice` says: it takes effect with `jobctl reload`. */
  reload?: Means['reload'];
  arrange(run: SimulatedRuntime): Promise<void>;
  /** Words after `jobctl why`; item a of the job `work` when left out. */
  asked?: string[];
  /** What tells that it has moved: another value than before. Where item a stands, when left out. */
  moving?(run: SimulatedRuntime): unknown;
  /** Ends by itself after so long; nothing has to be done. */
  byItself?: number;
  says: RegExp;
};

const firstTime = (outcome: ReturnType<Work>): Work => ({ attempt }) => (attempt === 1 ? outcome : undefined);
const source = (keys: string[], broken: () => boolean = () => false): Strategy => ({
  name: 'source',
  options: z.strictObject({}),
  async *discover() {
    if (broken()) throw new Error('answered 503');
    for (const key of keys) yield { key, data: {} };
  },
});
const fromSource = (more: Partial<JobSpec> = {}) => ({ ...work, discovery: { strategy: 'source', everyMs: HOUR, options: {} }, ...more });
const items = (run: SimulatedRuntime) => run.db.prepare('SELECT count(*) FROM item').pluck().get();
let isBroken = true;

const CASES: Partial<Record<Explanation['cause'], Case>> = {
  canary: {
    says: /0a1b2c3d4e5f is redone with care: 1 of 2 is tried first/,
    setting: { handle: { fetch: ({ attempt }, _signal, run) => (attempt === 1 ? { ...failed('item_specific', 'no subtitles'), fingerprint: '0a1b2c3d4e5f' } as Outcome : run.sleep(HOUR)) } },
    arrange: async (run) => {
      await run.add('work', 'a', 'b');
      await run.send('job/work', { type: 'canary.asked', fingerprint: '0a1b2c3d4e5f', stage: null, total: 2 });
    },
    asked: ['work', 'a'],
    moving: (run) => run.task('work', 'a', 'fetch').state,
  },
  operator: { says: /lunch/, arrange: async (run) => { await run.send('job/work/lifecycle', { type: 'PAUSE', reason: 'lunch' }); await run.add('work', 'a'); } },
  breaker: { says: /3 systemic failures in a row at fetch: Error: no disk/, setting: { handle: { fetch: ({ attempt }) => (attempt <= 3 ? failed('systemic', 'no disk') : undefined) } }, arrange: (run) => run.add('work', 'a') },
  guard: {
    says: /guard: 3 of 3 outputs are empty/,
    arrange: async (run) => {
      let asked = 0;
      run.validate = () => (asked++ === 0 ? '3 of 3 outputs are empty' : undefined);
      await run.reload({ ...work, guards: { validate: true } }, other);
      await run.add('work', 'a');
    },
  },
  supervision: {
    says: /stage\/fetch died: out of order/,
    setting: { jobs: [{ ...work, restart: { max: 0, withinMs: 60_000, stalledAfterMs: 60_000 } }, other] },
    arrange: async (run) => { await run.send('job/work/stage/fetch', { type: 'xstate.error.actor.test', actorId: 'test', error: { message: 'out of order' } }); await run.add('work', 'a'); },
  },
  budget: {
    says: /budget: \$0\.00 of \$0\.05, and one more may cost \$0\.10: more than the limit allows on any day/,
    setting: { jobs: [paid(0.05), other] },
    reload: (run) => run.reload(paid(5), other),
    arrange: (run) => run.add('work', 'a'),
  },
  window: { says: /window: 14:00-15:00 UTC/, setting: { jobs: [{ ...work, window: windowSpec('14:00-15:00 UTC') }, other] }, arrange: (run) => run.add('work', 'a') },
  requirement: { says: /FINNHUB_API_KEY is not set/, setting: { jobs: [{ ...work, requires: { env: ['FINNHUB_API_KEY'], bin: [] } }, other] }, arrange: (run) => run.add('work', 'a') },
  draining: { says: /drained/, arrange: async (run) => { await run.send('job/work/lifecycle', { type: 'DRAIN' }); await run.add('work', 'a'); } },
  archived: {
    says: /no more/,
    setting: { handle: { fetch: slowly } },
    reload: (run) => run.reload(work, other),
    moving: (run) => run.task('work', 'a', 'extract').state,
    arrange: async (run) => { await run.add('work', 'a'); await run.reload(other); await run.time.pass(31_000); },
  },
  restarting: {
    says: /stage\/fetch died/,
    byItself: 1_000,
    arrange: async (run) => {
      await run.send('job/work/lifecycle', { type: 'PAUSE', reason: 'x' });
      await run.add('work', 'a');
      await run.send('job/work/stage/fetch', { type: 'xstate.error.actor.test', actorId: 'test', error: { message: 'out of order' } });
      await run.send('job/work/lifecycle', { type: 'RESUME' });
    },
  },
  unloadable: {
    says: /Unexpected token/,
    reload: async (run) => { run.unloadable.clear(); await run.reload(changed(work, { concurrency: 9 }), other); },
    arrange: async (run) => { run.kill(); run.unloadable.set('work/fetch', 'Unexpected token'); await run.boot(); await run.add('work', 'a'); },
  },
  outdated: {
    says: /Unexpected token; the code of before goes on/,
    asked: ['work'],
    moving: (run) => run.context('job/work/stage/fetch').unloadable,
    reload: async (run) => { run.unloadable.clear(); await run.reload(changed(work, { concurrency: 9 }), other); },
    arrange: async (run) => { run.unloadable.set('work/fetch', 'Unexpected token'); await run.saved('work', 'fetch'); },
  },
  parked: {
    says: /has no stage "extract" any more/,
    setting: { handle: { extract: firstTime(failed('item_specific')) } },
    asked: ['work', 'a'],
    reload: (run) => run.reload(work, other),
    moving: (run) => run.row('work').spec.stages.length,
    arrange: async (run) => { await run.add('work', 'a'); await run.reload(jobSpec('work', { fetch: [] }), other); },
  },
  discovery_full: {
    says: /2 tasks wait or run, and max_pending is 2/,
    setting: { jobs: [fromSource({ guards: { validate: false, maxPending: 2 } })], strategies: [source(['a', 'b', 'c', 'd'])], handle: { fetch: slowly } },
    asked: ['work'],
    moving: items,
    reload: (run) => run.reload(fromSource({ guards: { validate: false, maxPending: 200 } })),
    arrange: async () => {},
  },
  discovery_backing_off: {
    says: /source could not be read: Error: answered 503/,
    setting: { jobs: [fromSource()], strategies: [source(['a'], () => isBroken)] },
    asked: ['work'],
    moving: items,
    arrange: async () => void (isBroken = false),
  },
  backing_off: { says: /try 1 of 3: Error: answered 503/, setting: { handle: { fetch: firstTime(failed('transient', 'answered 503')) } }, arrange: (run) => run.add('work', 'a') },
  deferred: { says: /put it off: not yet out/, setting: { handle: { fetch: firstTime({ kind: 'deferred', until: Date.parse('2027-01-01'), reason: 'not yet out' }) } }, arrange: (run) => run.add('work', 'a') },
  dependency: {
    says: /it needs fetch, which is failed/,
    setting: { handle: { fetch: firstTime(failed('item_specific', 'answered 404')) } },
    asked: ['work', 'a', '--stage', 'extract'],
    moving: (run) => run.task('work', 'a', 'extract').state,
    arrange: (run) => run.add('work', 'a'),
  },
  failed: { says: /Error: answered 404/, setting: { handle: { fetch: firstTime(failed('item_specific', 'answered 404')) } }, arrange: (run) => run.add('work', 'a') },
  dead: {
    says: /died 3 times while this ran alone/,
    setting: { handle: { fetch: ({ attempt }) => (attempt <= 5 ? new Promise<never>(() => {}) : undefined) } },
    arrange: async (run) => {
      await run.add('work', 'a');
      for (let crash = 0; crash < 5; crash++) { run.kill(); await run.boot(); }
    },
  },
  rejected: { says: /too old/, setting: { handle: { fetch: firstTime({ kind: 'rejected', reason: 'too old' }) } }, arrange: (run) => run.add('work', 'a') },
  skipped: {
    says: /nothing there/,
    setting: { handle: { extract: firstTime({ kind: 'skipped', reason: 'nothing there' }) } },
    moving: (run) => run.task('work', 'a', 'extract').state,
    arrange: (run) => run.add('work', 'a'),
  },
  runs_alone: {
    says: /item 1 \(boom\) of other at fetch ran when the process died, 2 times/,
    setting: { handle: { 'other/fetch': () => new Promise<never>(() => {}), fetch: slowly } },
    arrange: async (run) => {
      await run.add('other', 'boom');
      run.kill();
      await run.boot();
      await run.send('job/other/lifecycle', { type: 'PAUSE', reason: 'x' });
      run.kill();
      await run.boot();
      await run.add('work', 'before');
      await run.send('job/other/lifecycle', { type: 'RESUME' });
      await run.add('work', 'a');
    },
  },
  concurrency_full: {
    says: /its only slot is taken, by item 1 \(first\)/,
    setting: { jobs: [changed(work, { concurrency: 1 }), other], handle: { fetch: slowly } },
    reload: (run) => run.reload(changed(work, { concurrency: 2 }), other),
    arrange: (run) => run.add('work', 'first', 'a'),
  },
  resource_full: {
    says: /the only slot of "api" is taken: 1 by other fetch/,
    setting: { jobs: [changed(work, { resources: ['api'] }), changed(other, { resources: ['api'] })], resources: { api: 1 }, handle: { fetch: slowly } },
    reload: async (run) => { run.resources = { api: 2 }; await run.reload(changed(work, { resources: ['api'], concurrency: 11 }), changed(other, { resources: ['api'] })); },
    arrange: async (run) => { await run.add('other', 'x'); await run.add('work', 'a'); },
  },
  resource_rate: {
    says: /what uses "api" starts at 1\/h, over all jobs: it waits for the next token/,
    setting: { jobs: [changed(work, { resources: ['api'] }), changed(other, { resources: ['api'] })], resources: { api: 9 }, rates: { api: { count: 1, perMs: HOUR, burst: 1 } } },
    reload: async (run) => { run.rates = { api: { count: 1_000, perMs: 1, burst: 9 } }; await run.reload(changed(work, { resources: ['api'], concurrency: 11 }), changed(other, { resources: ['api'] })); await run.time.pass(10); },
    arrange: async (run) => { await run.add('other', 'x'); await run.add('work', 'a'); },
  },
  pacing: {
    says: /the tasks of work start at 1\/h: it waits for the next token/,
    setting: { jobs: [{ ...work, pacing: { count: 1, perMs: HOUR, burst: 1 } }, other] },
    reload: (run) => run.reload(work, other),
    arrange: (run) => run.add('work', 'first', 'a'),
  },
  queued: {
    says: /1 task of work at fetch is before it/,
    setting: { jobs: [{ ...changed(work, { concurrency: 1 }), ageingMs: 720 * HOUR }, other], handle: { fetch: slowly } },
    moving: (run) => run.db.prepare(`SELECT item_id FROM task WHERE stage_id = 1 AND state = 1 ORDER BY rank, item_id`).pluck().get(),
    arrange: async (run) => { await run.send('job/work/lifecycle', { type: 'PAUSE', reason: 'x' }); await run.add('work', 'first', 'second'); run.time.setClock(200 * HOUR); await run.add('work', 'a'); await run.send('job/work/lifecycle', { type: 'RESUME' }); },
  },
  running: { says: /at work on it/, byItself: 31_000, setting: { handle: { fetch: slowly } }, arrange: (run) => run.add('work', 'a') },
  nothing_to_do: { says: /items are only added by hand/, asked: ['work'], moving: items, arrange: async () => {} },
};

/** What is still true when it has moved. */
const STAYS = ['queued', 'done', 'nothing_to_do'];
const where = (run: SimulatedRuntime) => run.db.prepare(`SELECT state FROM task JOIN item ON item.id = item_id WHERE job = 'work' AND key = 'a' ORDER BY stage_id LIMIT 1`).pluck().get();
test.each(Object.entries(CASES))('%s', async (cause, { setting, reload, arrange, asked = ['work', 'a'], moving = where, byItself, says }) => {
  const at = await operated({ jobs: [work, other], ...setting }, reload && { reload });
  await arrange(at.run);
  const found = (await why(at, asked)).find((one) => one.cause === cause);
  expect(found, `${cause} among what is said`).toBeDefined();
  expect(found!.reason).toMatch(says);
  const before = moving(at.run);
  for (const line of deeply(found!).flatMap(({ todo }) => todo)) {
    const ran = await at.typed(line);
    expect(ran, `${line}: ${ran.stderr}`).toMatchObject({ code: 0 });
    await at.run.time.settle();
  }
  if (byItself !== undefined) {
    expect(found).toMatchObject({ clearsItself: true, todo: [] });
    await at.run.time.pass(byItself);
  }
  expect(moving(at.run), 'it has moved').not.toEqual(before);
  if (!STAYS.includes(cause)) expect((await why(at, asked)).map((one) => one.cause)).not.toContain(cause);
});

test('what is done says so', async () => {
  const at = await operated({ jobs: [work] });
  await at.run.add('work', 'a');
  expect(await why(at, ['work', 'a'])).toMatchObject([{ what: 'item 1 at extract', cause: 'done', since: at.run.time.now, todo: [] }]);
});

test('what ended because another stage rejected the item is mended there', async () => {
  const at = await operated({ jobs: [jobSpec('work', { score: [], fetch: [], file: ['score', 'fetch'] })], handle: { score: firstTime({ kind: 'rejected', reason: 'too old' }) } });
  await at.run.add('work', 'a');
  const [found] = await why(at, ['work', 'a', '--stage', 'file']);
  expect(found).toMatchObject({ cause: 'rejected', reason: 'rejected at score: too old', todo: ['npx jobctl reset work score --item 1'] });
  await at.typed(found!.todo[0]!);
  expect(at.run.task('work', 'a', 'file').state).toBe('done');
  expect(at.run.keys('fetch')).toEqual(['a']);
});

test('a path, a stage, an item by its id and by its key are all understood, and slips are not', async () => {
  const at = await operated({ jobs: [work], handle: { fetch: firstTime(failed('item_specific', 'answered 404')) } });
  await at.run.add('work', 'a');
  const asked = [['work', 'a'], ['work', '1'], ['1'], ['work', 'fetch'], ['job/work/stage/fetch'], ['work']];
  for (const words of asked) expect(await why(at, words), words.join(' ')).toMatchObject([{ cause: 'failed' }]);
  expect(await why(at, ['job/work/lifecycle'])).toMatchObject([{ cause: 'failed' }]);
  const slips = [await at.jobctl('why', 'wrok'), await at.jobctl('why', 'work', 'fetsh'), await at.jobctl('why', 'work', 'zzz'), await at.jobctl('why', 'work', 'a', '--stage', 'extrct')];
  expect(slips.map(({ code }) => code)).toEqual([4, 4, 4, 4]);
  expect(slips.map(({ stderr }) => /did you mean "(\w+)"/.exec(stderr)?.[1])).toEqual(['work', 'fetch', undefined, 'extract']);
});

test('people read what, why, since when, how it ends and the line that helps, without what a page smuggled in', async () => {
  const at = await operated({ jobs: [work], handle: { fetch: firstTime(failed('transient', `answered ${HOSTILE} 503`)) } });
  await at.run.add('work', 'a');
  const { stdout } = await at.jobctl('why', 'work', 'a', '--stage', 'extract');
  expect(stdout.split('\n').map((line) => line.replace(/(since|until) .*$/, '$1 …'))).toEqual([
    'item 1 at extract  dependency: it needs fetch, which is waiting',
    '  item 1 at fetch  backing off: try 1 of 3: Error: answered red gnp.exe 503',
    '    since …',
    '    → npx jobctl reset work fetch --item 1',
    '',
  ]);
});

test('while Rivus is stopped, why says so, and the line that it gives starts it', async () => {
  const folder = tempFolder({
    'jobs.yaml': 'jobs:\n  work:\n    handler: ./handlers/work.ts\n    discovery: { strategy: manual }\n    stages: [{ name: only }]\n',
    'handlers/work.ts': `import { handler, stage } from 'rivus';\nconst only = stage({ run: ({ ctx }) => (ctx.log.info('at work'), 1) });\nexport default handler({ stages: { only } });\n`,
  });
  const first = new RunnerProcess(folder);
  await first.said(/Rivus runs/);
  expect(await first.stop()).toBe(0);
  const [added, stopped, all] = await jobctlEach(first.dataDir, [['add', 'work', 'a'], ['why', 'work', '--json'], ['why']]);
  expect(all!.stdout.split('Rivus is not running')).toHaveLength(2);
  expect(added!.stdout).toBe('work  applied at the next start\n');
  const [found] = stopped!.json<{ explanations: Explanation[] }>().explanations;
  expect(found).toMatchObject({ cause: 'runner_stopped', todo: ['npx jobctl run'] });
  const started = start(first.dataDir, [path.resolve('runtime/jobctl.js'), ...found!.todo[0]!.split(' ').slice(2), '--port', '0']);
  const over = ended(started);
  await new Promise<void>((resolve) => started.stderr.on('data', (chunk) => String(chunk).includes('at work') && resolve()));
  started.kill('SIGTERM');
  expect(await over).toMatchObject({ code: 0 });
});

test('a full disk is said once for all jobs, and when it has room again the work goes on', async () => {
  const at = await operated({ jobs: [changed(work, { concurrency: 1 }), other], handle: { fetch: () => ({ kind: 'done', output: JSON.stringify('x'.repeat(200_000)) }) } });
  at.run.db.pragma(`max_page_count = ${at.run.db.pragma('page_count', { simple: true })}`);
  void at.run.add('work', 'a').catch(() => {});
  await at.run.time.pass(1_000);
  const [found, ...more] = await why(at, []);
  expect(found).toMatchObject({ what: 'Rivus', cause: 'disk_full', reason: expect.stringContaining('is full: work goes on by itself when 16 MB are free'), since: expect.any(Number), clearsItself: true });
  expect(more.map(({ cause }) => cause)).not.toContain('disk_full');
  expect(await why(at, ['other'])).toContainEqual(expect.objectContaining({ what: 'other', cause: 'disk_full' }));
  at.run.db.pragma('max_page_count = 1000000');
  at.run.freeBytes = Infinity;
  await at.run.time.pass(5_000);
  expect(at.run.task('work', 'a', 'extract').state).toBe('done');
});

test('a program that is missing is waited for; a variable of a process that runs is not', async () => {
  const requiring = (requires: JobSpec['requires']) => ({ ...work, requires });
  const at = await operated({ jobs: [requiring({ env: [], bin: ['no-such-program'] })] });
  expect(await why(at, ['work'])).toMatchObject([{ cause: 'requirement', reason: 'requirement: no-such-program is not installed', clearsItself: true, advice: 'install it, which is seen within a minute, or do without it:' }]);
  await at.run.reload(requiring({ env: ['KEY'], bin: [] }));
  expect(await why(at, ['work'])).toMatchObject([{ cause: 'requirement', clearsItself: false, advice: 'set it where Rivus is started and start that again, or do without it:' }]);
});

test('there is a case for every cause', () => {
  expect([...Object.keys(CASES), 'done', 'disk_full', 'runner_stopped', 'began_anew'].sort()).toEqual([...EXPLAINED].sort());
});
