/** `ctx.exec`: runs a program, without a shell. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import fs from 'node:fs';
import type { Clock } from '../actors/ports.ts';
import { formatDuration, parseDuration } from './config/units.ts';

const MAX_BYTES = 20 * 2 ** 20;
const TAIL_CHARS = 2000;
/** Between asking a program to end and ending it. */
const GRACE_MS = 2000;
/** Gone already; or it has become another user's, and can only be left alone. */
const NOT_OURS = new Set<unknown>(['ESRCH', 'EPERM']);

export type ExecOptions = {
  /** ms or `30s`; without it, only the time-out of the stage applies. */
  timeout?: number | string;
  /** For its standard input. */
  input?: string | Uint8Array;
  cwd?: string;
  /** Added to the environment that Rivus has. */
  env?: Readonly<Record<string, string>>;
};

/** Resolves to what the program wrote (UTF-8, at most 20 MB each). Rejects with `ExecError`, or with the reason of the signal. */
export type Exec = (file: string, args?: readonly string[], options?: ExecOptions) => Promise<{ stdout: string; stderr: string }>;

/**
 * The program could not be started (`code` as of the operating system, such as ENOENT), was ended (`signal`), or did not
 * end with 0 (`exitCode`). `stderr` is the end of what it wrote there.
 */
export class ExecError extends Error {
  override name = 'ExecError';
  readonly code: string | undefined;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stderr: string;
  constructor(message: string, facts: { code?: string; exitCode?: number; signal?: string; stderr?: string }, cause?: unknown) {
    super(message, { cause });
    this.code = facts.code;
    this.exitCode = facts.exitCode;
    this.signal = facts.signal;
    this.stderr = facts.stderr ?? '';
  }
}

type World = { clock: Clock; signal(): AbortSignal; env: Readonly<Record<string, string | undefined>>; cwd: string };

export function createExec(world: World): Exec {
  return async (file, args = [], options = {}) => {
    const signal = world.signal();
    signal.throwIfAborted();
    const timeoutMs = durationOf(options.timeout);
    const cwd = options.cwd ?? world.cwd;
    // A group of its own, so that what the program starts ends with it.
    const child = spawn(file, [...args], { cwd, env: { ...world.env, ...options.env }, stdio: 'pipe', detached: true });
    const program = new Program(child, { file, cwd, input: options.input, clock: world.clock });
    const onAbort = () => program.end(signal.reason);
    const onTimeout = () => program.end(new ExecError(`${file} took longer than ${formatDuration(timeoutMs!)}`, { code: 'ETIMEDOUT', stderr: program.lastWords }));
    signal.addEventListener('abort', onAbort);
    const timer = timeoutMs === undefined ? undefined : world.clock.setTimeout(onTimeout, timeoutMs);
    try {
      return await program.output;
    } finally {
      signal.removeEventListener('abort', onAbort);
      world.clock.clearTimeout(timer);
    }
  };
}

/** One program, from its start to its end. */
class Program {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly file: string;
  private readonly clock: Clock;
  private readonly stdout: () => string;
  private readonly stderr: () => string;
  private readonly settled = Promise.withResolvers<{ stdout: string; stderr: string }>();
  /** Why it was told to end. */
  private reason: unknown;
  private grace: unknown;

  constructor(child: ChildProcessWithoutNullStreams, { file, cwd, input, clock }: { file: string; cwd: string; input: ExecOptions['input']; clock: Clock }) {
    this.child = child;
    this.file = file;
    this.clock = clock;
    this.stdout = this.collect(child.stdout, 'its output');
    this.stderr = this.collect(child.stderr, 'stderr');
    child.on('error', (cause: NodeJS.ErrnoException) => this.settled.reject(notStarted(file, cwd, cause)));
    child.on('close', (exitCode, killedBy) => this.closed(exitCode, killedBy));
    // A program that does not read its input closes it; that is no error of ours.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  }

  get output(): Promise<{ stdout: string; stderr: string }> {
    return this.settled.promise;
  }

  get lastWords(): string {
    return this.stderr().trim().slice(-TAIL_CHARS);
  }

  /** Asks it to end, and ends it when it does not; `output` rejects with the first reason. */
  end(reason: unknown): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    killGroup(this.child.pid, 'SIGTERM');
    this.grace = this.clock.setTimeout(() => this.giveUp(), GRACE_MS);
  }

  /** Whatever still lives in its group ends. What has left the group may go on, and hold the pipes: nobody waits for it. */
  private giveUp(): void {
    this.clock.clearTimeout(this.grace);
    killGroup(this.child.pid, 'SIGKILL');
    this.child.stdout.destroy();
    this.child.stderr.destroy();
    this.settled.reject(this.reason);
  }

  private closed(exitCode: number | null, killedBy: NodeJS.Signals | null): void {
    if (this.reason !== undefined) return this.giveUp();
    if (exitCode === 0) return this.settled.resolve({ stdout: this.stdout(), stderr: this.stderr() });
    const { file, lastWords: stderr } = this;
    const how = exitCode === null ? `was ended by ${killedBy}` : `ended with ${exitCode}`;
    this.settled.reject(new ExecError(`${file} ${how}${stderr && `: ${stderr}`}`, { ...(exitCode !== null && { exitCode }), ...(killedBy && { signal: killedBy }), stderr }));
  }

  private collect(stream: NodeJS.ReadableStream, what: string): () => string {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BYTES) chunks.push(chunk);
      else this.end(new ExecError(`${this.file} wrote more than ${MAX_BYTES / 2 ** 20} MB to ${what}; let it write to a file`, {}));
    });
    return () => Buffer.concat(chunks).toString('utf8');
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    if (!NOT_OURS.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}

function notStarted(file: string, cwd: string, cause: NodeJS.ErrnoException): ExecError {
  return new ExecError(`${file} could not be started: ${whyNot(cwd, cause)}`, { ...(cause.code && { code: cause.code }) }, cause);
}

/** The operating system says ENOENT of the program and of the folder alike. */
function whyNot(cwd: string, { code, message }: NodeJS.ErrnoException): string {
  if (code !== 'ENOENT') return message;
  if (!fs.existsSync(cwd)) return `there is no folder ${cwd} to start it in`;
  return 'there is no such program; install it, or name it under `requires: { bin: […] }` of the job';
}

function durationOf(timeout: number | string | undefined): number | undefined {
  const ms = typeof timeout === 'string' ? parseDuration(timeout) : timeout;
  if (timeout !== undefined && !(ms !== undefined && ms > 0)) throw new TypeError(`ctx.exec: the timeout "${timeout}" is no duration; give ms, or text such as "30s"`);
  return ms;
}
