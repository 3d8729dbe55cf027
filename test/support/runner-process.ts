/** The runner as its user starts it: a process of its own in a folder of its own. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { projectRoot } from './project-files.ts';
import { expectReplays } from './replays.ts';

/** A runner that was started, with every line that it says. */
export class RunnerProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly dataDir: string;
  readonly lines: string[] = [];
  private readonly hearers = new Set<() => void>();
  private over = false;

  /** @param folder holds jobs.yaml; data goes to `data` in it. `port`: any free one; null says none */
  constructor(folder: string, { args = [], env = {}, port = '0' }: { args?: string[]; env?: Record<string, string>; port?: string | null } = {}) {
    this.dataDir = path.join(folder, 'data');
    const argv = [path.join(projectRoot, 'runtime/start.js'), '--config', path.join(folder, 'jobs.yaml'), ...(port === null ? [] : ['--port', port]), ...args];
    this.child = spawn(process.execPath, argv, { env: { ...process.env, NO_COLOR: '1', ...env } });
    const hear = (line: string) => {
      this.lines.push(line);
      for (const hearer of this.hearers) hearer();
    };
    createInterface({ input: this.child.stderr }).on('line', hear);
    createInterface({ input: this.child.stdout }).on('line', hear);
    this.child.once('close', () => {
      this.over = true;
      for (const hearer of this.hearers) hearer();
    });
    onTestFinished(async () => {
      await this.killed();
      expectReplays(this.dataDir);
    });
  }

  /** Waits for a line; rejects with all that was said when the process ends without it. */
  said(what: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const line = this.lines.find((one) => what.test(one));
        if (line === undefined && !this.over) return;
        this.hearers.delete(look);
        if (line === undefined) reject(new Error(`it ended without saying ${what}:\n${this.lines.join('\n')}`));
        else resolve(line);
      };
      this.hearers.add(look);
      look();
    });
  }

  /** @returns the exit code, or null when a signal ended it */
  async ended(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const [code] = (await once(this.child, 'exit')) as [number | null];
    return code;
  }

  private async killed(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended();
  }
}
