/**
 * A command line in a child process of its own. A stage that is tried may block its process for ever, leak, or end it; Ctrl-C and the
 * time-out must work all the same, and be said.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { formatDuration } from '../config/units.ts';
import type { Desk } from './desk.ts';
import { EXIT, Failure, type ExitCode } from './failure.ts';

/** Names the folder for what the child writes, and so tells the child that it is one. */
const FOLDER = 'RIVUS_TRYING_IN';
/** So long may what was told to end go on. */
const PATIENCE_MS = 1_000;

/** What the child says at its end. */
type LastWords = { keep: boolean };

/** Runs this command line again, in a child. `timeoutMs`: after that, and a little more, the child is ended. */
export async function inChild({ clock }: Desk, timeoutMs: number): Promise<ExitCode> {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'rivus-try-')));
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: { ...process.env, [FOLDER]: folder } });
  let why: string | undefined;
  let words: LastWords | undefined;
  const end = (reason: string) => {
    why ??= reason;
    child.kill('SIGKILL');
  };
  const timers = [clock.setTimeout(() => end(`the stage has blocked its process for longer than its time-out of ${formatDuration(timeoutMs)}`), timeoutMs + 2 * PATIENCE_MS)];
  const interrupt = () => {
    child.kill('SIGINT');
    timers.push(clock.setTimeout(() => end('interrupted; the stage was blocking its process'), PATIENCE_MS));
  };
  process.on('SIGINT', interrupt);
  child.on('message', (message) => {
    words = message as LastWords;
    // Whatever the code has left behind at its top level.
    timers.push(clock.setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS));
  });
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  for (const timer of timers) clock.clearTimeout(timer);
  process.off('SIGINT', interrupt);
  if (!words?.keep) fs.rmSync(folder, { recursive: true, force: true });
  if (words) return (code ?? EXIT.failed) as ExitCode;
  const hint = why === undefined ? 'in the runner that would end everything' : 'in the runner nothing else would go on meanwhile';
  throw new Failure(EXIT.failed, 'ended', why ?? `the stage has ended its process (${code === null ? child.signalCode : `exit code ${code}`})`, { hint: `${hint}; \`isolate: thread\` contains it` });
}

/** The folder that the child was given; undefined in the parent. */
export const childFolder = (): string | undefined => process.env[FOLDER];

/** For the child: what it has printed stands, and its parent knows it. `keep`: there is something in its folder for people. */
export async function sayLast(words: LastWords): Promise<void> {
  await new Promise((resolve) => process.send!(words, undefined, undefined, resolve));
  process.disconnect();
}

/** Aborted by Ctrl-C, and by the end of the parent. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort(new DOMException('interrupted', 'AbortError'));
  process.on('SIGINT', abort);
  process.once('disconnect', abort);
  return controller.signal;
}
