/** The actors' snapshots, a row each: what they know of themselves when the runner starts again. */
import type { Handle } from './open.ts';
import type { ActorRow, StoredActorRow } from './types.ts';

/** Of a row whose snapshot can be looked at. A damaged one stands where it stood until the next start puts it aside. */
export const READABLE = `CASE WHEN json_valid(snapshot) THEN json_type(snapshot, '$.context') END = 'object'`;

export function actorsIn(db: Handle) {
  const prepared = {
    save: db.prepare<unknown[]>(
      `INSERT INTO actor (path, parent, id, src, version, seq, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET parent = excluded.parent, id = excluded.id, src = excluded.src, version = excluded.version, seq = excluded.seq, snapshot = excluded.snapshot`,
    ),
    // A subtree is a range of the key: '0' follows '/'.
    remove: db.prepare<[{ path: string }]>(`DELETE FROM actor WHERE path = @path OR (path > @path || '/' AND path < @path || '0')`),
    all: db.prepare<[], ActorRow & { mark: string | null; journaled: number }>(
      `SELECT actor.path, actor.parent, actor.id, actor.src, actor.version, actor.seq, actor.snapshot, journal.state AS mark, journal.seq IS NOT NULL AS journaled
         FROM actor LEFT JOIN journal ON journal.seq = actor.seq AND journal.path = actor.path ORDER BY actor.path`,
    ),
    removeOne: db.prepare<[string]>('DELETE FROM actor WHERE path = ?'),
    putAside: db.prepare<unknown[]>('INSERT INTO actor_quarantine (at, path, reason, version, snapshot) VALUES (?, ?, ?, ?, ?)'),
  };

  return {
    save({ path, parent, id, src, version, seq, snapshot }: ActorRow): void {
      prepared.save.run(path, parent, id, src, version, seq, snapshot);
    },
    /** With all below it. */
    remove: (path: string): void => void prepared.remove.run({ path }),
    all: (): StoredActorRow[] => prepared.all.all().map(({ journaled, mark, ...row }) => ({ ...row, mark: journaled === 1 ? mark : undefined })),
    /** Keeps a snapshot that cannot be used, out of the way, with the reason. `at` in ms since the epoch. */
    putAside: db.transaction(({ path, version, snapshot }: ActorRow, reason: string, at: number): void => {
      prepared.putAside.run(at, path, reason, version, snapshot);
      prepared.removeOne.run(path);
    }).immediate,
  };
}
