/**
 * Errors by their kind, as they stood at a moment: from the attempts that had ended and what the doctor had done by then. What a kind was said to be later does
 * not count. Of each kind only the latest attempts are looked at. Reads only.
 */
import type { Database } from 'better-sqlite3';
import type { DoctorAction, ErrorClass } from '../../actors/ports.ts';
import type { DoctorActionView, ErrorDetail, ErrorKind, ErrorSample, ErrorsView, VerdictView } from '../../inspector/protocol.ts';
import { ACTION, type VerdictRow } from './doctor.ts';
import { KIND } from './doctor-view.ts';
import { actionView, grouped, histogramOf, LOG, LOOKED, messageIn, newestOf, placesOf, RECENT_ACTIONS, RECENT_MESSAGES, SAMPLES, verdictOf, type Beside, type ErrorsQuery, type Kind, type Message, type Met } from './errors-view.ts';
import { preparedFor } from './prepared.ts';
import { DEAD, FAILED } from './states.ts';

/** `at`: ms since the epoch. `isHeld`: whether a job was held by a breaker or by money. */
export type ErrorsMoment = { at: number; isHeld(job: string): boolean };

/** Those met last before them are not looked for. */
const MOST_KINDS = 2_000;
/** So many attempts before a moment, and after it, are counted. */
const COUNTED = 1_000;
/** Among so many of the doctor's actions those are looked for that held a job. */
const MOST_ACTIONS = 2_000;

type KindThen = Kind & { metAt: number };
type Given = Omit<VerdictRow, 'fingerprint'>;
type MessageRow = Omit<Message, 'reason' | 'state'> & { reason: string | null; writtenAt: number; doneAt: number | null; state: Message['state'] };

const statements = preparedFor((db) => ({
  kinds: db.prepare<[{ at: number; text: string | null; before: number; limit: number; most: number }], KindThen>(
    `SELECT * FROM (
       SELECT ${KIND}, iif(last_at <= @at, last_at, coalesce((SELECT max(finished_at) FROM attempt WHERE attempt.fingerprint = kind.fingerprint AND finished_at <= @at), first_at)) AS metAt
         FROM (SELECT * FROM fingerprint WHERE first_at <= @at AND (@text IS NULL OR instr(lower(name || ': ' || message || ' ' || fingerprint), lower(@text)) > 0) ORDER BY last_at DESC LIMIT @most) kind)
      WHERE metAt < @before ORDER BY metAt DESC LIMIT @limit`,
  ),
  kind: db.prepare<[{ fingerprint: string; at: number }], KindThen>(
    `SELECT ${KIND}, coalesce((SELECT max(finished_at) FROM attempt WHERE fingerprint = @fingerprint AND finished_at <= @at), first_at) AS metAt FROM fingerprint WHERE fingerprint = @fingerprint AND first_at <= @at`,
  ),
  verdict: db.prepare<[string, number], Given>('SELECT class, decided_by AS "by", confidence, reason, model, cost_micro_usd AS costMicroUsd, ms, at FROM verdict WHERE fingerprint = ? AND at <= ?'),
  // A task was failed by the last attempt that it had had by then: at once, or when it was given up later.
  met: db.prepare<[{ fingerprint: string; at: number; limit: number }], Met>(
    `SELECT stage_id AS stageId, item_id AS itemId, finished_at AS at,
            ifnull(coalesce((SELECT state FROM task_edit edit WHERE edit.item_id = met.item_id AND edit.stage_id = met.stage_id AND edit.at > met.finished_at AND edit.at <= @at ORDER BY edit.at DESC LIMIT 1), led_to) IN (${FAILED}, ${DEAD}), 0)
              AND NOT EXISTS (SELECT 1 FROM attempt later WHERE later.item_id = met.item_id AND later.stage_id = met.stage_id AND later.lease > met.lease AND later.started_at <= @at) AS failed
       FROM (SELECT item_id, stage_id, lease, finished_at, led_to FROM attempt WHERE fingerprint = @fingerprint AND finished_at <= @at ORDER BY finished_at DESC LIMIT @limit) met`,
  ),
  last: db.prepare<[string, number], { class: ErrorClass | null; error: string | null }>('SELECT class, error FROM attempt WHERE fingerprint = ? AND finished_at <= ? ORDER BY finished_at DESC LIMIT 1'),
  since: db.prepare<[string, number, number], number>('SELECT count(*) FROM (SELECT 1 FROM attempt WHERE fingerprint = ? AND finished_at > ? LIMIT ?)').pluck(),
  until: db.prepare<[string, number, number], number>('SELECT count(*) FROM (SELECT 1 FROM attempt WHERE fingerprint = ? AND finished_at <= ? LIMIT ?)').pluck(),
  stages: db.prepare<[], { id: number; job: string; stage: string }>('SELECT id, job, name AS stage FROM stage'),
  samples: db.prepare<[string, number, number], Omit<ErrorSample, 'message'> & { error: string | null }>(
    `SELECT item.id AS item, item.key, item.title, stage.job, stage.name AS stage, attempt.attempt, attempt.finished_at AS at, attempt.error
       FROM attempt JOIN item ON item.id = attempt.item_id JOIN stage ON stage.id = attempt.stage_id WHERE attempt.fingerprint = ? AND attempt.finished_at <= ? ORDER BY attempt.finished_at DESC LIMIT ?`,
  ),
  actions: db.prepare<[number, number], DoctorAction>(`SELECT ${ACTION} FROM doctor_action WHERE at <= ? ORDER BY at DESC, id DESC LIMIT ?`),
  actionsOf: db.prepare<[{ fingerprint: string; at: number; most: number }], DoctorAction>(
    `SELECT ${ACTION} FROM (SELECT * FROM doctor_action WHERE at <= @at ORDER BY at DESC, id DESC LIMIT @most) WHERE fingerprint = @fingerprint ORDER BY id DESC LIMIT ${SAMPLES}`,
  ),
  holding: db.prepare<[{ at: number; most: number }], { fingerprint: string; job: string }>(
    `SELECT DISTINCT fingerprint, job FROM (SELECT * FROM doctor_action WHERE at <= @at ORDER BY at DESC LIMIT @most) WHERE action = 'pause_job' AND job IS NOT NULL AND (ended_at IS NULL OR ended_at > @at) ORDER BY job`,
  ),
  messages: db.prepare<[number, number], MessageRow>(
    `SELECT grp AS fingerprint, target, state, written_at AS writtenAt, done_at AS doneAt, written_at AS at, notification.reason
       FROM notification JOIN incident ON incident.id = notification.incident WHERE written_at <= ? ORDER BY written_at DESC LIMIT ?`,
  ),
}));

/** Those met last come first. */
export function readErrorsThen(db: Database, { text, before = Number.MAX_SAFE_INTEGER, limit }: ErrorsQuery, moment: ErrorsMoment): ErrorsView {
  const kinds = statements(db).kinds.all({ at: moment.at, text: text ?? null, before, limit: limit + 1, most: MOST_KINDS });
  const beside = besideOf(db, moment);
  return {
    errors: kinds.slice(0, limit).map((kind) => kindOf(db, kind, moment, beside)),
    ...(kinds.length > limit && { next: kinds[limit - 1]!.metAt }),
    actions: beside.actions.slice(0, LOG),
  };
}

/** Undefined of a kind that nobody had met yet. */
export function readErrorThen(db: Database, fingerprint: string, moment: ErrorsMoment): ErrorDetail | undefined {
  const { kind: one, samples, actionsOf } = statements(db);
  const { at } = moment;
  const kind = one.get({ fingerprint, at });
  if (!kind) return undefined;
  return {
    ...kindOf(db, kind, moment, besideOf(db, moment)),
    samples: samples.all(fingerprint, at, SAMPLES).map(({ error, ...sample }) => ({ ...sample, message: messageIn(error) })),
    actions: actionsOf.all({ fingerprint, at, most: MOST_ACTIONS }).map((action) => actionThen(action, at)),
  };
}

function besideOf(db: Database, { at, isHeld }: ErrorsMoment): Beside {
  const { stages, actions, holding, messages } = statements(db);
  return {
    stages: new Map(stages.all().map(({ id, ...stage }) => [id, stage])),
    actions: actions.all(at, RECENT_ACTIONS).map((action) => actionThen(action, at)),
    held: grouped(holding.all({ at, most: MOST_ACTIONS }).filter(({ job }) => isHeld(job)), ({ fingerprint, job }) => [fingerprint, job]),
    told: grouped(messages.all(at, RECENT_MESSAGES), ({ fingerprint, target, ...message }) => [fingerprint, { target, ...toldThen(message, at) }]),
  };
}

/** What was over later was not over yet. */
const actionThen = (action: DoctorAction, at: number): DoctorActionView => actionView({ ...action, endedAt: action.endedAt !== null && action.endedAt <= at ? action.endedAt : null });

function toldThen({ state, writtenAt, doneAt, reason }: Omit<MessageRow, 'fingerprint' | 'target'>, at: number): Pick<Message, 'state' | 'at' | 'reason'> {
  return doneAt === null || doneAt > at ? { state: 'waiting', at: writtenAt } : { state, at: doneAt, ...(reason !== null && { reason }) };
}

function kindOf(db: Database, kind: KindThen, moment: ErrorsMoment, { stages, actions, held, told }: Beside): ErrorKind {
  const { fingerprint, name, firstAt, metAt } = kind;
  const { met: latest, last } = statements(db);
  const met = latest.all({ fingerprint, at: moment.at, limit: LOOKED });
  const { class: was, error } = last.get(fingerprint, moment.at) ?? { class: null, error: null };
  const action = actions.find((one) => one.fingerprint === fingerprint);
  return {
    fingerprint, name, message: messageOf(error) ?? kind.message, ...countThen(db, kind, moment.at), firstAt, lastAt: metAt, verdict: verdictThen(db, { ...kind, class: was ?? kind.class }, moment.at, actions), looked: met.length,
    places: placesOf(met, stages), histogram: histogramOf(met.map(({ at }) => at), metAt), ...(action && { action }), told: newestOf(told.get(fingerprint) ?? []), held: held.get(fingerprint) ?? [],
  };
}

const messageOf = (error: string | null): string | undefined => (JSON.parse(error ?? '{}') as { message?: string }).message;

/** All that were ever met without those since; where these are too many, what is kept of those before. */
function countThen(db: Database, { fingerprint, n }: Kind, at: number): Pick<ErrorKind, 'n' | 'orMore'> {
  const { since, until } = statements(db);
  const later = since.get(fingerprint, at, COUNTED)!;
  if (later < COUNTED) return { n: Math.max(1, n - later) };
  return { n: Math.max(1, until.get(fingerprint, at, COUNTED)!), orMore: true };
}

/** What was said last by then: by what is still in force, by what the doctor did, or by the last attempt that was judged. */
function verdictThen(db: Database, kind: Kind, at: number, actions: readonly DoctorActionView[]): VerdictView {
  const given = statements(db).verdict.get(kind.fingerprint, at);
  if (given) return verdictOf(kind, given);
  const own = actions.filter(({ fingerprint }) => fingerprint === kind.fingerprint);
  const corrected = own.find(({ action }) => action === 'reclassify');
  if (corrected) return { class: corrected.class, by: 'operator', confidence: 1, reason: corrected.reason };
  if (kind.lastAt <= at) return verdictOf(kind, undefined);
  const done = own.find((action) => action.class === kind.class);
  return done ? { class: kind.class, by: done.by, reason: done.reason } : { class: kind.class };
}
