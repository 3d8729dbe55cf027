/** The audit of what operators sent, and what became of it. */
import type { Handle } from './open.ts';
import type { CommandRow } from './types.ts';

const COLUMNS = 'id, at, who, command, state, answer, seq';

export function commandsIn(db: Handle) {
  const prepared = {
    save: db.prepare<unknown[]>(
      `INSERT INTO command (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET state = excluded.state, answer = excluded.answer, seq = excluded.seq WHERE state = 'pending'`,
    ),
    byId: db.prepare<[string], CommandRow>(`SELECT ${COLUMNS} FROM command WHERE id = ?`),
    pending: db.prepare<[], CommandRow>(`SELECT ${COLUMNS} FROM command WHERE state = 'pending' ORDER BY at, id`),
  };

  return {
    /** A command that has its answer keeps it: the same id again changes nothing. */
    save({ id, at, who, command, state, answer, seq }: CommandRow): void {
      prepared.save.run(id, at, who, command, state, answer, seq);
    },
    byId: (id: string): CommandRow | undefined => prepared.byId.get(id),
    /** Given while no runner lived, in the order in which they were given. */
    pending: (): CommandRow[] => prepared.pending.all(),
  };
}
