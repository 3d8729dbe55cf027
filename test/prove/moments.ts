/** When the runner is killed. */
import os from 'node:os';
import type { Witness } from './campaign.ts';

/** Share of the kills that may come before it answers: while it boots, sweeps, restores. */
const EARLY = 0.08;
const BOOT_MS = 600;
/** When nothing starts, because all is paused; on a crowded machine it takes so much longer before anything does. */
const LONGEST_MS = 1_500;
const JITTER_MS = 15;

/** Any time: mostly in the middle of its work, sometimes before it has begun. */
export async function atRandom({ n, ready, starts, pace }: Witness): Promise<void> {
  if (n > 0 && Math.random() < EARLY) return wait(Math.random() * BOOT_MS);
  await Promise.race([starts(upTo(2 * pace)), ready.then(() => wait(LONGEST_MS * crowd()))]);
  await wait(Math.random() * JITTER_MS);
}

/** Without a clock: at some handler's start, or some acknowledgement, whichever comes first. */
export const atEvents = ({ starts, acknowledged, pace }: Witness): Promise<void> => Promise.race([starts(upTo(2 * pace)), acknowledged(upTo(40))]);

/** `ms` after it has begun to answer. */
export const after = (ms: number) => async ({ ready }: Witness): Promise<void> => {
  await ready;
  await wait(ms);
};

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** 1 to `most`. */
const upTo = (most: number): number => 1 + Math.floor(Math.random() * most);

/** Processes that want to run, for each core. */
const crowd = (): number => Math.max(1, os.loadavg()[0]! / os.availableParallelism());
