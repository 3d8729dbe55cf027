import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createExec, type ExecError, type ExecOptions } from '../../runtime/exec.ts';
import { classify } from '../support/doctor.ts';
import { handlerOf, handlersIn, ManualClock, NOW } from '../support/handlers.ts';
import { tempFolder } from '../support/temp.ts';

/** `ctx.exec` in a folder of its own; programs are Node's, so that they are the same everywhere. */
function shell(signal: AbortSignal = new AbortController().signal) {
  const [cwd, clock] = [tempFolder(), new ManualClock()];
  const exec = createExec({ clock, cwd, env: { PATH: process.env.PATH, GREETING: 'hello' }, signal: () => signal });
  return { cwd, clock, exec, node: (code: string, options?: ExecOptions) => exec(process.execPath, ['-e', code], options) };
}

const failureOf = (promise: Promise<unknown>): Promise<ExecError> => promise.then(() => Promise.reject(new Error('it ended well')), (error: ExecError) => error);

/** Resolves when `file` is there: the program has come so far. */
function appears(file: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => (fs.existsSync(file) ? (watcher.close(), resolve()) : undefined);
    const watcher = fs.watch(path.dirname(file), look);
    look();
  });
}

/** Resolves when there is no process of this id any more; rejects when there still is after 5 s. */
async function gone(pid: number): Promise<void> {
  for (const until = performance.now() + 5000; performance.now() < until; await new Promise(setImmediate)) {
    // A process that has ended and that nobody has asked about is still listed.
    if (!fs.existsSync(`/proc/${pid}`) || / [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))) return;
  }
  throw new Error(`the process ${pid} still runs`);
}

describe('a program', () => {
  test('gets its arguments as they are: there is no shell', async () => {
    const { exec } = shell();
    const odd = ['$HOME', '; rm -rf x', '*', '', 'a b', '"é"'];
    const { stdout } = await exec(process.execPath, ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...odd]);
    expect(JSON.parse(stdout)).toEqual(odd);
  });

  test('gets what it is to read, and answers what it wrote to either place', async () => {
    const { node } = shell();
    const code = 'process.stdin.setEncoding("utf8").on("data", (text) => { process.stdout.write(text.toUpperCase()); process.stderr.write("read"); })';
    expect(await node(code, { input: 'hélas' })).toEqual({ stdout: 'HÉLAS', stderr: 'read' });
    expect(await node(code, { input: new TextEncoder().encode('ab') })).toEqual({ stdout: 'AB', stderr: 'read' });
  });

  test('may leave its input unread, however much it is', async () => {
    expect(await shell().node('console.log(1)', { input: 'x'.repeat(5_000_000) })).toEqual({ stdout: '1\n', stderr: '' });
  });

  test('runs in the folder of jobs.yaml and with the environment of Rivus, unless said otherwise', async () => {
    const { node, cwd } = shell();
    const code = 'console.log(JSON.stringify([process.cwd(), process.env.GREETING, process.env.MORE]))';
    expect(JSON.parse((await node(code)).stdout)).toEqual([cwd, 'hello', null]);
    const elsewhere = tempFolder();
    expect(JSON.parse((await node(code, { cwd: elsewhere, env: { MORE: '1' } })).stdout)).toEqual([elsewhere, 'hello', '1']);
  });
});

describe('a program that fails', () => {
  test('is an ExecError with its exit code and the end of what it said', async () => {
    const error = await failureOf(shell().node('process.stderr.write("x".repeat(5000) + "\\nout of luck\\n", () => process.exit(3))'));
    expect(error).toMatchObject({ name: 'ExecError', exitCode: 3, signal: undefined, code: undefined, message: expect.stringMatching(/ ended with 3: x+\nout of luck$/) });
    expect(error.stderr).toHaveLength(2000);
    expect(classify(error, NOW)).toEqual({ class: 'transient' });
  });

  test('says which signal has ended it', async () => {
    const error = await failureOf(shell().node('process.kill(process.pid, "SIGKILL")'));
    expect(error).toMatchObject({ name: 'ExecError', exitCode: undefined, signal: 'SIGKILL', message: expect.stringMatching(/ was ended by SIGKILL$/) });
  });

  test('that is not there holds the job and says so', async () => {
    const error = await failureOf(shell().exec('no-such-program'));
    expect(error).toMatchObject({ name: 'ExecError', code: 'ENOENT', message: expect.stringMatching(/^no-such-program could not be started: there is no such program; install it/) });
    expect(classify(error, NOW)).toEqual({ class: 'systemic' });
  });

  test('whose folder is not there says that', async () => {
    const cwd = path.join(tempFolder(), 'nowhere');
    expect((await failureOf(shell().node('1', { cwd }))).message).toContain(`could not be started: there is no folder ${cwd} to start it in`);
  });

  test('that may not be started says why', async () => {
    const file = path.join(tempFolder({ tool: 'text' }), 'tool');
    const error = await failureOf(shell().exec(file));
    expect(error).toMatchObject({ code: 'EACCES' });
    expect(classify(error, NOW)).toEqual({ class: 'systemic' });
  });

  test('that writes more than 20 MB is ended', async () => {
    const error = await failureOf(shell().node('const write = () => process.stdout.write("x".repeat(1e6), write); write();'));
    expect(error).toMatchObject({ name: 'ExecError', message: expect.stringMatching(/ wrote more than 20 MB to its output; let it write to a file$/) });
  });
});

describe('an end before its time', () => {
  const started = (cwd: string) => path.join(cwd, 'started');
  // Renamed into place: a file that is there but empty would read as 0, which is the process group of the tests.
  const NOTE = 'require("fs").writeFileSync("starting", String(process.pid)); require("fs").renameSync("starting", "started");';
  const WAIT = 'setInterval(() => {}, 1000);';
  const pidIn = (cwd: string) => Number(fs.readFileSync(started(cwd), 'utf8'));

  test('comes with the abort, whose reason is the failure; the program is asked first', async () => {
    const controller = new AbortController();
    const { node, cwd, clock } = shell(controller.signal);
    const failing = failureOf(node(`process.on("SIGTERM", () => { require("fs").writeFileSync("asked", ""); process.exit(0); }); ${NOTE} ${WAIT}`));
    await appears(started(cwd));
    const reason = new Error('the stage stops');
    controller.abort(reason);
    expect(await failing).toBe(reason);
    expect(fs.existsSync(path.join(cwd, 'asked'))).toBe(true);
    await gone(pidIn(cwd));
    expect(clock.pending).toBe(0);
  });

  test('comes 2 s later for a program that does not listen', async () => {
    const controller = new AbortController();
    const { node, cwd, clock } = shell(controller.signal);
    const failing = failureOf(node(`process.on("SIGTERM", () => {}); ${NOTE} ${WAIT}`));
    await appears(started(cwd));
    const reason = new Error('the stage stops');
    controller.abort(reason);
    clock.advance(1_999);
    expect(fs.existsSync(`/proc/${pidIn(cwd)}`)).toBe(true);
    clock.advance(1);
    expect(await failing).toBe(reason);
    await gone(pidIn(cwd));
  });

  test('comes for what the program has started as well, also when that does not listen', async () => {
    const controller = new AbortController();
    const { node, cwd } = shell(controller.signal);
    const child = `process.on("SIGTERM", () => {}); ${NOTE} ${WAIT}`;
    const failing = failureOf(node(`require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "ignore" }); ${WAIT}`));
    await appears(started(cwd));
    controller.abort(new Error('the stage stops'));
    await failing;
    await gone(pidIn(cwd));
  });

  test('does not wait for what has left the group of the program and holds its output', async () => {
    const controller = new AbortController();
    const { node, cwd, clock } = shell(controller.signal);
    const daemon = `${NOTE} ${WAIT}`;
    const failing = failureOf(node(`require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(daemon)}], { stdio: "inherit", detached: true }); ${WAIT}`));
    await appears(started(cwd));
    const reason = new Error('the stage stops');
    controller.abort(reason);
    clock.advance(2_000);
    expect(await failing).toBe(reason);
    process.kill(pidIn(cwd), 'SIGKILL');
  });

  test('comes with a time-out of its own, which is tried again', async () => {
    const { node, cwd, clock } = shell();
    const failing = failureOf(node(`process.stderr.write("half way\\n", () => { ${NOTE} }); ${WAIT}`, { timeout: '30s' }));
    await appears(started(cwd));
    clock.advance(30_000);
    const error = await failing;
    expect(error).toMatchObject({ name: 'ExecError', code: 'ETIMEDOUT', message: expect.stringMatching(/ took longer than 30s$/) });
    expect(classify(error, NOW)).toEqual({ class: 'transient' });
    expect(clock.pending).toBe(0);
  });

  test('before the beginning: nothing is started', async () => {
    const reason = new Error('the stage stops');
    const { node, cwd } = shell(AbortSignal.abort(reason));
    expect(await failureOf(node(NOTE) as Promise<unknown>)).toBe(reason);
    expect(fs.readdirSync(cwd)).toEqual([]);
  });

  test('is no time-out that is no duration', async () => {
    await expect(shell().node('1', { timeout: 'soon' })).rejects.toThrow('ctx.exec: the timeout "soon" is no duration');
    await expect(shell().node('1', { timeout: 0 })).rejects.toThrow('ctx.exec: the timeout "0" is no duration');
  });
});

test('ctx.exec stops with its attempt, which is nobody’s fault', async () => {
  const code = 'require("fs").writeFileSync("started", ""); setInterval(() => {}, 1000);';
  const at = handlersIn({ 'handlers/job.ts': handlerOf(`await ctx.exec(process.execPath, ["-e", ${JSON.stringify(code)}]);`) }, { work: [] });
  await at.prepare('work');
  const controller = new AbortController();
  const running = at.run('work', {}, () => controller.signal);
  await appears(path.join(at.root, 'started'));
  controller.abort(new Error('the stage stops'));
  expect((await running).outcome).toEqual({ kind: 'interrupted' });
});
