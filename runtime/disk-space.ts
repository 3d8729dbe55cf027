/**
 * Whether the disk of the data folder takes more. When a write has said that it does not, nothing new starts; what runs
 * ends, commands and reads go on, and a second after enough is free again, so does the work.
 *
 *   roomy ── a write finds the disk full ──▶ full: the ballast is given up ── enough is free ──▶ roomy: a new ballast
 *
 * The ballast is a file that is only there to be removed: what it leaves free stores the results of what still runs, and
 * lets an operator pause, add and stop while the disk is full.
 */
import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Clock, Log } from '../actors/ports.ts';

const MIB = 2 ** 20;
/** As much as the WAL grows by between two checkpoints: with less, the next flushes would find it full again. */
const ENOUGH_BYTES = 16 * MIB;
const BALLAST_BYTES = 4 * MIB;
const BALLAST = 'ballast';
const LOOK_MS = 1_000;
/** Runs of seconds leave no ballast behind. */
const BALLAST_AFTER_MS = 10_000;
/** Near the limit it may come and go: not each time is worth a line. */
const SAY_AGAIN_MS = 60_000;

const FULL_CODES = new Set<unknown>(['ENOSPC', 'EDQUOT']);

/** Thrown instead of ENOSPC where a handler wrote: the attempt is not to blame, and runs again. */
export class DiskFull extends Error {
  override name = 'DiskFull';
  readonly code = 'ENOSPC';
}

/** What `GroupCommit` asks of it. */
export interface Space {
  readonly isFull: boolean;
  /** A write has found it full. Answers whether a part of the disk was given up, so that the write may be tried again at once. */
  full(code: string, needed?: number): boolean;
  /** `then` is called each time that there is room again. */
  onRoom(then: () => void): void;
}

export class DiskSpace implements Space {
  /** Since when it is full, ms since the epoch. */
  since: number | undefined;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly dataDir: string;
  private readonly waiting: (() => void)[] = [];
  private readonly warned: (() => void)[] = [];
  private needed = ENOUGH_BYTES;
  private saidAt = -Infinity;
  private saidFull = false;
  private timer: unknown;

  private readonly freeBytes: () => number;

  constructor({ clock, log, dataDir, freeBytes = () => freeIn(dataDir) }: { clock: Clock; log: Log; dataDir: string; freeBytes?: () => number }) {
    this.clock = clock;
    this.log = log;
    this.dataDir = dataDir;
    this.freeBytes = freeBytes;
    this.timer = clock.setTimeout(() => this.layBallast(), BALLAST_AFTER_MS);
  }

  get isFull(): boolean {
    return this.since !== undefined;
  }

  /** Why nothing starts; undefined while there is room. */
  get reason(): string | undefined {
    return this.isFull ? `the disk of ${this.dataDir} is full: work goes on by itself when ${Math.ceil(this.needed / MIB)} MB are free` : undefined;
  }

  onRoom(then: () => void): void {
    this.waiting.push(then);
  }

  /** `then` is called each time that it is found full. */
  onFull(then: () => void): void {
    this.warned.push(then);
  }

  full(code: string, needed = 0): boolean {
    this.needed = Math.max(this.isFull ? this.needed : ENOUGH_BYTES, needed + ENOUGH_BYTES);
    if (this.isFull) return false;
    this.since = this.clock.now();
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(() => this.look(), LOOK_MS);
    this.saidFull = this.clock.monotonic() - this.saidAt > SAY_AGAIN_MS;
    if (this.saidFull) this.log.error(`${this.reason}. Until then nothing new starts; what runs ends, and what is asked is answered`, { code });
    this.saidAt = this.clock.monotonic();
    for (const then of this.warned) then();
    return this.dropBallast();
  }

  /** Runs `write`; where the disk is too full for it, throws `DiskFull` instead of what the system says. */
  async guard<T>(write: () => Promise<T>, bytes: number): Promise<T> {
    try {
      return await write();
    } catch (cause) {
      if (!FULL_CODES.has((cause as NodeJS.ErrnoException).code)) throw cause;
      this.full((cause as NodeJS.ErrnoException).code!, bytes);
      throw new DiskFull(`the disk of ${this.dataDir} is full`, { cause });
    }
  }

  close(): void {
    this.clock.clearTimeout(this.timer);
  }

  private look(): void {
    if (this.freeBytes() < this.needed) {
      this.timer = this.clock.setTimeout(() => this.look(), LOOK_MS);
      return;
    }
    const seconds = Math.round((this.clock.now() - this.since!) / 1000);
    this.since = undefined;
    if (this.saidFull) this.log.info(`the disk has room again after ${seconds} s: work goes on`);
    this.layBallast();
    for (const then of this.waiting) then();
  }

  /** When there is room for it beside all else. */
  private layBallast(): void {
    const file = path.join(this.dataDir, BALLAST);
    if (fs.existsSync(file) || this.freeBytes() < ENOUGH_BYTES + BALLAST_BYTES) return;
    // By chance, for some file systems keep nothing of a file of zeros. A ballast that is not whole is one all the same.
    fs.writeFile(file, randomFillSync(Buffer.alloc(BALLAST_BYTES)), { mode: 0o600 }, () => {});
  }

  private dropBallast(): boolean {
    try {
      fs.unlinkSync(path.join(this.dataDir, BALLAST));
      return true;
    } catch {
      return false; // There is none, or the disk does not even take that.
    }
  }
}

/** What a user who is not root may write; a disk that does not say counts as free. */
function freeIn(dataDir: string): number {
  try {
    const { bavail, bsize } = fs.statfsSync(dataDir);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
