/** What the operator was told, what waits, and what failed. Reads only. */
import type { Database } from 'better-sqlite3';
import type { UndeliveredView } from '../../inspector/protocol.ts';
import { INCIDENT, NOTIFICATION, type IncidentRow, type NotificationRow } from './notices.ts';
import { preparedFor } from './prepared.ts';

export type NoticesView = { incidents: IncidentRow[]; notifications: NotificationRow[] };
const statements = preparedFor((db) => ({
  incidents: db.prepare<[number], Omit<IncidentRow, 'jobs'> & { jobs: string }>(`SELECT ${INCIDENT} FROM incident ORDER BY opened_at DESC, id LIMIT ?`),
  notifications: db.prepare<[number], NotificationRow>(`SELECT ${NOTIFICATION} FROM notification ORDER BY written_at DESC, id LIMIT ?`),
  undelivered: db.prepare<[number], UndeliveredView>(
    `SELECT target, sum(state = 'waiting') AS waiting, sum(state = 'failed') AS failed, max(reason) AS reason, min(iif(state = 'waiting', due_at, NULL)) AS nextAt
       FROM notification WHERE (state = 'waiting' AND tries > 0) OR (state = 'failed' AND done_at > ?) GROUP BY target ORDER BY target`,
  ),
}));

/** The newest first. */
export function readNotices(db: Database, limit: number): NoticesView {
  const { incidents, notifications } = statements(db);
  return { incidents: incidents.all(limit).map(({ jobs, ...row }) => ({ ...row, jobs: JSON.parse(jobs) as string[] })), notifications: notifications.all(limit) };
}

/** By target; those given up since a time (ms since the epoch). */
export const readUndelivered = (db: Database, since: number): UndeliveredView[] => statements(db).undelivered.all(since);
