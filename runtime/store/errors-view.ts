/** Errors by their kind, as a page of them is shown: of each, only its latest attempts are looked at. Reads only. */
import type { Database } from 'better-sqlite3';
import type { DoctorAction } from '../../actors/ports.ts';
import type { DoctorActionView, ErrorDetail, ErrorKind, ErrorPlace, ErrorSample, ErrorsView, Histogram, Told, VerdictView } from '../../inspector/protocol.ts';
import { inForce } from '../doctor/in-force.ts';
import { isLasting } from '../doctor/policy.ts';
import { ACTION } from './doctor.ts';
import { KIND, readCosts, type KindView } from './doctor-view.ts';
import { preparedFor } from './prepared.ts';
import { DEAD, FAILED } from './states.ts';

/** A kind may have been met by a hundred thousand attempts: counting them would stop the runner for 0.1 s. */
export const LOOKED = 100;
const BARS = 24;
export const SAMPLES = 20;
export const RECENT_ACTIONS = 400;
export const RECENT_MESSAGES = 400;
export const LOG = 50;
const MESSAGE_CHARS = 2_000;

export type Kind = Omit<KindView, 'jobs' | 'verdict'>;
export type Met = { stageId: number; itemId: number; at: number; failed: number };
export type Message = Told & { fingerprint: string };
export type ErrorsQuery = { text?: string | undefined; before?: number | undefined; limit: number };

const statements = preparedFor((db) => ({
  kinds: db.prepare<[{ text: string | null; before: number; limit: number }], Kind>(
    `SELECT ${KIND} FROM fingerprint WHERE last_at < @before AND (@text IS NULL OR instr(lower(name || ': ' || message || ' ' || fingerprint), lower(@text)) > 0) ORDER BY last_at DESC LIMIT @limit`,
  ),
  kind: db.prepare<[string], Kind>(`SELECT ${KIND} FROM fingerprint WHERE fingerprint = ?`),
  verdict: db.prepare<[string], NonNullable<KindView['verdict']>>('SELECT class, decided_by AS "by", confidence, reason, model, cost_micro_usd AS costMicroUsd, ms FROM verdict WHERE fingerprint = ?'),
  // The index on fingerprint and time holds all of an attempt that is asked for. Of a task, its last attempt says why it failed.
  met: db.prepare<[string, number], Met>(
    `SELECT attempt.stage_id AS stageId, attempt.item_id AS itemId, attempt.finished_at AS at, task.state IN (${FAILED}, ${DEAD}) AND task.lease = attempt.lease AS failed
       FROM (SELECT item_id, stage_id, lease, finished_at FROM attempt WHERE fingerprint = ? ORDER BY finished_at DESC LIMIT ?) attempt
       JOIN task ON task.item_id = attempt.item_id AND task.stage_id = attempt.stage_id`,
  ),
  stages: db.prepare<[], { id: number; job: string; stage: string }>('SELECT id, job, name AS stage FROM stage'),
  samples: db.prepare<[string, number], Omit<ErrorSample, 'message'> & { error: string | null }>(
    `SELECT item.id AS item, item.key, item.title, stage.job, stage.name AS stage, attempt.attempt, attempt.finished_at AS at, attempt.error
       FROM attempt JOIN item ON item.id = attempt.item_id JOIN stage ON stage.id = attempt.stage_id WHERE attempt.fingerprint = ? ORDER BY attempt.finished_at DESC LIMIT ?`,
  ),
  actions: db.prepare<[number], DoctorAction>(`SELECT ${ACTION} FROM doctor_action ORDER BY id DESC LIMIT ?`),
  actionsOf: db.prepare<[string, number], DoctorAction>(`SELECT ${ACTION} FROM doctor_action WHERE fingerprint = ? ORDER BY id DESC LIMIT ?`),
  holding: db.prepare<[], { fingerprint: string; job: string }>(
    `SELECT DISTINCT fingerprint, hold.job FROM doctor_action JOIN hold ON hold.job = doctor_action.job AND hold.cause IN ('breaker', 'budget') WHERE action = 'pause_job' AND ended_at IS NULL ORDER BY hold.job`,
  ),
  messages: db.prepare<[number], Omit<Message, 'reason'> & { reason: string | null }>(
    `SELECT grp AS fingerprint, target, state, coalesce(done_at, written_at) AS at, notification.reason FROM notification JOIN incident ON incident.id = notification.incident ORDER BY written_at DESC LIMIT ?`,
  ),
}));

/** What is looked up once for all kinds of a page. */
export type Beside = { stages: ReadonlyMap<number, { job: string; stage: string }>; actions: readonly DoctorActionView[]; held: ReadonlyMap<string, string[]>; told: ReadonlyMap<string, Told[]> };

/** Those met last come first. */
export function readErrors(db: Database, { text, before = Number.MAX_SAFE_INTEGER, limit }: ErrorsQuery): ErrorsView {
  const read = db.transaction((): ErrorsView => {
    const kinds = statements(db).kinds.all({ text: text ?? null, before, limit: limit + 1 });
    const beside = besideOf(db);
    const { failures, models } = readCosts(db);
    return {
      errors: kinds.slice(0, limit).map((kind) => kindOf(db, kind, beside)),
      ...(kinds.length > limit && { next: kinds[limit - 1]!.lastAt }),
      failures,
      models: models.map(({ costMicroUsd: { p50, p95 }, ...model }) => ({ ...model, costUsd: { p50: p50 / 1e6, p95: p95 / 1e6 } })),
      actions: beside.actions.slice(0, LOG),
    };
  });
  return read();
}

export function readError(db: Database, fingerprint: string): ErrorDetail | undefined {
  const prepared = statements(db);
  const kind = prepared.kind.get(fingerprint);
  if (!kind) return undefined;
  const samples = prepared.samples.all(fingerprint, SAMPLES).map(({ error, ...sample }) => ({ ...sample, message: messageIn(error) }));
  return { ...kindOf(db, kind, besideOf(db)), samples, actions: prepared.actionsOf.all(fingerprint, SAMPLES).map(actionView) };
}

function besideOf(db: Database): Beside {
  const { stages, actions, holding, messages } = statements(db);
  return {
    stages: new Map(stages.all().map(({ id, ...stage }) => [id, stage])),
    actions: actions.all(RECENT_ACTIONS).map(actionView),
    held: grouped(holding.all(), ({ fingerprint, job }) => [fingerprint, job]),
    told: grouped(messages.all(RECENT_MESSAGES), ({ fingerprint, reason, ...told }) => [fingerprint, { ...told, ...(reason !== null && { reason }) }]),
  };
}

function kindOf(db: Database, kind: Kind, { stages, actions, held, told }: Beside): ErrorKind {
  const { fingerprint, name, message, n, firstAt, lastAt } = kind;
  const met = statements(db).met.all(fingerprint, LOOKED);
  const action = actions.find((one) => one.fingerprint === fingerprint);
  return {
    fingerprint, name, message, n, firstAt, lastAt, verdict: verdictOf(kind, statements(db).verdict.get(fingerprint)), looked: met.length, places: placesOf(met, stages),
    histogram: histogramOf(met.map(({ at }) => at), lastAt), ...(action && { action }), told: newestOf(told.get(fingerprint) ?? []), held: held.get(fingerprint) ?? [],
  };
}

export function verdictOf(kind: Kind, given: KindView['verdict']): VerdictView {
  const { class: is, by, confidence, rule } = inForce({ ...kind, ...(given && { verdict: given }) });
  const asked = given && given.model !== null ? { model: given.model, costUsd: given.costMicroUsd / 1e6, ms: given.ms } : {};
  return { class: is, by, confidence, ...(rule !== undefined && { rule }), ...(given && given.class === is && { reason: given.reason }), ...asked };
}

export function placesOf(met: readonly Met[], stages: Beside['stages']): ErrorPlace[] {
  const places = [...Map.groupBy(met, ({ stageId }) => stageId)].flatMap(([id, those]): ErrorPlace[] => {
    const stage = stages.get(id);
    return stage ? [{ ...stage, attempts: those.length, items: new Set(those.map(({ itemId }) => itemId)).size, failed: those.filter(({ failed }) => failed === 1).length }] : [];
  });
  return places.toSorted((a, b) => b.attempts - a.attempts);
}

/** From the first of them to the last; all of one moment stand in the last part. */
export function histogramOf(times: readonly number[], to: number): Histogram {
  const from = times.reduce((first, at) => Math.min(first, at), to);
  const counts = new Array<number>(BARS).fill(0);
  for (const at of times) counts[to === from ? BARS - 1 : Math.min(BARS - 1, Math.floor(((at - from) / (to - from)) * BARS))]! += 1;
  return { from, to, counts };
}

/** To each target. */
export const newestOf = (told: readonly Told[]): Told[] => told.filter((one, n) => told.findIndex(({ target }) => target === one.target) === n);

export const actionView = ({ costMicroUsd, ...action }: DoctorAction): DoctorActionView => ({ ...action, lasts: isLasting(action), costUsd: costMicroUsd / 1e6 });

export function messageIn(error: string | null): string {
  const { name, message } = JSON.parse(error ?? '{}') as { name?: string; message?: string };
  return [name, message].filter(Boolean).join(': ').slice(0, MESSAGE_CHARS);
}

export function grouped<Row, Value>(rows: readonly Row[], of: (row: Row) => [string, Value]): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    const [key, value] = of(row);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return groups;
}
