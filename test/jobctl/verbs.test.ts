import { describe, expect, test } from 'vitest';
import { parseWhere } from '../../runtime/jobctl/where.ts';
import { HOSTILE } from '../support/jobctl.ts';
import { operated } from '../support/operated.ts';
import { failed, jobSpec } from '../support/store.ts';

const papers = jobSpec('papers', { fetch: [], extract: ['fetch'], score: ['extract'] });

/** Five items: `bad` and `limited` failed at their first stage, `slow` is tried again later; each start is in `run.started`. */
async function shelf() {
  const { run, jobctl, typed, data } = await operated({
    jobs: [papers],
    handle: {
      fetch: ({ key, attempt }) => {
        if (attempt > 1) return;
        if (key === 'bad') return failed('item_specific', `answered 404 ${HOSTILE}`);
        if (key === 'limited') return failed('item_specific', 'answered 429');
        if (key === 'slow') return failed('transient', 'answered 503');
      },
    },
  });
  await run.add('papers', 'one', 'two', 'bad', 'limited', 'slow');
  run.started.length = 0;
  return { run, jobctl, typed, data };
}

const rows = (run: { db: { prepare(sql: string): { all(): unknown[] } } }) => run.db.prepare('SELECT * FROM task ORDER BY item_id, stage_id').all();

describe('retry, reset, reprocess', () => {
  test('reprocess of a stage runs that stage alone, from what is stored', async () => {
    const { run, jobctl } = await shelf();
    const ran = await jobctl('reprocess', 'papers', 'extract');
    expect(ran).toMatchObject({ code: 0, stdout: 'papers  as they were → ready: tasks 2, items 2\n  undo: npx jobctl undo 1\n' });
    expect(run.started.map(({ stage, key, attempt }) => `${stage} ${key} ${attempt}`)).toEqual(['extract one 2', 'extract two 2']);
  });

  test('with --downstream, the stages that need it run again after it', async () => {
    const { run, jobctl } = await shelf();
    await jobctl('reprocess', 'papers', 'extract', '--item', 'one', '--downstream');
    expect(run.started.map(({ stage, key }) => `${stage} ${key}`)).toEqual(['extract one', 'score one']);
  });

  test('what nobody has begun goes back; what there is to undo is listed, and a dry run says where it goes', async () => {
    const { run, jobctl } = await shelf();
    await jobctl('pause', 'papers');
    const before = rows(run);
    await jobctl('reprocess', 'papers', '--item', 'one');
    await jobctl('retry', 'papers', 'fetch', '--where', 'error~429');
    const reprocessed = rows(run);
    expect((await jobctl('undo', '--json')).json()).toMatchObject({
      edits: [{ id: 2, verb: 'retry', who: expect.stringMatching(/^cli/), tasks: 1, untouched: 1, lines: ["npx jobctl retry papers fetch --where 'error~429'"] }, { id: 1, verb: 'reprocess', tasks: 3, untouched: 3, lines: ['npx jobctl reprocess papers --item 1'] }],
    });
    expect((await jobctl('undo')).stdout).toMatch(/^EDIT +WHEN +WHO +STATE +TASKS +NOT BEGUN +WHAT\n +2 .* 1 +1 +retry papers fetch --where 'error~429'\n/);
    expect((await jobctl('undo', '1', '--dry-run', '--json')).json()).toEqual({ ok: true, dryRun: true, edit: 1, tasks: 3, begun: 0, stages: ['fetch', 'extract', 'score'].map((stage) => ({ stage: `papers/${stage}`, tasks: 1, to: 'done' })) });
    expect(rows(run)).toEqual(reprocessed);
    expect(await jobctl('undo', '1')).toMatchObject({ code: 0, stdout: 'papers  ready → as they were: tasks 3, begun 0\n' });
    expect((await jobctl('undo', '2', '--json')).json()).toMatchObject({ ok: true, after: { counts: { tasks: 1, begun: 0 } } });
    expect(rows(run)).toEqual(before);
    expect(await jobctl('undo', '1')).toMatchObject({ code: 5, stderr: expect.stringContaining('edit 1 was undone already') });
    expect(await jobctl('undo', '9')).toMatchObject({ code: 4, stderr: expect.stringContaining('there is no edit 9') });
  });

  test('what the last attempt at each stage said is shown with its item, escapes stripped; all of it as JSON', async () => {
    const { run, jobctl } = await shelf();
    const say = (message: string) => ({ lines: [{ at: 0, level: 'warn' as const, message, facts: { n: 1 } }], linesLost: 2, calls: [{ at: 0, method: 'GET', url: 'https://example.org/?q=1', ms: null }], callsLost: 0 });
    run.handle['score'] = (claim) => void run.logs.set(claim, say(`attempt ${claim.attempt} ${HOSTILE}`));
    for (let n = 0; n < 2; n++) await jobctl('reprocess', 'papers', 'score', '--item', 'one');
    const { stdout } = await jobctl('item', 'one');
    expect(stdout).toContain('log of score 3\n  … 2 older\n');
    expect(stdout).toMatch(/warn +attempt 3 .* \{"n":1\}\n/);
    expect(stdout).toMatch(/score 3 +GET https:\/\/example\.org\/\?q=1 +no answer/);
    expect(stdout).not.toContain('attempt 2');
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
    expect((await jobctl('item', 'one', '--json')).json<{ logs: unknown[] }>().logs).toMatchObject([{ stage: 'score', attempt: 2 }, { stage: 'score', attempt: 3, linesLost: 2 }]);
  });

  test('what has begun is counted, said, and goes on', async () => {
    const { run, jobctl } = await shelf();
    await jobctl('retry', 'papers', 'fetch');
    expect(await jobctl('undo', '1')).toMatchObject({ code: 5, stderr: expect.stringContaining('all 2 tasks of edit 1 have begun since') });
    expect(run.tasks('papers', 'fetch')).toEqual({ done: 4, waiting: 1 });
  });

  test('a filter takes the tasks that it describes, and no others', async () => {
    const { run, jobctl } = await shelf();
    expect((await jobctl('retry', 'papers', '--where', 'error~429', '--json')).json()).toMatchObject({ ok: true, after: { counts: { tasks: 1, items: 1 } } });
    expect(run.keys('fetch')).toEqual(['limited']);
    await jobctl('reset', 'papers', 'fetch', '--where', 'state=waiting', 'key~sl*');
    expect(run.keys('fetch')).toEqual(['limited', 'slow']);
  });

  test('a dry run says which tasks, and changes nothing', async () => {
    const { run, jobctl } = await shelf();
    const before = rows(run);
    const [human, machine, none] = [await jobctl('reprocess', 'papers', 'extract', '--dry-run'), await jobctl('retry', 'papers', '--dry-run', '--json'), await jobctl('retry', 'papers', 'score', '--dry-run')];
    expect(human).toMatchObject({ code: 0, stderr: 'dry run: nothing was changed\n' });
    expect(human.stdout).toBe(
      [
        'papers  would reprocess 2 tasks of 2 items', '', 'STAGE    TASKS  FROM  TO     BECAUSE', 'extract      2  done  ready  asked for', '2 tasks of later stages keep their output; --downstream runs them again too', '',
        'ID  KEY  STAGES', ' 1  one  extract', ' 2  two  extract', '',
      ].join('\n'),
    );
    expect(machine.json()).toMatchObject({ ok: true, dryRun: true, job: 'papers', verb: 'retry', items: 2, tasks: 2, sample: [{ key: 'bad', stages: ['fetch'] }, { key: 'limited', stages: ['fetch'] }] });
    expect(none.stdout).toBe('papers  nothing to retry\n');
    expect(rows(run)).toEqual(before);
    expect(run.started).toEqual([]);
  });

  test('a thousand items are edited in slices, none left out', async () => {
    const { run, jobctl } = await operated({ jobs: [papers], handle: { fetch: ({ attempt }) => (attempt === 1 ? failed('item_specific') : undefined) } });
    const keys = Array.from({ length: 1_203 }, (_, n) => `k${n}`);
    await run.add('papers', ...keys);
    const flushes = run.alive.ledger.flushes;
    expect((await jobctl('retry', 'papers', '--json')).json()).toMatchObject({ after: { counts: { tasks: 1_203, items: 1_203 } } });
    expect(run.alive.ledger.flushes - flushes).toBeGreaterThan(3);
    expect(run.tasks('papers', 'score')).toEqual({ done: 1_203 });
  });

  test('slips in the name of a job, a stage or an item get a suggestion and change nothing', async () => {
    const { run, jobctl } = await shelf();
    const before = rows(run);
    const slips = [await jobctl('retry', 'paper'), await jobctl('retry', 'papers', 'fetsh'), await jobctl('retry', 'papers', '--item', 'tow'), await jobctl('retry', 'papers', '--where', 'sate=failed')];
    expect(slips.map(({ code }) => code)).toEqual([4, 4, 4, 2]);
    expect(slips.map(({ stderr }) => /did you mean "(\w+)"/.exec(stderr)?.[1])).toEqual(['papers', 'fetch', 'two', 'state']);
    expect(rows(run)).toEqual(before);
  });
});

describe('a filter', () => {
  test.each([
    ['state=failed', { field: 'state', is: '=', value: 'failed' }],
    ['state != done', { field: 'state', is: '!=', value: 'done' }],
    ['error~"429 or so"', { field: 'error', is: '~', value: '429 or so' }],
    ["error!~'x'", { field: 'error', is: '!~', value: 'x' }],
    ['key~https://*.org/*', { field: 'key', is: '~', value: 'https://*.org/*' }],
    ['key=a=b', { field: 'key', is: '=', value: 'a=b' }],
    ['priority<-1.5', { field: 'priority', is: '<', value: -1.5 }],
    ['attempts>=3', { field: 'attempts', is: '>=', value: 3 }],
    ['age>3d', { field: 'age', is: '>', value: 3 * 86_400_000 }],
  ])('%s', (text, condition) => {
    expect(parseWhere([text])).toEqual([condition]);
  });

  test('of several texts all must be true; what is wrong is shown in its place', () => {
    expect(parseWhere(['state=failed age>3d', 'cost>1'])).toHaveLength(3);
    expect(() => parseWhere(['age>1d state=faild'])).toThrow('--where, at character 14: "faild" is no state, did you mean "failed"?\n    age>1d state=faild\n                 ^^^^^');
  });

  test('one that says nothing is refused: everything is meant by leaving it out', () => {
    expect(() => parseWhere([' '])).toThrow('says nothing');
  });
});

test('priority: lower goes first, the answer says how to take it back, and a dry run what it would change', async () => {
  const { run, jobctl, typed } = await shelf();
  await jobctl('pause', 'papers');
  await jobctl('reprocess', 'papers', 'score');
  expect((await jobctl('priority', 'papers', 'two', '-5', '--dry-run')).stdout).toBe('ID  KEY  PRIORITY\n 2  two  0 → -5\n');
  expect(run.db.prepare('SELECT max(abs(priority)) FROM item').pluck().get()).toBe(0);
  const { stdout } = await jobctl('priority', 'papers', 'two', '5', '-5');
  expect(stdout).toBe('papers  priority 0 → priority -5: items 2\n  undo: npx jobctl priority papers 2 5 0\n');
  await jobctl('unpause', 'papers');
  expect(run.keys('score')).toEqual(['two', 'one']);
  await typed(/npx .*/.exec(stdout)![0]);
  expect(run.db.prepare('SELECT max(abs(priority)) FROM item').pluck().get()).toBe(0);
  expect((await jobctl('priority', 'papers', 'two', '-2.5e12')).stdout).toContain('priority 0 → priority -2500000000000: items 1');
  expect(await jobctl('priority', 'papers', 'two', '-1e16')).toMatchObject({ code: 2, stderr: expect.stringContaining('from -1e15 to 1e15, not -1e16') });
  expect(await jobctl('priority', 'papers', 'two', 'high')).toMatchObject({ code: 2, stderr: expect.stringContaining('"high" is no priority') });
  expect(await jobctl('priority', 'papers', '3')).toMatchObject({ code: 2 });
});

test('a dry run of what is sent to an actor says where it would lead, and refuses what the actor would', async () => {
  const { run, jobctl } = await shelf();
  const seq = run.alive.store.journal.lastSeq();
  const states = async (...args: string[]) => {
    const { before, after } = (await jobctl(...args, '--dry-run', '--json')).json<{ before: { state: string }; after: { state: string } }>();
    return [before.state, after.state];
  };
  expect(await states('pause', 'papers', 'lunch')).toEqual(['running', 'paused']);
  expect(await states('drain', 'papers')).toEqual(['running', 'draining']);
  expect(await states('wake', 'papers')).toEqual(['waiting', 'polling.reading']);
  expect(await states('send', 'job/papers/lifecycle', 'DRAIN')).toEqual(['running', 'draining']);
  expect((await jobctl('add', 'papers', 'three', '--dry-run')).stdout).toBe('papers  would add: new 1, seen 0\n');
  expect((await jobctl('unpause', 'papers', '--dry-run')).code).toBe(5);
  expect(run.alive.store.journal.lastSeq()).toBe(seq);
});

test('clear-errors lifts what errors hold, and nothing else', async () => {
  const { run, jobctl } = await shelf();
  await run.send('job/papers/lifecycle', { type: 'hold.placed', cause: 'breaker', reason: 'systemic: no disk' });
  await jobctl('pause', 'papers', 'lunch');
  expect((await jobctl('clear-errors', 'papers', '--dry-run', '--json')).json()).toMatchObject({ before: { holds: [{ cause: 'breaker' }, { cause: 'operator' }] }, after: { holds: [{ cause: 'operator' }] } });
  expect(await jobctl('clear-errors', 'papers')).toMatchObject({ code: 0 });
  expect([run.holds('papers'), run.value('job/papers/breaker')]).toEqual([{ operator: 'lunch' }, 'ramping']);
  expect(await jobctl('clear-errors', 'papers')).toMatchObject({ code: 0 });
  for (const flag of [[], ['--dry-run']]) expect(await jobctl('clear-errors', 'papers', ...flag)).toMatchObject({ code: 5 });
});

test('clear-errors tries one attempt first, the second time it does not, and a rehearsal says what it would do', async () => {
  let broken = true;
  const { run, jobctl } = await operated({ jobs: [papers], handle: { fetch: () => (broken ? failed('systemic', 'no key') : run.sleep(5_000)) } });
  await run.add('papers', 'one', 'two', 'three');
  broken = false;
  const seq = run.alive.store.journal.lastSeq();
  const tries = '  one attempt is tried first, and more when it works; clear-errors once more skips that\n';
  expect((await jobctl('clear-errors', 'papers', '--dry-run')).stdout).toBe(`papers  would go paused → running\n${tries}`);
  expect(run.alive.store.journal.lastSeq()).toBe(seq);
  expect((await jobctl('clear-errors', 'papers')).stdout).toBe(`papers  paused → running\n${tries}`);
  await run.time.pass(0);
  expect([run.value('job/papers/breaker'), run.tasks('papers', 'fetch')]).toEqual(['halfOpen', { running: 1, ready: 2 }]);
  expect((await jobctl('clear-errors', 'papers')).stdout).not.toContain('one attempt');
  await run.time.pass(0);
  expect([run.value('job/papers/breaker'), run.tasks('papers', 'fetch')]).toEqual(['closed', { running: 3 }]);
  expect(await jobctl('clear-errors', 'papers')).toMatchObject({ code: 5, stderr: expect.stringContaining('no error holds "papers", and none is counted') });
});

describe('discovery', () => {
  test('shows the last looks, the next one, and what was decided on each key', async () => {
    const { run, jobctl } = await shelf();
    void run.alive.ledger.found('papers', [{ key: `odd ${HOSTILE}`, data: {}, filtered: 'too old' }]);
    await run.time.pass(61_000);
    const { stdout } = await jobctl('discovery', 'papers');
    expect(stdout).toMatch(/^papers {2}manual, every 1m: waiting/);
    expect(stdout).toMatch(/LOOKED +NEW +SEEN +FILTERED\n/);
    expect(stdout).toMatch(/odd red gnp\.exe +filtered +1 .* too old\n/);
    expect(stdout).toContain('of all keys: 1 filtered, 5 new');
    const view = (await jobctl('discovery', 'papers', '--decision', 'filtered', '--json')).json<{ keys: unknown[]; polls: unknown[]; nextAt: number }>();
    expect(view.keys).toMatchObject([{ decision: 'filtered', reason: 'too old', times: 1 }]);
    expect(view.polls).toHaveLength(2);
    expect(view.nextAt).toBeGreaterThan(run.time.now);
  });

  test('a source that cannot be read shows its error and how often', async () => {
    const broken = { name: 'broken', options: (await import('zod')).z.strictObject({}), async *discover(): AsyncGenerator<never> { throw new Error('answered 503'); } };
    const { run, jobctl } = await operated({ jobs: [jobSpec('feed', { fetch: [] }, { discovery: { strategy: 'broken', everyMs: 60_000, options: {} } })], strategies: [broken] });
    await run.time.pass(6_000);
    const { stdout } = await jobctl('discovery', 'feed');
    expect(stdout).toContain('failed 2 times in a row: Error: answered 503');
    expect(stdout).toContain('no key was met yet');
  });
});
