/** Every event that an actor received, in the order in which the actors took them. */
import type { Handle } from './open.ts';
import type { JournalEntry } from './types.ts';

const COLUMNS = 'seq, at, path, type, event, source, cause, state';

export function journalIn(db: Handle) {
  const prepared = {
    append: db.prepare<unknown[]>(`INSERT INTO journal (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
    lastSeq: db.prepare<[], number>('SELECT ifnull(max(seq), 0) FROM journal').pluck(),
    range: db.prepare<[number, number, number], JournalEntry>(`SELECT ${COLUMNS} FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`),
    rangeOf: db.prepare<[string, number, number, number], JournalEntry>(`SELECT ${COLUMNS} FROM journal WHERE path = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`),
  };

  return {
    append({ seq, at, path, type, event, source, cause, state }: JournalEntry): void {
      prepared.append.run(seq, at, path, type, event, source, cause, state);
    },
    /** Of the newest entry; 0 when there is none. */
    lastSeq: (): number => prepared.lastSeq.get()!,
    /** Entries after `since` up to and with `until`, oldest first; of one actor when `path` is given. */
    read({ path, since = 0, until = Number.MAX_SAFE_INTEGER, limit = -1 }: { path?: string; since?: number; until?: number; limit?: number } = {}): JournalEntry[] {
      return path === undefined ? prepared.range.all(since, until, limit) : prepared.rangeOf.all(path, since, until, limit);
    },
  };
}
