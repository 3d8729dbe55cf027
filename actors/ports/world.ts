/** The outer world of every actor: time, chance, and the terminal. */

export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** ms from an arbitrary point, never set back: for durations. */
  monotonic(): number;
  /** Runs `run` in the next turn of the event loop. */
  defer(run: () => void): void;
  /** Like the global one, but for any delay: a wait above 2^31-1 ms is split. */
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /** A number in [0, 1). */
  random(): number;
}

/** One line for the operator; `facts` are JSON. */
export type Log = Record<'debug' | 'info' | 'warn' | 'error', (message: string, facts?: Record<string, unknown>) => void>;
