/** How a parent restarts children that died: one for one, with back-off, and not for ever. Shared by supervisor and job. */

import { z } from 'zod';

/** More deaths than this within the window and a parent gives up on the child until somebody looks. */
export const INTENSITY = 5;
export const WINDOW_MS = 60_000;
const FIRST_WAIT_MS = 100;

export const restarts = z.strictObject({
  /** Ids of the children that should exist and do. */
  alive: z.array(z.string()),
  /** Ids of children that died and are to be started again. */
  down: z.array(z.string()),
  /** When children died, in ms since the epoch; only those within the window. */
  deaths: z.array(z.number()),
  /** When those that are down are started again. */
  restartAt: z.number(),
});
export type Restarts = z.infer<typeof restarts>;

export const none: Restarts = { alive: [], down: [], deaths: [], restartAt: 0 };

/** One more death: due again after a wait that doubles with each death in the window. */
export function died({ alive, down, deaths }: Restarts, id: string, at: number): Restarts {
  const recent = [...deaths.filter((death) => death > at - WINDOW_MS), at];
  return { alive: alive.filter((other) => other !== id), down: [...down.filter((other) => other !== id), id], deaths: recent, restartAt: at + FIRST_WAIT_MS * 2 ** (recent.length - 1) };
}

export const isTooMany = ({ deaths }: Restarts, at: number): boolean => deaths.filter((death) => death > at - WINDOW_MS).length >= INTENSITY;

/** Ids to start and to stop so that exactly `wanted` are alive. */
export const difference = ({ alive }: Restarts, wanted: readonly string[]) => ({
  start: wanted.filter((id) => !alive.includes(id)),
  stop: alive.filter((id) => !wanted.includes(id)),
});
