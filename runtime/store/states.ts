/** Task states as the numbers that stand in the rows. */
import { TASK_STATES } from './types.ts';

export const BLOCKED = 0;
export const READY = 1;
export const WAITING = 2;
export const RUNNING = 3;
export const DONE = 4;
export const SKIPPED = 5;
export const REJECTED = 6;
export const FAILED = 7;
export const DEAD = 8;

/** Index into `TASK_STATES`. */
export type StateNumber = typeof BLOCKED | typeof READY | typeof WAITING | typeof RUNNING | typeof DONE | typeof SKIPPED | typeof REJECTED | typeof FAILED | typeof DEAD;

export const STATE_COUNT = TASK_STATES.length;

/** What satisfies the stages that need this one. */
export const satisfies = (state: StateNumber): boolean => state === DONE || state === SKIPPED;

/** Claim order: what is tried again, or was delayed, goes first. */
export const RETRY_LANE = 0;
export const NORMAL_LANE = 1;
