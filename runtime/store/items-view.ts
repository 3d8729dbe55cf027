/** Items as the operator sees them: a page of a job's items with the state of every task, or all there is to know of one. Reads only. */
import type { Database } from 'better-sqlite3';
import type { ArtifactRef, EncodedError } from '../../actors/ports.ts';
import type { AttemptView, CallView, Condition, ItemDetail, ItemRow as SearchedRow, ItemsView, ItemView, TaskView } from '../../inspector/protocol.ts';
import { OPEN } from './counts.ts';
import { logSizes, type LogSize } from './attempt-logs-view.ts';
import { preparedFor } from './prepared.ts';
import { toldOf } from './told-view.ts';
import { TASK_STATES, type TaskState } from './types.ts';
import { matching } from './where.ts';

/** Items below the id `after`; those with a task in `state`, at `stage`; those that match the filter, with ages as of `at`. */
export type ItemsPage = { limit: number; after?: number; state?: TaskState; stage?: string; where?: { conditions: readonly Condition[]; at: number } };
/** What `jobctl item` was given may be a key of several jobs. */
export type ItemName = { id: number; job: string; key: string };

type ItemRow = { id: number; key: string; title: string | null; priority: number };
type TaskRow = { itemId: number; stage: string; state: number; attempts: number; reason: string | null; dueAt: number | null; active: number; body: string | null; startedAt?: number | null };
type AttemptRow = Omit<AttemptView, 'charged' | 'error'> & { stageId: number; lease: number; charged: number; error: string | null };
type CallRow = Omit<CallView, 'costUsd' | 'assumed' | 'kept'> & { microUsd: number | null; assumed: number; kept: number };
type PageParameters = { job: string; after: number; state: number | null; stage: string | null; limit: number };

const PAGE = `SELECT item.id, item.key, item.title, item.priority FROM item WHERE item.job = @job AND item.id < @after`;
/** Of a stage that is parked only what it still has to do, unless it is asked for by name. */
const AT_STAGE = `AND (@stage IS NULL AND (stage.active = 1 OR task.${OPEN}) OR stage.name = @stage)`;
const ALSO = `AND (@state IS NULL AND @stage IS NULL OR EXISTS (SELECT 1 FROM task JOIN stage ON stage.id = task.stage_id WHERE task.item_id = item.id ${AT_STAGE} AND (@state IS NULL OR task.state = @state)))`;
const NEWEST_FIRST = `ORDER BY item.id DESC LIMIT @limit`;

/** Micro-dollars: what was spent, and what is reserved for an attempt that runs. */
type Sum = { microUsd: number; reserved: number };
type Cost = Sum & { itemId: number; stage: string; lease: number };
const NOTHING: Sum = { microUsd: 0, reserved: 0 };

const statements = preparedFor((db) => ({
  all: db.prepare<[PageParameters], ItemRow>(`${PAGE} ${NEWEST_FIRST}`),
  matching: db.prepare<[PageParameters], ItemRow>(
    `${PAGE} AND EXISTS (SELECT 1 FROM task JOIN stage ON stage.id = task.stage_id
                          WHERE task.item_id = item.id ${AT_STAGE} AND (@state IS NULL OR task.state = @state)) ${NEWEST_FIRST}`,
  ),
  // What ended badly has an index, so that finding the few among a million does not walk them all.
  endedBadly: db.prepare<[PageParameters], ItemRow>(
    `${PAGE} AND item.id IN (SELECT task.item_id FROM stage CROSS JOIN task ON task.stage_id = stage.id AND task.state >= 6 AND task.state = @state
                              WHERE stage.job = @job ${AT_STAGE}) ${NEWEST_FIRST}`,
  ),
  tasks: db.prepare<[string], TaskRow>(
    `SELECT task.item_id AS itemId, stage.name AS stage, task.state, task.attempt AS attempts, task.reason, task.due_at AS dueAt, stage.active, NULL AS body
       FROM json_each(?) ids CROSS JOIN task ON task.item_id = ids.value JOIN stage ON stage.id = task.stage_id AND (stage.active = 1 OR task.${OPEN})
      ORDER BY task.item_id, stage.active DESC, stage.position`,
  ),
  tasksWithOutput: db.prepare<[number], TaskRow>(
    `SELECT task.item_id AS itemId, stage.name AS stage, task.state, task.attempt AS attempts, task.reason, task.due_at AS dueAt, stage.active, output.body, iif(task.state = 3, task.started_at, NULL) AS startedAt
       FROM task JOIN stage ON stage.id = task.stage_id LEFT JOIN output ON output.seq = task.output_seq
      WHERE task.item_id = ? ORDER BY stage.active DESC, stage.position`,
  ),
  costs: db.prepare<[string], Cost>(
    `SELECT cost.item_id AS itemId, stage.name AS stage, cost.lease, SUM(cost.micro_usd * (cost.kind <> 'reserve')) AS microUsd, SUM(cost.micro_usd * (cost.kind = 'reserve')) AS reserved
       FROM json_each(?) ids CROSS JOIN cost ON cost.item_id = ids.value JOIN stage ON stage.id = cost.stage_id
      GROUP BY cost.item_id, cost.stage_id, cost.lease`,
  ),
  rows: db.prepare<[string], ItemRow & { job: string; createdAt: number }>(
    'SELECT item.id, job, item.key, title, priority, created_at AS createdAt FROM json_each(?) ids CROSS JOIN item ON item.id = ids.value',
  ),
  byId: db.prepare<[number], ItemName>('SELECT id, job, key FROM item WHERE id = ?'),
  byKey: db.prepare<[string, string | null, string | null], ItemName>(
    'SELECT item.id, item.job, item.key FROM job JOIN item ON item.job = job.id AND item.key = ? WHERE ? IS NULL OR job.id = ? ORDER BY item.id',
  ),
  lastKeys: db.prepare<[string, number], { key: string }>('SELECT key FROM item WHERE job = ? ORDER BY id DESC LIMIT ?'),
  output: db.prepare<[number, number], string>('SELECT body FROM output WHERE seq = ? AND item_id = ?').pluck(),
  item: db.prepare<[number], ItemRow & { job: string; data: string; createdAt: number }>(
    'SELECT id, job, key, title, priority, data, created_at AS createdAt FROM item WHERE id = ?',
  ),
  // The outputs of a task hang together by `previous`; no index leads from an item to them.
  attempts: db.prepare<[{ item: number }], AttemptRow>(
    `WITH RECURSIVE chain (seq) AS (
       SELECT output_seq FROM task WHERE item_id = @item AND output_seq IS NOT NULL
       UNION ALL SELECT output.previous FROM chain JOIN output ON output.seq = chain.seq WHERE output.previous IS NOT NULL)
     SELECT stage.name AS stage, a.*, version.bundle FROM (
       SELECT stage_id AS stageId, lease, attempt, 'done' AS outcome, 0 AS charged, started_at AS startedAt, finished_at AS finishedAt,
              NULL AS class, NULL AS fingerprint, NULL AS error, NULL AS reason, output.seq AS outputSeq, version_id AS versionId
         FROM chain JOIN output ON output.seq = chain.seq
       UNION ALL
       SELECT stage_id, lease, attempt, outcome, charged, started_at, finished_at, class, fingerprint, error, reason, NULL, version_id
         FROM attempt WHERE item_id = @item) a
     JOIN stage ON stage.id = a.stageId LEFT JOIN version ON version.id = a.versionId
     ORDER BY a.startedAt, stage.position, a.lease`,
  ),
  calls: db.prepare<[number], CallRow>(
    `SELECT stage.name AS stage, attempt, at, kind, alias, model, tokens_in AS tokensIn, tokens_out AS tokensOut, tokens_cached AS tokensCached, seconds,
            micro_usd AS microUsd, assumed, kept, outcome, request_id AS requestId, ms
       FROM llm_call JOIN stage ON stage.id = stage_id WHERE item_id = ? ORDER BY llm_call.id`,
  ),
  artifacts: db.prepare<[number], ArtifactRef & { stageId: number; lease: number }>(
    `SELECT use.stage_id AS stageId, use.lease, use.name, artifact.hash, artifact.bytes, artifact.media
       FROM artifact_use use JOIN artifact ON artifact.hash = use.hash WHERE use.item_id = ? ORDER BY use.name`,
  ),
}));

/** Newest first. */
export function readItems(db: Database, job: string, { limit, after, state, stage, where }: ItemsPage): ItemsView {
  const prepared = statements(db);
  const number = state === undefined ? null : TASK_STATES.indexOf(state);
  const match = where && matching(where.conditions, where.at);
  const query = number !== null && number >= 6 ? prepared.endedBadly : number === null && stage === undefined ? prepared.all : prepared.matching;
  const page = { job, after: after ?? Number.MAX_SAFE_INTEGER, state: number, stage: stage ?? null, limit: limit + 1 };
  const found = match ? db.prepare<unknown[], ItemRow>(`${PAGE} ${ALSO}${match.sql} ${NEWEST_FIRST}`).all(...match.values, page) : query.all(page);
  const rows = found.slice(0, limit);
  const items = withTasks(db, rows).map(({ costUsd: _, ...item }) => item);
  return { items, ...(found.length > limit && { next: rows.at(-1)!.id }) };
}

/** These items, in this order; null for one that is there no more. */
export function readRows(db: Database, ids: readonly number[]): (SearchedRow | null)[] {
  const rows = statements(db).rows.all(JSON.stringify(ids));
  const views = new Map(withTasks(db, rows).map((row) => [row.id, row]));
  return ids.map((id) => views.get(id) ?? null);
}

function withTasks<Row extends ItemRow>(db: Database, rows: readonly Row[]): (Row & Pick<ItemView, 'stages'> & { costUsd?: number })[] {
  const prepared = statements(db);
  const ids = JSON.stringify(rows.map((row) => row.id));
  const tasks = Map.groupBy(prepared.tasks.all(ids), (task) => task.itemId);
  const costs = Map.groupBy(prepared.costs.all(ids), (cost) => cost.itemId);
  return rows.map((row) => {
    const paid = sumBy(costs.get(row.id) ?? [], (cost) => cost.stage);
    const views = (tasks.get(row.id) ?? []).map((task) => [task.stage, taskView(task, paid.get(task.stage))] as const);
    const microUsd = (costs.get(row.id) ?? []).reduce((sum, cost) => sum + cost.microUsd, 0);
    return { ...row, stages: Object.fromEntries(views), ...(microUsd > 0 && { costUsd: microUsd / 1e6 }) };
  });
}

/** The items that an id or a key may mean, in `job` only if that is given. The one with the id comes first: keys may be numbers too. */
export function findItems(db: Database, idOrKey: string, job?: string): ItemName[] {
  const { byId, byKey } = statements(db);
  const numbered = /^\d{1,15}$/.test(idOrKey) ? byId.get(Number(idOrKey)) : undefined;
  const keyed = byKey.all(idOrKey, job ?? null, job ?? null).filter((item) => item.id !== numbered?.id);
  return [...(numbered && (job === undefined || numbered.job === job) ? [numbered] : []), ...keyed];
}

/** What an attempt put out; undefined when the item has no such output. `seq`: as its attempt names it. */
export function readOutput(db: Database, item: number, seq: number): { output: unknown } | undefined {
  const body = statements(db).output.get(seq, item);
  return body === undefined ? undefined : { output: JSON.parse(body) as unknown };
}

/** Of the job's newest items: what a slip may have meant. */
export const lastKeys = (db: Database, job: string, limit: number): string[] => statements(db).lastKeys.all(job, limit).map(({ key }) => key);

/** Everything about one item, or undefined when there is none with this id. */
export function readItem(db: Database, id: number): ItemDetail | undefined {
  const prepared = statements(db);
  const row = prepared.item.get(id);
  if (!row) return undefined;
  const costs = prepared.costs.all(JSON.stringify([id]));
  const perTask = sumBy(costs, (cost) => cost.stage);
  const perAttempt = sumBy(costs, (cost) => `${cost.stage} ${cost.lease}`);
  const calls = prepared.calls.all(id).map(callViewOf);
  const logs = new Map(logSizes(db, id).map((size) => [`${size.stage} ${size.attempt}`, size]));
  const artifacts = Map.groupBy(prepared.artifacts.all(id), ({ stageId, lease }) => `${stageId} ${lease}`);
  return {
    id,
    job: row.job,
    key: row.key,
    title: row.title,
    priority: row.priority,
    data: JSON.parse(row.data),
    createdAt: row.createdAt,
    stages: Object.fromEntries(
      prepared.tasksWithOutput.all(id).map((task) => [
        task.stage,
        { ...taskView(task, perTask.get(task.stage)), ...(task.body !== null && { output: JSON.parse(task.body) as unknown }) },
      ]),
    ),
    attempts: prepared.attempts
      .all({ item: id })
      .map((attempt) => ({ ...attemptView(attempt, perAttempt.get(`${attempt.stage} ${attempt.lease}`)?.microUsd, artifacts.get(`${attempt.stageId} ${attempt.lease}`)), ...sizeOf(logs.get(`${attempt.stage} ${attempt.attempt}`)), ...toldAs(db, row.job, id, attempt) })),
    ...(calls.length > 0 && { calls }),
  };
}

function sizeOf({ lines, calls }: Partial<LogSize> = {}): Pick<AttemptView, 'lines' | 'requests'> {
  return { ...(lines && { lines }), ...(calls && { requests: calls }) };
}

function toldAs(db: Database, job: string, itemId: number, { stage, attempt, outcome, finishedAt }: AttemptRow): Pick<AttemptView, 'told'> {
  const told = outcome === 'failed' && finishedAt !== null ? toldOf(db, { job, stage, itemId, attempt, finishedAt }) : undefined;
  return told === undefined ? {} : { told };
}

function callViewOf({ microUsd, assumed, kept, ...call }: CallRow): CallView {
  return { ...call, costUsd: microUsd === null ? null : microUsd / 1e6, assumed: assumed === 1, kept: kept === 1 };
}

function taskView({ state, attempts, reason, dueAt, active, startedAt }: TaskRow, { microUsd, reserved }: Sum = NOTHING): TaskView {
  return {
    state: TASK_STATES[state]!,
    attempts,
    ...(reason !== null && why(reason)),
    ...(dueAt !== null && { dueAt }),
    ...(startedAt && { startedAt }),
    ...(microUsd > 0 && { costUsd: microUsd / 1e6 }),
    ...(reserved > 0 && { reservedUsd: reserved / 1e6 }),
    ...(active === 0 && { parked: true as const }),
  };
}

function attemptView(row: AttemptRow, microUsd: number | undefined, artifacts: readonly ArtifactRef[] | undefined): AttemptView {
  return {
    stage: row.stage,
    attempt: row.attempt,
    outcome: row.outcome,
    charged: row.charged === 1,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    ...(row.class && { class: row.class }),
    ...(row.fingerprint && { fingerprint: row.fingerprint }),
    ...(row.error && why(row.error)),
    ...(row.reason && why(row.reason)),
    ...(row.bundle && { bundle: row.bundle }),
    ...(row.outputSeq !== null && { outputSeq: row.outputSeq }),
    ...(microUsd && { costUsd: microUsd / 1e6 }),
    ...(artifacts && { artifacts: artifacts.map(({ name, hash, bytes, media }) => ({ name, hash, bytes, media })) }),
  };
}

/** A column `reason` holds an encoded error or a sentence; a handler's own sentence may look like anything. */
export function why(text: string): Pick<TaskView, 'error' | 'reason'> {
  const error = encodedError(text);
  return error ? { error: { name: error.name, message: error.message, ...(error.code !== undefined && { code: error.code }) } } : { reason: text };
}

function encodedError(text: string): EncodedError | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as Partial<EncodedError>;
    return typeof value.name === 'string' && typeof value.message === 'string' ? (value as EncodedError) : undefined;
  } catch {
    return undefined;
  }
}

function sumBy(rows: readonly Cost[], keyOf: (row: Cost) => string): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const row of rows) {
    const { microUsd, reserved } = sums.get(keyOf(row)) ?? NOTHING;
    sums.set(keyOf(row), { microUsd: microUsd + row.microUsd, reserved: reserved + row.reserved });
  }
  return sums;
}
