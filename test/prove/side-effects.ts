/** The ledger that the handlers write, one line at each start: what happened outside, whatever the database says. */
import { closeSync, openSync, readSync, watch, type FSWatcher } from 'node:fs';
import type { Job } from './place.ts';

/** `origin`: when the process that ran it was started. Both times are ms since the epoch. */
export type Start = { at: number; origin: number; job: Job; key: string; stage: string; attempt: number; execution: string };

export class SideEffects {
  /** All so far, in the order in which they were written. */
  readonly starts: Start[] = [];
  private readonly file: number;
  private readonly watcher: FSWatcher;
  private readonly buffer = Buffer.alloc(64 * 1024);
  private readonly hearers = new Set<() => void>();
  private rest = '';

  constructor(file: string) {
    this.file = openSync(file, 'r');
    this.watcher = watch(file, () => this.read());
  }

  /** Reads what has been written since the last time. */
  read(): void {
    for (let n = this.fill(); n > 0; n = this.fill()) {
      const lines = (this.rest + this.buffer.toString('utf8', 0, n)).split('\n');
      this.rest = lines.pop()!;
      for (const line of lines) this.starts.push(JSON.parse(line) as Start);
    }
    for (const hearer of this.hearers) hearer();
  }

  private fill(): number {
    return readSync(this.file, this.buffer, 0, this.buffer.length, null);
  }

  /** Resolves when there are `total` lines; never, if they do not come. */
  reached(total: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.starts.length < total) return;
        this.hearers.delete(look);
        resolve();
      };
      this.hearers.add(look);
      look();
    });
  }

  close(): void {
    this.watcher.close();
    this.hearers.clear();
    closeSync(this.file);
  }
}
