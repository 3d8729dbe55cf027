/** What the doctor knows and did, as the operator sees it. Reads only. */
import type { Database } from 'better-sqlite3';
import type { DoctorAction, ErrorClass } from '../../actors/ports.ts';
import { ACTION, type VerdictRow } from './doctor.ts';
import { preparedFor } from './prepared.ts';
import { DEAD, FAILED } from './states.ts';

/** `verdict`: what a model or an operator has said of the kind; `jobs`: where it was met, with tasks that it failed. */
export type KindView = {
  fingerprint: string;
  name: string;
  message: string;
  class: ErrorClass;
  by: string;
  rule: string | null;
  confidence: number;
  n: number;
  firstAt: number;
  lastAt: number;
  verdict?: Pick<VerdictRow, 'class' | 'by' | 'reason' | 'model' | 'costMicroUsd' | 'ms'>;
  jobs: { job: string; attempts: number; items: number; failed: number }[];
};

const KIND = 'fingerprint, name, message, class, decided_by AS "by", rule, confidence, n, first_at AS firstAt, last_at AS lastAt';

const statements = preparedFor((db) => ({
  kinds: db.prepare<[number], Omit<KindView, 'jobs'>>(`SELECT ${KIND} FROM fingerprint ORDER BY last_at DESC LIMIT ?`),
  kind: db.prepare<[string], Omit<KindView, 'jobs'>>(`SELECT ${KIND} FROM fingerprint WHERE fingerprint = ?`),
  verdict: db.prepare<[string], NonNullable<KindView['verdict']>>('SELECT class, decided_by AS "by", reason, model, cost_micro_usd AS costMicroUsd, ms FROM verdict WHERE fingerprint = ?'),
  // Of a task, its last attempt says why it failed.
  jobs: db.prepare<[string], KindView['jobs'][number]>(
    `SELECT stage.job, COUNT(*) AS attempts, COUNT(DISTINCT attempt.item_id) AS items,
            COUNT(DISTINCT iif(task.state IN (${FAILED}, ${DEAD}) AND task.lease = attempt.lease, task.item_id || ' ' || task.stage_id, NULL)) AS failed
       FROM attempt JOIN stage ON stage.id = attempt.stage_id JOIN task ON task.item_id = attempt.item_id AND task.stage_id = attempt.stage_id
      WHERE attempt.fingerprint = ? GROUP BY stage.job ORDER BY attempts DESC`,
  ),
  actions: db.prepare<[number], DoctorAction>(`SELECT ${ACTION} FROM doctor_action ORDER BY id DESC LIMIT ?`),
}));

/** Those that were met last come first. */
export const readKinds = (db: Database, limit: number): KindView[] => statements(db).kinds.all(limit).map((kind) => withMore(db, kind));

export function readKind(db: Database, fingerprint: string): KindView | undefined {
  const kind = statements(db).kind.get(fingerprint);
  return kind && withMore(db, kind);
}

/** The newest first. */
export const readActions = (db: Database, limit: number): DoctorAction[] => statements(db).actions.all(limit);

function withMore(db: Database, kind: Omit<KindView, 'jobs'>): KindView {
  const { verdict, jobs } = statements(db);
  const given = verdict.get(kind.fingerprint);
  return { ...kind, ...(given && { verdict: given }), jobs: jobs.all(kind.fingerprint) };
}
