import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openStore, type Handle } from '../../runtime/store/open.ts';
import { replayAll } from '../../runtime/recorder/replay.ts';
import { freePort } from '../support/free-port.ts';
import { jobctl } from '../support/jobctl.ts';
import { oneStage } from '../support/one-stage.ts';
import { projectRoot } from '../support/project-files.ts';
import { startRegistry } from '../support/registry.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';

/** A project with the jobs that come with Rivus, and a lock file of its own. */
function project(packages: Record<string, string>): string {
  const folder = tempFolder({
    'package-lock.json': JSON.stringify({
      lockfileVersion: 3,
      packages: { '': { dependencies: packages }, ...Object.fromEntries(Object.entries(packages).map(([name, version]) => [`node_modules/${name}`, { version }])) },
    }),
  });
  for (const part of ['jobs.yaml', 'handlers']) cpSync(path.join(projectRoot, part), path.join(folder, part), { recursive: true });
  return folder;
}

function reading<T>(dataDir: string, look: (db: Handle) => T): T {
  const db = openStore(dataDir, { readonly: true });
  try {
    return look(db);
  } finally {
    db.close();
  }
}

const taskStates = (dataDir: string) => reading(dataDir, (db) => db.prepare('SELECT state, tries, crash FROM task').all());

test('the main job takes every package through its stages and writes a digest', async () => {
  const registry = await startRegistry();
  registry.publish('old', {
    '1.0.0': { date: '2025-01-01T00:00:00Z' },
    '2.0.0': { date: '2026-06-01T00:00:00Z', files: { 'CHANGELOG.md': '# Changelog\n\n## 2.0.0\n\n- BREAKING: drops the callback API\n\n## 1.0.0\n\n- first\n' } },
  });
  registry.publish('fresh', { '3.0.0': { date: '2026-06-01T00:00:00Z' } });
  const runner = new RunnerProcess(project({ old: '1.0.0', fresh: '3.0.0' }), { env: { npm_config_registry: registry.url } });

  await runner.said(/release_digest {2}compile 1\/1/);
  expect(await runner.stop()).toBe(0);

  const digest = readFileSync(path.join(runner.dataDir, 'published/release_digest/release-digest.md'), 'utf8');
  expect(digest).toMatch(/old 1\.0\.0 → 2\.0\.0/);
  expect(digest).toMatch(/drops the callback API/);
  expect(digest).not.toMatch(/fresh/);
  const found = reading(runner.dataDir, (db) => ({
    ended: db.prepare('SELECT count(*) FROM task WHERE state = 4').pluck().get(),
    others: db.prepare('SELECT count(*) FROM task WHERE state <> 4').pluck().get(),
    replays: replayAll(db).filter(({ ok }) => !ok),
    clean: db.prepare('SELECT clean_shutdown FROM runner').pluck().get(),
  }));
  expect(found).toEqual({ ended: 9, others: 0, replays: [], clean: 1 });
}, 40_000);

test('while the registry cannot be reached, the tasks wait and say why', async () => {
  const registry = await startRegistry();
  registry.documents = 'dead';
  const runner = new RunnerProcess(project({ old: '1.0.0' }), { env: { npm_config_registry: registry.url } });
  await runner.said(/fetch 0\/1 \(1 will be tried again\)/);
  expect(await runner.stop()).toBe(0);
  const reason = reading(runner.dataDir, (db) => db.prepare('SELECT reason FROM task WHERE state = 2').pluck().get());
  expect(reason).toMatch(/ECONNRESET|socket|closed|hang up/i);
}, 40_000);

test('the port is that of --port, else of RIVUS_PORT, else of jobs.yaml', async () => {
  const folder = oneStage('async run() { return 1; }');
  const [inFile, inEnvironment, given] = [await freePort(), await freePort(), await freePort()];
  appendFileSync(path.join(folder, 'jobs.yaml'), `inspector: { port: ${inFile} }\n`);
  for (const [port, options] of [
    [inFile, { port: null }],
    [inEnvironment, { port: null, env: { RIVUS_PORT: String(inEnvironment) } }],
    [given, { port: String(given), env: { RIVUS_PORT: String(inEnvironment) } }],
  ] as const) {
    const runner = new RunnerProcess(folder, options);
    await runner.said(new RegExp(`http://127\\.0\\.0\\.1:${port}/`));
    expect(await runner.stop()).toBe(0);
  }
  const wrong = new RunnerProcess(folder, { port: null, env: { RIVUS_PORT: 'high' } });
  expect(await wrong.ended()).toBe(2);
  await wrong.said(/RIVUS_PORT takes a number from 0 to 65535, not "high"/);
}, 40_000);

test('a second runner on the same folder is refused with the pid of the first', async () => {
  const folder = oneStage('async run() { return 1; }');
  const first = new RunnerProcess(folder);
  await first.said(/Rivus runs/);
  const second = new RunnerProcess(folder);
  expect(await second.ended()).toBe(75);
  await second.said(new RegExp(`pid ${first.child.pid}`));
  expect(await first.stop()).toBe(0);
});

test('mistakes in jobs.yaml are shown, and nothing is started', async () => {
  const folder = oneStage('async run() { return 1; }', { stage: 'concurency: 2' });
  const runner = new RunnerProcess(folder);
  expect(await runner.ended()).toBe(6);
  await runner.said(/did you mean "concurrency"/);
  expect(existsSync(runner.dataDir)).toBe(false);
});

test('a second signal stops at once, and what it cuts off is not charged', async () => {
  const folder = oneStage(`run: ({ ctx }) => new Promise((_, reject) => { ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)); ctx.log.info('at work'); })`);
  const runner = new RunnerProcess(folder);
  await runner.said(/at work/);
  // The first signal waits for what is in flight, the second does not.
  runner.child.kill('SIGTERM');
  await runner.said(/SIGTERM/);
  runner.child.kill('SIGTERM');
  expect(await runner.ended()).toBe(1);
  const again = new RunnerProcess(folder);
  await again.said(/at work/);
  expect(taskStates(again.dataDir)).toMatchObject([{ state: 3, tries: 0, crash: 1 }]);
});

test('a task that ran when the process was killed runs again, and its journal goes on', async () => {
  const folder = oneStage(`async run({ ctx }) { ctx.log.info('at work'); if (ctx.attempt === 1) await new Promise(() => {}); return { attempt: ctx.attempt }; }`);
  const killed = new RunnerProcess(folder);
  await killed.said(/at work/);
  killed.child.kill('SIGKILL');
  await killed.ended();

  const next = new RunnerProcess(folder);
  await next.said(/work {2}only 1\/1/);
  expect(await next.stop()).toBe(0);
  const found = reading(next.dataDir, (db) => ({ outputs: db.prepare('SELECT body, attempt FROM output').all(), replays: replayAll(db).filter(({ ok }) => !ok) }));
  expect(found).toEqual({ outputs: [{ body: '{"attempt":2}', attempt: 2 }], replays: [] });
});

test('a changed jobs.yaml is taken as soon as it is written, and a broken one refused with its place', async () => {
  const folder = oneStage('async run() { return 1; }');
  const runner = new RunnerProcess(folder);
  await runner.said(/work {2}only 1\/1/);
  const file = path.join(folder, 'jobs.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('strategy: npm_lockfile', 'strategy: npm_lokfile'));
  await runner.said(/what runs stays as it is/);
  await runner.said(/jobs\.yaml:\d+:\d+ job "work": unknown strategy "npm_lokfile", did you mean "npm_lockfile"\?/);
  // As most editors save.
  writeFileSync(`${file}~`, `${text}  more:\n    handler: ./handlers/work.ts\n    discovery: { strategy: npm_lockfile, file: package-lock.json }\n    stages: [{ name: only }]\n`);
  renameSync(`${file}~`, file);
  await runner.said(/starts {4}job "more": new, with the stage only/);
  await runner.said(/more {2}only 1\/1/);
  expect(await runner.stop()).toBe(0);
  expect(reading(runner.dataDir, (db) => replayAll(db).filter(({ ok }) => !ok))).toEqual([]);
});

test('SIGHUP reads jobs.yaml again, once for a burst of signals', async () => {
  const runner = new RunnerProcess(oneStage('async run() { return 1; }'));
  await runner.said(/work {2}only 1\/1/);
  for (let n = 0; n < 50; n++) runner.child.kill('SIGHUP');
  await runner.said(/was read again: nothing changed/);
  expect(await runner.stop()).toBe(0);
  expect(runner.lines.filter((line) => /was read again/.test(line)).length).toBeLessThan(3);
});

test('when nobody reads what it says any more it goes on, and stops in order', async () => {
  const runner = new RunnerProcess(oneStage('run: () => 1'));
  await runner.said(/only 1\/1/);
  runner.child.stderr.destroy();
  runner.child.stdout.destroy();
  expect((await jobctl(runner.dataDir, ['add', 'work', 'another', '{}'])).code).toBe(0);
  await expect.poll(() => taskStates(runner.dataDir)).toHaveLength(2);
  expect((await jobctl(runner.dataDir, ['reload'])).code).toBe(0);
  expect(await runner.stop()).toBe(0);
});

test('what a variable holds is neither in the journal nor in the revisions nor anywhere else in the data folder', async () => {
  const folder = oneStage('async run() { return 1; }');
  const file = path.join(folder, 'jobs.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('file: package-lock.json', 'file: "${LOCK_FILE:-nowhere.json}"'));
  const secret = 'package-lock-canary-7f3a.json';
  renameSync(path.join(folder, 'package-lock.json'), path.join(folder, secret));
  const runner = new RunnerProcess(folder, { env: { LOCK_FILE: secret } });
  await runner.said(/work {2}only 1\/1/);
  expect(await jobctl(runner.dataDir, ['reload'])).toMatchObject({ code: 0 });
  expect(await runner.stop()).toBe(0);
  const texts = reading(runner.dataDir, (db) => db.prepare<[], string>('SELECT text FROM config_revision').pluck().all());
  expect(texts.some((text) => text.includes('${LOCK_FILE:-nowhere.json}'))).toBe(true);
  expect(readdirSync(runner.dataDir).filter((name) => /\.db/.test(name) && readFileSync(path.join(runner.dataDir, name)).includes(secret))).toEqual([]);
});

test('a second start bundles nothing, and one after an edit runs what the file says then', async () => {
  const folder = oneStage('run: () => 1', { top: "import { word } from './word.ts';\nconsole.log('it says ' + word);" });
  const write = (word: string) => writeFileSync(path.join(folder, 'handlers/word.ts'), `export const word = '${word}';\n`);
  const start = async (word: string) => {
    const runner = new RunnerProcess(folder);
    await runner.said(new RegExp(`it says ${word}$`));
    await runner.said(/npx jobctl status/);
    const bundlers = spawnSync('ps', ['-o', 'args=', '--ppid', String(runner.child.pid)], { encoding: 'utf8' }).stdout.split('\n').filter((line) => line.includes('bundler-process'));
    expect(await runner.stop()).toBe(0);
    return bundlers.length;
  };
  write('one');
  expect(await start('one')).toBe(1);
  expect(await start('one')).toBe(0);
  write('two');
  expect(await start('two')).toBe(1);
});

test('a pause that was given while no runner lived comes before any work, also when no handler has to be bundled', async () => {
  const folder = oneStage("async run() { console.log('at work'); await new Promise(() => {}); }");
  const first = new RunnerProcess(folder);
  await first.said(/at work/);
  await expect.poll(() => existsSync(path.join(first.dataDir, 'bundles/index'))).toBe(true);
  first.child.kill('SIGKILL');
  await first.ended();
  expect(await jobctl(first.dataDir, ['pause', 'work'])).toMatchObject({ code: 0 });
  const second = new RunnerProcess(folder);
  await second.said(/applied what was given while stopped/);
  await second.said(/npx jobctl status/);
  expect(await second.stop()).toBe(0);
  expect(second.lines.filter((line) => line.includes('at work'))).toEqual([]);
});

test('a handler that is slow to load keeps nobody out', async () => {
  const folder = oneStage('run: () => 1', { top: "if (process.env.SLOW) await new Promise(() => {});\nconsole.log('loaded');" });
  const first = new RunnerProcess(folder);
  await first.said(/loaded/);
  expect(await first.stop()).toBe(0);
  const second = new RunnerProcess(folder, { env: { SLOW: '1' } });
  await second.said(/npx jobctl status/);
  expect(await second.stop()).toBe(0);
  expect(second.lines.filter((line) => line === 'loaded')).toEqual([]);
});
