import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { MAX_FRAME_BYTES, type Command } from '../../inspector/protocol.ts';
import { acquireLock } from '../../runtime/store/lock.ts';
import { openStore } from '../../runtime/store/open.ts';
import { codeOf, signIn } from '../support/control.ts';
import { ended, jobctl, jobctlEach, running, start, storedJobs } from '../support/jobctl.ts';
import { tempFolder } from '../support/temp.ts';

const MAIN = path.resolve('runtime/jobctl.js');

test('status finds the runner through its data folder and says nothing beside', async () => {
  const data = storedJobs();
  const { url } = await running(data);
  const [machine, human] = await jobctlEach(data, [['status', '--json'], ['status']]);
  expect(machine!.json()).toMatchObject({ runner: { state: 'running', pid: process.pid, bootId: 'boot-1', url }, jobs: [{ id: 'a16z' }, { id: 'edgar' }] });
  const { runner } = machine!.json<{ runner: { uptimeMs: number } }>();
  expect(runner.uptimeMs).toBeGreaterThanOrEqual(90_000);
  expect(human!.stdout).toMatch(new RegExp(`^Rivus runs since .* \\(1m 3\\ds\\), pid ${process.pid}, ${url}\n`));
  expect(machine!.stderr + human!.stderr).toBe('');
});

test('status says that a runner starts nothing new, since when and why', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const runner = { state: 'degraded' as const, reason: 'the disk is \u001b[31mfull', since: Date.now() };
  runtime.status = () => ({ runner, jobs: [] });
  const [machine, human] = await jobctlEach(data, [['status', '--json'], ['status']]);
  expect(machine!.json()).toMatchObject({ runner: { ...runner, pid: process.pid }, jobs: [{ id: 'a16z' }, { id: 'edgar' }] });
  expect(human!.stdout).toMatch(/^Rivus runs .*\nand starts nothing new since \d\d:\d\d: the disk is full\n/);
});

test('a command prints before → after and how to take it back', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const run = await jobctl(data, ['pause', 'a16z', 'market closed', '--retry-in', '3h']);
  expect(run).toMatchObject({ code: 0, stdout: 'a16z  running → paused\n  undo: jobctl unpause a16z\n', stderr: '' });
  expect(runtime.executed).toMatchObject([{ who: 'cli:1', command: { type: 'PAUSE', job: 'a16z', reason: 'market closed', until: expect.any(Number) } }]);
  const [undone] = await jobctlEach(data, [['unpause', 'a16z', '--json']]);
  expect(undone!.json()).toEqual({ ok: true, job: 'a16z', pending: false, before: { state: 'paused' }, after: { state: 'running' }, undo: 'jobctl unpause a16z' });
  expect(runtime.state).toBe('running');
});

test('what a command says of its effect is shown: why, until when, figures and a note', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const until = Date.now() + 3 * 3_600_000 + 30_000;
  runtime.execute = async () => ({ ok: true, before: { state: 'running' }, after: { state: 'paused', reason: 'market \u001b[31mclosed', until, counts: { moved: 3 } }, note: 'the breaker\u0007 still holds it' });
  const { stdout } = await jobctl(data, ['pause', 'a16z']);
  expect(stdout).toMatch(/^a16z {2}running → paused: market closed, until .* \(in 3h( 1m)?\), moved 3\n {2}the breaker still holds it\n$/);
});

test('a refusal has exit code 5 and says what would be accepted now', async () => {
  const data = storedJobs();
  await running(data);
  const [machine, human] = await jobctlEach(data, [['unpause', 'a16z', '--json'], ['unpause', 'a16z']]);
  expect(machine!.code).toBe(5);
  expect(machine!.json()).toEqual({ ok: false, error: { code: 'not_accepted', message: 'a16z is running', hint: 'accepted now: PAUSE, DRAIN', accepted: ['PAUSE', 'DRAIN'] } });
  expect(human).toMatchObject({ code: 5, stdout: '', stderr: '✗ a16z is running\n  accepted now: PAUSE, DRAIN\n' });
});

test('a reload that finds mistakes in jobs.yaml has exit code 6', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  runtime.execute = async () => ({ ok: false, code: 'invalid_config', message: 'jobs.yaml:3:5 unknown key "handlr"', accepted: [] });
  const [run] = await jobctlEach(data, [['reload', '--json']]);
  expect(run!.code).toBe(6);
  expect(run!.json()).toMatchObject({ error: { code: 'invalid_config', message: 'jobs.yaml:3:5 unknown key "handlr"' } });
});

test('a name with a slip never reaches the runner', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const [job, actor] = await jobctlEach(data, [['pause', 'a16'], ['send', 'job/a16z/lifecicle', 'PAUSE']]);
  expect([job!.code, actor!.code]).toEqual([4, 4]);
  expect(runtime.executed).toEqual([]);
});

test('wake --all asks every job and is no failure when one of them was woken', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const [refused] = await jobctlEach(data, [['wake', '--all']]);
  expect(refused!.code).toBe(4);
  runtime.execute = async (command) =>
    'job' in command && command.job === 'edgar'
      ? { ok: true, before: { state: 'waiting' }, after: { state: 'polling' } }
      : { ok: false, code: 'not_accepted', message: 'a16z is paused', accepted: ['RESUME'] };
  const [some] = await jobctlEach(data, [['wake', '--all']]);
  expect(some).toMatchObject({ code: 0, stdout: 'edgar  waiting → polling\n', stderr: 'a16z is not woken: a16z is paused\n' });
});

test('an actor is asked alive, and what it accepts can be sent to it', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const [shown, sent, again] = await jobctlEach(data, [['actor', 'job/a16z/lifecycle', '--json'], ['send', 'job/a16z/lifecycle', 'PAUSE', '{"reason":"x"}', '--json'], ['actor', 'job/a16z/lifecycle']]);
  expect(shown!.json()).toMatchObject({ value: 'running', accepts: ['PAUSE', 'DRAIN'] });
  expect(sent!.json()).toMatchObject({ ok: true, path: 'job/a16z/lifecycle', after: { state: 'paused' } });
  expect(runtime.executed[0]!.command).toEqual({ type: 'SEND', path: 'job/a16z/lifecycle', event: { type: 'PAUSE', reason: 'x' } });
  expect(again!.stdout).toContain('  npx jobctl send job/a16z/lifecycle RESUME\n');
});

test('open gives a link that signs a browser in once', async () => {
  const data = storedJobs();
  const control = await running(data);
  const [run] = await jobctlEach(data, [['open', '--json']]);
  const { url } = run!.json<{ url: string }>();
  expect((await signIn(control, codeOf(url))).status).toBe(204);
  expect((await signIn(control, codeOf(url))).status).toBe(401);
});

test('a file of many items arrives whole and in order, in frames that the runner takes; known keys are counted', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const keys = Array.from({ length: 3_000 }, (_, i) => `k${i}`);
  const file = path.join(tempFolder(), 'items.ndjson');
  writeFileSync(file, [...keys, 'k7'].map((key) => JSON.stringify({ key, data: { title: '電話'.repeat(20) }, priority: 1 })).join('\n'));
  const run = await jobctl(data, ['add', 'a16z', '--ndjson', file]);
  expect(run).toMatchObject({ code: 0, stdout: 'a16z  running → running: new 3000, seen 1\n' });
  const commands = runtime.executed.map(({ command }) => command as Extract<Command, { type: 'ADD' }>);
  expect(commands.flatMap(({ items }) => items.map((item) => item.key))).toEqual([...keys, 'k7']);
  for (const command of commands) expect(Buffer.byteLength(JSON.stringify(command))).toBeLessThan(MAX_FRAME_BYTES);
  expect(commands.length).toBeLessThan(40);
});

test('more frames than the runner takes at once are paced, not refused', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const big = { text: 'x'.repeat(12_000) };
  const input = Array.from({ length: 130 }, (_, i) => JSON.stringify({ key: `k${i}`, data: big })).join('\n');
  const run = await jobctl(data, ['add', 'a16z', '--ndjson', '-', '--json'], { input });
  expect(run.json()).toMatchObject({ ok: true, after: { counts: { new: 130, seen: 0 } } });
  expect(runtime.executed).toHaveLength(130);
});

test('one item too large for a frame is refused by name before it is sent', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const run = await jobctl(data, ['add', 'a16z', 'huge', JSON.stringify({ text: 'x'.repeat(20_000) }), '--json']);
  expect(run.code).toBe(2);
  expect(run.json()).toMatchObject({ error: { code: 'too_large', message: expect.stringContaining('"huge"') } });
  expect(runtime.executed).toEqual([]);
});

test('stop waits until the runner has let go of its folder', async () => {
  const data = storedJobs();
  const runner = await running(data);
  const asked = new Promise<void>((resolve) => (runner.runtime.stopping = resolve));
  const run = jobctl(data, ['stop', '--json']);
  await asked;
  await runner.close();
  let over = false;
  void run.then(() => (over = true));
  // As long as a whole other command takes, it waits.
  await jobctl(data, ['status']);
  expect(over).toBe(false);
  runner.stop();
  expect((await run).json()).toMatchObject({ ok: true, after: { state: 'stopping' } });
});

test('a runner that dies before it answers is no success', async () => {
  const data = storedJobs();
  const runner = await running(data);
  const asked = new Promise<void>((resolve) => {
    runner.runtime.execute = () => {
      resolve();
      return new Promise(() => {});
    };
  });
  const run = jobctl(data, ['pause', 'a16z', '--json']);
  await asked;
  await runner.close();
  expect(await run).toMatchObject({ code: 1 });
  expect((await run).json()).toMatchObject({ error: { code: 'connection_lost', hint: expect.stringContaining('npx jobctl status') } });
});

test('a runner that is just starting, or does not answer, is told apart from none', async () => {
  const data = storedJobs();
  const lock = acquireLock(data);
  try {
    const [starting] = await jobctlEach(data, [['pause', 'a16z', '--json']]);
    expect(starting!.code).toBe(3);
    expect(starting!.json()).toMatchObject({ error: { code: 'not_ready' } });
    writeFileSync(path.join(data, 'runner.token'), 'x'.repeat(43));
    lock.announce({ pid: process.pid, startedAt: Date.now(), url: 'http://127.0.0.1:1', bootId: 'b' });
    const [dead] = await jobctlEach(data, [['pause', 'a16z', '--json']]);
    expect(dead!.code).toBe(3);
    expect(dead!.json()).toMatchObject({ error: { code: 'unreachable', message: expect.stringContaining('http://127.0.0.1:1') } });
  } finally {
    lock.release();
  }
});

test('events -f goes on as they happen, until it is interrupted', async () => {
  const data = storedJobs();
  await running(data);
  const child = start(data, [MAIN, 'events', '-f', '--since', '3', '--json']);
  const end = ended(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (JSON.parse((await lines.next()).value as string) as { seq: number }).seq;
  expect(await next()).toBe(4);
  const db = openStore(data);
  db.prepare(`INSERT INTO journal (seq, at, path, type, event) VALUES (5, 0, 'supervisor', 'X', '{"type":"X"}')`).run();
  db.close();
  expect(await next()).toBe(5);
  child.kill('SIGINT');
  expect((await end).code).toBe(0);
});

test('a reader that has enough ends the command quietly', async () => {
  const data = storedJobs();
  const db = openStore(data);
  db.exec(`WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO journal (seq, at, path, type, event) SELECT i, 0, 'supervisor', 'X', '{"type":"X"}' FROM n`);
  db.close();
  const child = start(data, [MAIN, 'events', '--since', '0', '--json', '-q']);
  const code = new Promise((resolve) => child.once('exit', resolve));
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  child.stdout.once('data', () => child.stdout.destroy());
  expect(await code).toBe(0);
  expect(said).toBe('');
});

test('asking for the status loads neither the machines nor the configuration nor zod', async () => {
  const data = storedJobs();
  const hooks = path.join(tempFolder({ 'hooks.mjs': `import { registerHooks } from 'node:module'; registerHooks({ load(url, context, next) { process.stderr.write(url + '\\n'); return next(url, context); } });` }), 'hooks.mjs');
  const { code, stderr } = await ended(start(data, ['--import', hooks, MAIN, 'status', '-q']));
  expect(code).toBe(0);
  expect(stderr).toContain('/runtime/store/status.ts');
  for (const heavy of ['/node_modules/xstate/', '/node_modules/zod/', '/node_modules/yaml/', '/node_modules/rolldown/', '/node_modules/ws/', '/runtime/config/check', '/machines/', '/inspector/protocol']) expect(stderr).not.toContain(heavy);
});
