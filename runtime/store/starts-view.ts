/** When runners began. Reads only. */
import type { Database } from 'better-sqlite3';
import { preparedFor } from './prepared.ts';

/** A runner tells its root so much before a start is looked for no further. */
const LOOKED_THROUGH = 5_000;

const statements = preparedFor((db) => ({
  // The root is the first to hear of a start. Where its journal was cut off, it begins in a state that it had.
  start: db.prepare<[number, number], number>(
    `SELECT at FROM (SELECT at, seq, type, event FROM journal WHERE path = 'supervisor' AND seq <= ? ORDER BY seq DESC LIMIT ?)
      WHERE type = 'actor.restored' OR (type = 'xstate.init' AND event ->> '$.input.resumed' IS NULL) ORDER BY seq DESC LIMIT 1`,
  ).pluck(),
}));

/** When the runner had begun that ran at an entry of the journal (ms since the epoch); undefined where that is kept no longer. */
export const readStart = (db: Database, seq: number): number | undefined => statements(db).start.get(seq, LOOKED_THROUGH);
