/** Incidents and the messages about them. Who decides what is told keeps it in its own state; these rows are for whoever looks. */
import type { Risk } from '../../machines/incidents.ts';
import type { LetterKind } from '../../machines/notifier.ts';
import type { Handle } from './open.ts';

/** Times are ms since the epoch. */
export type IncidentRow = { id: string; group: string; risk: Risk; jobs: readonly string[]; cause: string; reason: string; openedAt: number; endedAt: number | null };
export type NotificationRow = {
  id: string; incident: string; target: string; kind: LetterKind; risk: Risk; state: 'waiting' | 'sent' | 'failed' | 'dropped'; tries: number;
  writtenAt: number; dueAt: number; doneAt: number | null; reason: string | null;
};
/** What joins a flush. */
export type Notice = { incident: IncidentRow } | { notification: NotificationRow };

export const INCIDENT = 'id, grp AS "group", risk, jobs, cause, reason, opened_at AS openedAt, ended_at AS endedAt';
export const NOTIFICATION = 'id, incident, target, kind, risk, state, tries, written_at AS writtenAt, due_at AS dueAt, done_at AS doneAt, reason';

const LONGEST = 1_000;

export function noticesIn(db: Handle) {
  const prepared = {
    incident: db.prepare(
      `INSERT INTO incident (id, grp, risk, jobs, cause, reason, opened_at, ended_at) VALUES (@id, @group, @risk, @jobs, @cause, @reason, @openedAt, @endedAt)
       ON CONFLICT DO UPDATE SET risk = excluded.risk, jobs = excluded.jobs, cause = excluded.cause, reason = excluded.reason, ended_at = excluded.ended_at`,
    ),
    notification: db.prepare(
      `INSERT INTO notification (id, incident, target, kind, risk, state, tries, written_at, due_at, done_at, reason)
       VALUES (@id, @incident, @target, @kind, @risk, @state, @tries, @writtenAt, @dueAt, @doneAt, @reason)
       ON CONFLICT DO UPDATE SET risk = excluded.risk, state = excluded.state, tries = excluded.tries, due_at = excluded.due_at, done_at = excluded.done_at, reason = excluded.reason`,
    ),
    open: db.prepare<[], Omit<IncidentRow, 'jobs'> & { jobs: string }>(`SELECT ${INCIDENT} FROM incident WHERE ended_at IS NULL`),
    waiting: db.prepare<[], NotificationRow>(`SELECT ${NOTIFICATION} FROM notification WHERE state = 'waiting'`),
  };

  return {
    note(notice: Notice): void {
      if ('incident' in notice) prepared.incident.run({ ...notice.incident, jobs: JSON.stringify(notice.incident.jobs), reason: notice.incident.reason.slice(0, LONGEST) });
      else prepared.notification.run({ ...notice.notification, reason: notice.notification.reason?.slice(0, LONGEST) ?? null });
    },
    /** Incidents that are not over, and messages that are not delivered. */
    open: () => ({ incidents: prepared.open.all().map(({ jobs, ...row }): IncidentRow => ({ ...row, jobs: JSON.parse(jobs) as string[] })), notifications: prepared.waiting.all() }),
  };
}
