/** Commands given while no runner lives: rows of the audit, which the next start applies in the order of `at`. */
import type { Database } from 'better-sqlite3';
import type { Command } from '../../inspector/protocol.ts';
import { preparedFor } from './prepared.ts';

const statements = preparedFor((db) => ({
  insert: db.prepare<[string, number, string, string]>(`INSERT INTO command (id, at, who, command, state) VALUES (?, ?, ?, ?, 'pending')`),
  latest: db.prepare<[], { at: number | null }>(`SELECT MAX(at) AS at FROM command WHERE state = 'pending'`),
}));

/** Durable when it returns. Two commands of the same millisecond keep their order, as the later one counts as later. */
export function storePending(db: Database, { id, at, who, command }: { id: string; at: number; who: string; command: Command }): void {
  const { insert, latest } = statements(db);
  db.transaction(() => insert.run(id, Math.max(at, (latest.get()!.at ?? 0) + 1), who, JSON.stringify(command))).immediate();
}
