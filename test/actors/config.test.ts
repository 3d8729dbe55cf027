import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readConfigRevisions } from '../../runtime/store/config-revisions.ts';
import { readStatus } from '../../runtime/store/status.ts';
import { simulated, type SimulatedRuntime, type Work } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';

const entry = (id: string, stages = 'fetch, score', more = '') =>
  `  ${id}:\n    handler: ./handlers/job.ts\n    discovery: { strategy: manual, every: 1h }\n    stages: [${stages.split(', ').map((name) => `{ name: ${name}, concurrency: 3 }`).join(', ')}]\n${more}`;
const both = `jobs:\n${entry('watch')}${entry('other')}`;
const slowly: Work = (_claim, _signal, run) => run.sleep(1_000);
/** Longer than the file is left alone before it is looked at again. */
const AWHILE = 6_000;

type Watching = { run: SimulatedRuntime; file: string; write(text: string): Promise<void> };

/** The tree over a jobs.yaml that it watches. */
async function watching(text = both, handle: Record<string, Work> = {}): Promise<Watching> {
  const file = path.join(tempFolder({ 'jobs.yaml': text, 'handlers/job.ts': '' }), 'jobs.yaml');
  const run = await simulated({ file, handle });
  const write = async (next: string) => {
    fs.writeFileSync(file, next);
    await run.time.pass(AWHILE);
  };
  return { run, file, write };
}

const ids = (run: SimulatedRuntime) => run.jobs.map(({ id }) => id);
const configOf = (run: SimulatedRuntime) => readStatus(run.db, run.time.now).config!;

test('a file that is written is in force a moment later, and a revision', async () => {
  const { run, write } = await watching();
  await write(`${both}${entry('third')}`);
  expect(ids(run)).toEqual(['watch', 'other', 'third']);
  await run.add('third', 'a');
  expect(run.tasks('third', 'score')).toEqual({ done: 1 });
  expect(readConfigRevisions(run.db).map(({ text }) => text)).toEqual([`${both}${entry('third')}`, both]);
  expect(run.value('config')).toBe('inForce');
});

test('a file with mistakes changes nothing, and status says why until it is mended', async () => {
  const { run, write } = await watching();
  const actors = run.alive.store.actors.all().map(({ path }) => path);
  await write(both.replace('strategy: manual', 'strategy: manul'));
  expect(run.value('config')).toBe('refused');
  expect(configOf(run)).toMatchObject({ state: 'refused', problems: expect.stringMatching(/jobs\.yaml:4:28 job "watch": unknown strategy "manul", did you mean "manual"\?$/) });
  expect(run.alive.store.actors.all().map(({ path }) => path)).toEqual(actors);
  await run.add('watch', 'a');
  expect(run.tasks('watch', 'score')).toEqual({ done: 1 });
  await write(both);
  expect(configOf(run)).toEqual({ state: 'inForce', readAt: expect.any(Number), revision: { id: 1, at: expect.any(Number) } });
});

test('what the lines of a broken file hold stays out of the journal', async () => {
  const { run, write } = await watching();
  await write(`${both}models: { small: { model: m, api_key: sk-canary-1 }\n`);
  expect(configOf(run).state).toBe('refused');
  expect(JSON.stringify(run.journal('config'))).not.toContain('canary');
});

test('a file that is cut at any byte leaves what runs as it is until it is whole again', { timeout: 60_000 }, async () => {
  const { run, write } = await watching(`defaults: { retry: { max: 3 } }\n${both}`);
  const whole = `defaults: { retry: { max: 3 } }\n${both}`;
  const before = JSON.stringify(run.jobs);
  for (let length = whole.length - 1; length >= 0; length--) {
    await write(whole.slice(0, length));
    expect(JSON.stringify(run.jobs), `cut at ${length}`).toBe(before);
  }
  expect(run.value('config')).toBe('refused');
  await write(whole);
  expect(run.value('config')).toBe('inForce');
  await run.add('other', 'a');
  expect(run.tasks('other', 'score')).toEqual({ done: 1 });
});

test('a file that ends early is taken when an operator says that it is meant so', async () => {
  const { run, write } = await watching();
  await write(both.slice(0, both.indexOf('  other:')));
  expect(ids(run)).toEqual(['watch', 'other']);
  expect(configOf(run).problems).toMatch(/ends early.*npx jobctl reload/);
  await run.send('config', { type: 'RELOAD' });
  expect(ids(run)).toEqual(['watch']);
  expect(run.row('other').archived).toBe(true);
});

test('a file that is replaced, removed, brought back or led elsewhere by a link is followed', async () => {
  const { run, file } = await watching();
  const changed = async (how: () => void) => {
    how();
    await run.time.pass(AWHILE);
    return [run.value('config'), ids(run).length];
  };
  const place = path.dirname(file);
  expect(await changed(() => (fs.writeFileSync(`${file}~`, `${both}${entry('third')}`), fs.renameSync(`${file}~`, file)))).toEqual(['inForce', 3]);
  expect(await changed(() => fs.rmSync(file))).toEqual(['refused', 3]);
  expect(configOf(run).problems).toMatch(/there is no such file/);
  expect(await changed(() => fs.writeFileSync(file, both))).toEqual(['refused', 3]); // The beginning of what runs.
  expect(await changed(() => fs.writeFileSync(file, `# two\n${both}`))).toEqual(['inForce', 2]);
  fs.mkdirSync(path.join(place, 'v1'));
  fs.writeFileSync(path.join(place, 'v1/jobs.yaml'), `# linked\n${both}${entry('third')}`);
  expect(await changed(() => (fs.symlinkSync('v1/jobs.yaml', `${file}~`), fs.renameSync(`${file}~`, file)))).toEqual(['inForce', 3]);
  expect(await changed(() => fs.writeFileSync(path.join(place, 'v1/jobs.yaml'), `# linked again\n${both}`))).toEqual(['inForce', 2]);
});

test('what is in flight ends in peace when its stage or its job is taken out', async () => {
  const aborted: string[] = [];
  const patient: Work = async ({ job, stage }, signal, run) => {
    signal.addEventListener('abort', () => aborted.push(`${job}/${stage}`));
    await run.sleep(1_000);
  };
  const { run, file } = await watching(both, { 'watch/fetch': patient, 'other/fetch': patient });
  await run.add('watch', 'a');
  await run.add('other', 'a');
  fs.writeFileSync(file, `jobs:\n${entry('watch', 'score')}`);
  await run.send('config', { type: 'RELOAD' });
  expect(ids(run)).toEqual(['watch']);
  await run.time.pass(2_000);
  expect(aborted).toEqual([]);
  expect(run.task('watch', 'a', 'fetch').state).toBe('done');
  expect(run.task('other', 'a', 'fetch').state).toBe('done');
  expect(run.started.filter(({ stage }) => stage === 'fetch')).toHaveLength(2);
});

test('a stage that has another name: the tasks of the old one are parked and shown, and go on when it returns', async () => {
  const { run, write } = await watching();
  run.handle['score'] = () => ({ kind: 'deferred', until: run.time.now + 3_600_000, reason: 'later' });
  await run.add('watch', 'a', 'b');
  await write(`jobs:\n${entry('watch', 'fetch, grade')}${entry('other')}`);
  const [watch] = readStatus(run.db, run.time.now).jobs.filter(({ id }) => id === 'watch');
  expect(watch!.parked).toEqual([{ stage: 'score', tasks: 2 }]);
  expect(run.tasks('watch', 'grade')).toEqual({ done: 2 });
  await run.time.pass(7_200_000);
  expect(run.keys('score')).toEqual(['a', 'b']);
  delete run.handle['score'];
  await write(both);
  expect(run.tasks('watch', 'score')).toEqual({ done: 2 });
  expect(readStatus(run.db, run.time.now).jobs.find(({ id }) => id === 'watch')!.parked).toBeUndefined();
});

test('a text that cannot be stored is not in force either', async () => {
  const { run, write } = await watching();
  run.db.exec(`CREATE TEMP TRIGGER full BEFORE INSERT ON job WHEN NEW.id = 'third' BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END`);
  await write(`${both}${entry('third')}`);
  expect(ids(run)).toEqual(['watch', 'other']);
  expect(configOf(run).problems).toMatch(/cannot be stored: database or disk is full.*tries again/);
  run.db.exec('DROP TRIGGER full');
  await run.send('config', { type: 'RELOAD' });
  expect(ids(run)).toEqual(['watch', 'other', 'third']);
});

test('whoever asks while the file is being read is answered by another read', async () => {
  const { run } = await watching();
  const { tree, clock } = run.alive;
  for (let n = 0; n < 3; n++) tree.actor('config')!.send({ type: 'RELOAD', at: clock.now() } as never);
  await run.time.settle();
  expect(run.journal('config').filter(({ type }) => type === 'config.unchanged')).toHaveLength(2);
});

test('1,500 reloads while items flow: every task runs once, and nothing is lost', { timeout: 120_000 }, async () => {
  const { run, file } = await watching(both, { fetch: slowly, score: (_claim, _signal, run) => run.sleep(100) });
  const texts = [both, both.replace('concurrency: 3', 'concurrency: 2'), `jobs:\n${entry('watch')}`, `jobs:\n${entry('watch', 'fetch')}${entry('other')}`, 'jobs: {', `jobs:\n${entry('other', 'fetch, score', '    guards: { max_pending: 50 }\n')}${entry('watch')}`];
  const added = { watch: 0, other: 0 };
  for (let n = 0; n < 1_500; n++) {
    fs.writeFileSync(file, texts[n % texts.length]!);
    await run.send('config', { type: 'RELOAD' });
    if (n % 15 === 0) {
      for (const { id } of run.jobs) await run.add(id, `${id}-${(added[id as 'watch'] += 1)}`);
    }
    await run.time.pass(10);
  }
  fs.writeFileSync(file, both);
  await run.send('config', { type: 'RELOAD' });
  await run.time.pass(200_000);
  for (const id of ['watch', 'other'] as const) {
    expect(added[id]).toBeGreaterThan(30);
    for (const stage of ['fetch', 'score']) expect(run.tasks(id, stage)).toEqual({ done: added[id] });
  }
  const twice = Map.groupBy(run.started, ({ job, stage, key }) => `${job}/${stage}/${key}`);
  expect([...twice].filter(([, starts]) => starts.length !== 1)).toEqual([]);
  expect(run.started).toHaveLength(2 * (added.watch + added.other));
});

// ---------------------------------------------------------------- requirements

const needy = jobSpec('needy', { fetch: [] }, { requires: { env: ['FINNHUB_API_KEY'], bin: [] } });

test('a job without what it requires is held before it starts anything, and goes on within a minute when it is there', async () => {
  const run = await simulated({ jobs: [needy] });
  await run.add('needy', 'a');
  expect(run.holds('needy')).toEqual({ requirement: 'requirement: FINNHUB_API_KEY is not set' });
  expect(run.started).toEqual([]);
  run.env['FINNHUB_API_KEY'] = 'x';
  await run.time.pass(60_000);
  expect(run.holds('needy')).toEqual({});
  expect(run.tasks('needy', 'fetch')).toEqual({ done: 1 });
  delete run.env['FINNHUB_API_KEY'];
  await run.time.pass(60_000);
  expect(run.holds('needy')).toEqual({ requirement: 'requirement: FINNHUB_API_KEY is not set' });
});

test('a reload looks at once whether what is required is there, and another requirement is looked at too', async () => {
  const run = await simulated({ jobs: [needy] });
  run.env['FINNHUB_API_KEY'] = 'x';
  await run.reload(needy);
  expect(run.holds('needy')).toEqual({});
  await run.reload({ ...needy, requires: { env: [], bin: ['no-such-program'] } });
  expect(run.holds('needy')).toEqual({ requirement: 'requirement: no-such-program is not installed' });
  await run.reload({ ...needy, requires: { env: [], bin: [] } });
  expect(run.holds('needy')).toEqual({});
});

test('a requirement that was met while no runner lived holds the job no longer', async () => {
  const run = await simulated({ jobs: [needy] });
  run.kill();
  run.env['FINNHUB_API_KEY'] = 'x';
  await run.boot();
  expect(run.holds('needy')).toEqual({});
});

test('RESUME with force starts a job without what it requires, until something changes', async () => {
  const run = await simulated({ jobs: [needy] });
  await run.add('needy', 'a');
  await run.send('job/needy/lifecycle', { type: 'RESUME', force: false });
  expect(run.tasks('needy', 'fetch')).toEqual({ ready: 1 });
  await run.send('job/needy/lifecycle', { type: 'RESUME', force: true });
  await run.time.pass(300_000);
  expect(run.tasks('needy', 'fetch')).toEqual({ done: 1 });
  expect(run.holds('needy')).toEqual({});
});
