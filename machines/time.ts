/** Machines have no clock: time is `event.at`. */

/** Every event carries its time in ms since the epoch; the recorder stamps XState's own events too. */
export type Stamped = { at: number };

/** When an event happened. The init event carries its time in the machine's input. */
export const timeOf = (event: { at?: number; input?: { at?: number } } | { type: string }): number =>
  ('at' in event ? event.at : (event as { input?: { at?: number } }).input?.at)!;
