/** What a replay reads: actors with their stored snapshot, and their journal. */
import type { Handle } from './open.ts';

export type StoredActor = { path: string; src: string; seq: number; snapshot: string };

export const storedActors = (db: Handle, path?: string): StoredActor[] =>
  db.prepare<[string | null, string | null], StoredActor>('SELECT path, src, seq, snapshot FROM actor WHERE ? IS NULL OR path = ? ORDER BY path').all(path ?? null, path ?? null);

/** The journal of an actor up to the entry that its snapshot holds. */
export const journalOf = (db: Handle, path: string, upTo: number): { seq: number; event: string }[] =>
  db.prepare<[string, number], { seq: number; event: string }>('SELECT seq, event FROM journal WHERE path = ? AND seq <= ? ORDER BY seq').all(path, upTo);
