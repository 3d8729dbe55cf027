/** Keeps the rows in step with what the notifier knows: only what has changed is written. */
import type { Incident } from '../../machines/incidents.ts';
import type { Letter, NotifierEvent } from '../../machines/notifier.ts';
import type { IncidentRow, Notice, NotificationRow } from '../store/notices.ts';

export type Kept = { incidents: readonly Incident[]; letters: readonly Letter[]; failing: Readonly<Record<string, { reason: string }>> };
type Write = (notice: Notice) => void;

export class Records {
  private readonly incidents: Map<string, IncidentRow>;
  private readonly waiting: Map<string, NotificationRow>;
  private readonly write: Write;

  /** @param open the rows as they are at the start */
  constructor(open: { incidents: readonly IncidentRow[]; notifications: readonly NotificationRow[] }, write: Write) {
    this.incidents = new Map(open.incidents.map((row) => [row.id, row]));
    this.waiting = new Map(open.notifications.map((row) => [row.id, row]));
    this.write = write;
  }

  keep({ incidents, letters, failing }: Kept, event: NotifierEvent): void {
    for (const incident of incidents) if (incident.told.length > 0 || this.incidents.has(incident.id)) this.keepIncident(incident);
    for (const { id, ...row } of this.incidents.values()) if (!incidents.some((one) => one.id === id)) this.endIncident({ id, ...row }, event.at);
    for (const letter of letters) this.keepLetter(letter, failing[letter.target]?.reason ?? null, event);
    for (const row of this.waiting.values()) if (!letters.some(({ id }) => id === row.id)) this.endLetter(row, event);
  }

  private keepIncident({ id, group, risk, openedAt, troubles }: Incident): void {
    const [first] = troubles;
    const row: IncidentRow = { id, group, risk, jobs: [...new Set(troubles.map(({ job }) => job))], cause: first!.cause, reason: first!.reason, openedAt, endedAt: null };
    if (JSON.stringify(this.incidents.get(id)) === JSON.stringify(row)) return;
    this.incidents.set(id, row);
    this.write({ incident: row });
  }

  private endIncident(row: IncidentRow, at: number): void {
    this.incidents.delete(row.id);
    this.write({ incident: { ...row, endedAt: at } });
  }

  private keepLetter({ id, incident, target, kind, tries, dueAt }: Letter, reason: string | null, { at }: NotifierEvent): void {
    const before = this.waiting.get(id);
    const row: NotificationRow = {
      id, incident: incident.id, target, kind, risk: incident.risk, state: 'waiting', tries, writtenAt: before?.writtenAt ?? at, dueAt, doneAt: null, reason: tries > 0 ? reason : null,
    };
    if (JSON.stringify(before) === JSON.stringify(row)) return;
    this.waiting.set(id, row);
    this.write({ notification: row });
  }

  private endLetter(row: NotificationRow, event: NotifierEvent): void {
    this.waiting.delete(row.id);
    const { at } = event;
    if (event.type === 'message.delivered' && event.id === row.id) return this.write({ notification: { ...row, state: 'sent', tries: row.tries + 1, doneAt: at, reason: null } });
    if (event.type === 'message.failed' && event.id === row.id) return this.write({ notification: { ...row, state: 'failed', tries: row.tries + 1, doneAt: at, reason: event.reason } });
    this.write({ notification: { ...row, state: 'dropped', doneAt: at, reason: event.type === 'targets.changed' ? 'jobs.yaml has this target no more' : 'it was over before it could be told' } });
  }
}
