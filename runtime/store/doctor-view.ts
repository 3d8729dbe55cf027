/** What the doctor knows and did, as the operator sees it. Reads only. */
import type { Database } from 'better-sqlite3';
import type { DoctorAction, ErrorClass, Verdict } from '../../actors/ports.ts';
import { ACTION, type VerdictRow } from './doctor.ts';
import { preparedFor } from './prepared.ts';
import { DEAD, FAILED } from './states.ts';

/** `verdict`: what a model or an operator has said of the kind; `jobs`: where it was met, with tasks that it failed. */
export type KindView = {
  fingerprint: string;
  name: string;
  message: string;
  class: ErrorClass;
  by: Verdict['by'];
  rule: string | null;
  confidence: number;
  n: number;
  firstAt: number;
  lastAt: number;
  verdict?: Pick<VerdictRow, 'class' | 'by' | 'confidence' | 'reason' | 'model' | 'costMicroUsd' | 'ms'>;
  jobs: { job: string; attempts: number; items: number; failed: number }[];
};
/** What a model took for its verdicts: money in micro-dollars, of half and of nineteen of twenty of them at most. */
export type ModelView = { model: string; verdicts: number; costMicroUsd: { p50: number; p95: number }; ms: { p50: number; p95: number } };

export const KIND = 'fingerprint, name, message, class, decided_by AS "by", rule, confidence, n, first_at AS firstAt, last_at AS lastAt';

const statements = preparedFor((db) => ({
  kinds: db.prepare<[number], Omit<KindView, 'jobs'>>(`SELECT ${KIND} FROM fingerprint ORDER BY last_at DESC LIMIT ?`),
  kind: db.prepare<[string], Omit<KindView, 'jobs'>>(`SELECT ${KIND} FROM fingerprint WHERE fingerprint = ?`),
  verdict: db.prepare<[string], NonNullable<KindView['verdict']>>('SELECT class, decided_by AS "by", confidence, reason, model, cost_micro_usd AS costMicroUsd, ms FROM verdict WHERE fingerprint = ?'),
  // Of a task, its last attempt says why it failed.
  jobs: db.prepare<[string], KindView['jobs'][number]>(
    `SELECT stage.job, COUNT(*) AS attempts, COUNT(DISTINCT attempt.item_id) AS items,
            COUNT(DISTINCT iif(task.state IN (${FAILED}, ${DEAD}) AND task.lease = attempt.lease, task.item_id || ' ' || task.stage_id, NULL)) AS failed
       FROM attempt JOIN stage ON stage.id = attempt.stage_id JOIN task ON task.item_id = attempt.item_id AND task.stage_id = attempt.stage_id
      WHERE attempt.fingerprint = ? GROUP BY stage.job ORDER BY attempts DESC`,
  ),
  held: db.prepare<[string], string>(
    `SELECT DISTINCT hold.job FROM doctor_action JOIN hold ON hold.job = doctor_action.job AND hold.cause IN ('breaker', 'budget')
      WHERE doctor_action.fingerprint = ? AND doctor_action.action = 'pause_job' AND doctor_action.ended_at IS NULL ORDER BY hold.job`,
  ).pluck(),
  holding: db.prepare<[string], string>("SELECT fingerprint FROM doctor_action WHERE job = ? AND action = 'pause_job' AND ended_at IS NULL ORDER BY id DESC LIMIT 1").pluck(),
  models: db.prepare<[], { model: string; costs: string; times: string }>(
    `SELECT model, json_group_array(cost_micro_usd) AS costs, json_group_array(ms) AS times FROM verdict WHERE model IS NOT NULL GROUP BY model ORDER BY count(*) DESC`,
  ),
  failures: db.prepare<[], number>('SELECT coalesce(sum(n), 0) FROM fingerprint').pluck(),
  actionsOn: db.prepare<[string, number], DoctorAction>(`SELECT ${ACTION} FROM doctor_action WHERE fingerprint = ? ORDER BY id DESC LIMIT ?`),
  actions: db.prepare<[number], DoctorAction>(`SELECT ${ACTION} FROM doctor_action ORDER BY id DESC LIMIT ?`),
}));

/** Those that were met last come first. */
export const readKinds = (db: Database, limit: number): KindView[] => statements(db).kinds.all(limit).map((kind) => withMore(db, kind));

export function readKind(db: Database, fingerprint: string): KindView | undefined {
  const kind = statements(db).kind.get(fingerprint);
  return kind && withMore(db, kind);
}

/** Jobs that are held by this kind of error. */
export const readHeldBy = (db: Database, fingerprint: string): string[] => statements(db).held.all(fingerprint);

/** The kind of error that a job is held by, as far as the doctor knows. */
export const readHolding = (db: Database, job: string): string | undefined => statements(db).holding.get(job);

/** Failures so far that the doctor has judged, and the models that it asked about some of them. */
export function readCosts(db: Database): { failures: number; models: ModelView[] } {
  const { models, failures } = statements(db);
  return { failures: failures.get()!, models: models.all().map(({ model, costs, times }) => ({ model, verdicts: numbers(costs).length, costMicroUsd: middleAndHigh(costs), ms: middleAndHigh(times) })) };
}

/** The newest first. */
export const readActions = (db: Database, limit: number): DoctorAction[] => statements(db).actions.all(limit);

/** About one kind of error. */
export const readActionsOn = (db: Database, fingerprint: string, limit: number): DoctorAction[] => statements(db).actionsOn.all(fingerprint, limit);

function withMore(db: Database, kind: Omit<KindView, 'jobs'>): KindView {
  const { verdict, jobs } = statements(db);
  const given = verdict.get(kind.fingerprint);
  return { ...kind, ...(given && { verdict: given }), jobs: jobs.all(kind.fingerprint) };
}

const numbers = (json: string): number[] => (JSON.parse(json) as number[]).sort((a, b) => a - b);

function middleAndHigh(json: string): { p50: number; p95: number } {
  const sorted = numbers(json);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!;
  return { p50: at(0.5), p95: at(0.95) };
}
