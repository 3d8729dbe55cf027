/** One life of the runner: the process as its user starts it, from its start to its end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Place } from './place.ts';

const START = fileURLToPath(new URL('../../runtime/start.js', import.meta.url));
/** What is said when the runner answers. */
const READY = /Rivus runs/;

export type LifeOptions = {
  /** A module that is loaded before the runner: how a control breaks it. */
  preload?: string;
  env?: Record<string, string>;
  /** For the runner. */
  args?: readonly string[];
  /** A program that starts it, with its arguments. */
  under?: readonly string[];
};
export type Ending = { code: number | null; signal: NodeJS.Signals | null };

export class Life {
  /** ms since the epoch. */
  readonly startedAt = Date.now();
  readonly lines: string[] = [];
  /** It answers, or has ended. */
  readonly ready: Promise<void>;
  readonly ended: Promise<Ending>;
  /** When it was killed, if it was. */
  killedAt: number | undefined;
  isOver = false;
  private readonly child: ChildProcess;
  private readonly dataDir: string;

  constructor({ config, dataDir, ledger }: Place, { preload, env = {}, args = [], under = [] }: LifeOptions = {}) {
    this.dataDir = dataDir;
    const node = [process.execPath, ...(preload === undefined ? [] : ['--import', preload]), START, '--config', config, '--port', '0', ...args];
    const [program, ...argv] = [...under, ...node];
    this.child = spawn(program!, argv, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NO_COLOR: '1', RIVUS_PROVE_LEDGER: ledger, ...env } });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        this.isOver = true;
        resolve({ code, signal });
      });
    });
    const said = new Promise<void>((resolve) => {
      createInterface({ input: this.child.stderr! }).on('line', (line) => {
        this.lines.push(line);
        if (READY.test(line)) resolve();
      });
    });
    this.ready = Promise.race([said, this.ended.then(() => {})]);
  }

  /** Where it answers, and what opens it; undefined when it ended before. */
  address(): { url: string; token: string } | undefined {
    if (this.isOver || !this.lines.some((line) => READY.test(line))) return undefined;
    const { url } = JSON.parse(readFileSync(path.join(this.dataDir, 'runner.json'), 'utf8')) as { url: string };
    return { url, token: readFileSync(path.join(this.dataDir, 'runner.token'), 'utf8').trim() };
  }

  /** As `kill -9` does. Does nothing when it has ended already. */
  kill(): void {
    if (!this.isOver && this.child.kill('SIGKILL')) this.killedAt ??= Date.now();
  }

  /** SIGSTOP, SIGCONT and the like. */
  signal(name: NodeJS.Signals): void {
    if (!this.isOver) this.child.kill(name);
  }

  get pid(): number {
    return this.child.pid!;
  }

  async stop(): Promise<Ending> {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}
