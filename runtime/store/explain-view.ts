/** What an explanation is made of: jobs with their stages and actors, tasks with what keeps them. Reads only. */
import type { Database } from 'better-sqlite3';
import { machineNamed } from '../../machines/index.ts';
import type { JobSpec } from '../../machines/spec.ts';
import type { HoldView } from '../../inspector/protocol.ts';
import { READABLE } from './actors.ts';
import { SUSPECT_CRASHES } from './claim.ts';
import { downByJob, type Down } from './deaths-view.ts';
import { preparedFor } from './prepared.ts';
import { rankWith, slopeOf } from './rank.ts';
import { READY, REJECTED, RUNNING } from './states.ts';
import { TASK_STATES, type TaskState } from './types.ts';

/** An actor's state as it was last stored. */
export type StoredActor = { value: unknown; context: Record<string, unknown> };
export type StageFacts = { id: number; name: string; active: boolean; needs: string[]; counts: Record<TaskState, number> };
export type JobFacts = {
  id: string;
  spec: JobSpec;
  archived: boolean;
  draining: boolean;
  holds: HoldView[];
  stages: StageFacts[];
  /** By path below the job; '' is the job's own. */
  actors: Map<string, StoredActor>;
  /** What died and is not there yet. */
  down: Down[];
};
export type TaskRow = {
  job: string;
  itemId: number;
  key: string;
  stage: string;
  state: TaskState;
  dueAt: number | null;
  startedAt: number | null;
  finishedAt: number | null;
  tries: number;
  crash: number;
  reason: string | null;
  rejectedBy: string | null;
};

/** Counting further would stop the runner: 42 ms for a hundred thousand. */
export const MOST_COUNTED = 1_000;

type Standing = { lane: number; rank: number; priority: number };
type Row = Omit<TaskRow, 'state'> & { state: number };

const TASK = `SELECT stage.job, task.item_id AS itemId, item.key, stage.name AS stage, task.state, task.due_at AS dueAt, task.started_at AS startedAt,
  task.finished_at AS finishedAt, task.tries, task.crash, task.reason, rejecter.name AS rejectedBy
  FROM task JOIN stage ON stage.id = task.stage_id JOIN item ON item.id = task.item_id LEFT JOIN stage rejecter ON rejecter.id = task.rejected_by`;

const statements = preparedFor((db) => ({
  jobs: db.prepare<[], { id: string; spec: string; archived: number; draining: number }>('SELECT id, spec, archived, draining FROM job ORDER BY archived, id'),
  holds: db.prepare<[string], Omit<HoldView, 'until'> & { until: number | null }>('SELECT cause, reason, since, until FROM hold WHERE job = ? ORDER BY since, cause'),
  stages: db.prepare<[string], { id: number; name: string; active: number }>('SELECT id, name, active FROM stage WHERE job = ? ORDER BY active DESC, position, id'),
  needs: db.prepare<[number], { name: string }>('SELECT name FROM stage_need JOIN stage ON stage.id = need_id WHERE stage_id = ? ORDER BY stage_need.position'),
  counts: db.prepare<[number], { state: number; n: number }>('SELECT state, n FROM task_count WHERE stage_id = ?'),
  actors: db.prepare<[string, string, string], { path: string; src: string; value: string; context: string }>(
    `SELECT path, src, snapshot -> '$.value' AS value, snapshot -> '$.context' AS context FROM actor WHERE (path = ? OR (path > ? AND path < ?)) AND ${READABLE}`,
  ),
  ofItem: db.prepare<[number], Row>(`${TASK} WHERE task.item_id = ? ORDER BY stage.active DESC, stage.position, stage.id`),
  // By the index of what ended badly: the one that ended last would cost 33 ms among a hundred thousand.
  newest: db.prepare<[number, number], Row>(`${TASK} WHERE task.stage_id = ? AND task.state = ? AND task.state >= ${REJECTED} ORDER BY task.item_id DESC LIMIT 1`),
  fingerprint: db.prepare<[number, number], string | null>('SELECT attempt.fingerprint FROM task JOIN attempt USING (item_id, stage_id, lease) WHERE task.item_id = ? AND task.stage_id = ?').pluck(),
  nextDue: db.prepare<[number], Row>(`${TASK} WHERE task.state = 2 AND task.stage_id = ? ORDER BY task.due_at LIMIT 1`),
  running: db.prepare<[number, number], Row>(`${TASK} WHERE task.state = ${RUNNING} AND task.stage_id = ? ORDER BY task.started_at LIMIT ?`),
  suspects: db.prepare<[], Row>(
    `${TASK} JOIN job ON job.id = stage.job WHERE task.crash >= ${SUSPECT_CRASHES} AND (task.state = ${RUNNING}
      OR (task.state = ${READY} AND stage.active = 1 AND job.claiming = 1 AND job.draining = 0 AND job.archived = 0)) ORDER BY task.state DESC, task.crash, task.lane, task.rank, task.item_id`,
  ),
  first: db.prepare<[number], Standing>(`SELECT lane, rank, priority FROM task WHERE stage_id = ? AND state = ${READY} AND crash < ${SUSPECT_CRASHES} ORDER BY lane, rank, item_id LIMIT 1`),
  own: db.prepare<[number, number], Standing>('SELECT lane, rank, priority FROM task WHERE stage_id = ? AND item_id = ?'),
  ahead: db
    .prepare<[number, number], number>(
      `SELECT count(*) FROM (SELECT 1 FROM task mine JOIN task ON task.stage_id = mine.stage_id AND task.state = ${READY} AND task.crash < ${SUSPECT_CRASHES}
        WHERE mine.item_id = ? AND mine.stage_id = ? AND (task.lane, task.rank, task.item_id) < (mine.lane, mine.rank, mine.item_id) LIMIT ${MOST_COUNTED})`,
    )
    .pluck(),
}));

export function readJobFacts(db: Database): JobFacts[] {
  const prepared = statements(db);
  const down = downByJob(db);
  return prepared.jobs.all().map(({ id, spec, archived, draining }) => ({
    id,
    spec: JSON.parse(spec) as JobSpec,
    archived: archived === 1,
    down: down.get(id) ?? [],
    draining: draining === 1,
    holds: prepared.holds.all(id).map(({ until, ...hold }) => ({ ...hold, ...(until !== null && { until }) })),
    stages: prepared.stages.all(id).map(({ active, ...stage }) => ({
      ...stage, active: active === 1, needs: prepared.needs.all(stage.id).map(({ name }) => name), counts: countsOf(prepared.counts.all(stage.id)),
    })),
    actors: new Map(prepared.actors.all(`job/${id}`, `job/${id}/`, `job/${id}0`).flatMap(({ path, ...row }) => (isSound(row) ? [[path.slice(`job/${id}/`.length), { value: JSON.parse(row.value), context: JSON.parse(row.context) }]] : []))),
  }));
}

/** Of any actor; undefined where it has no row that can be read. */
export function storedActor(db: Database, path: string): StoredActor | undefined {
  const row = statements(db).actors.all(path, path, path)[0];
  return row && isSound(row) ? { value: JSON.parse(row.value), context: JSON.parse(row.context) } : undefined;
}

/** An explanation looks deep into a context. */
const isSound = ({ src, value, context }: { src: string; value: string | null; context: string }): boolean =>
  value !== null && machineNamed(src)?.context.safeParse(JSON.parse(context)).success === true;

/** Of an item, in the order of the pipeline; those of parked stages come last. */
export const readTasks = (db: Database, itemId: number): TaskRow[] => statements(db).ofItem.all(itemId).map(taskRow);
/** Of the newest item whose task ended so. */
export const newestTask = (db: Database, { id }: StageFacts, state: 'failed' | 'dead'): TaskRow | undefined => optional(statements(db).newest.get(id, TASK_STATES.indexOf(state)));
/** What kind of error its last attempt ended with; undefined when it ended with none. */
export const lastFingerprint = (db: Database, { id }: StageFacts, itemId: number): string | undefined => statements(db).fingerprint.get(itemId, id) ?? undefined;
/** Of those that wait, the one that is due first. */
export const nextDue = (db: Database, { id }: StageFacts): TaskRow | undefined => optional(statements(db).nextDue.get(id));
/** The longest running first. */
export const runningTasks = (db: Database, { id }: StageFacts, most: number): TaskRow[] => statements(db).running.all(id, most).map(taskRow);
/** Those that must run alone: the one that does, or else those that may, in the order of their turns. */
export const readSuspects = (db: Database): TaskRow[] => statements(db).suspects.all().map(taskRow);
/** Ready tasks of the stage that are claimed before this one; those beyond `MOST_COUNTED` are not counted. */
export const tasksAhead = (db: Database, { id }: StageFacts, itemId: number): number => statements(db).ahead.get(itemId, id)!;

/** A priority by which a ready task would be the next of its stage: a round one; undefined when none is low enough. */
export function priorityToBeNext(db: Database, { id }: StageFacts, itemId: number, ageingMs: number | undefined): number | undefined {
  const [first, own] = [statements(db).first.get(id), statements(db).own.get(id, itemId)];
  if (!first || !own || first.lane < own.lane) return undefined;
  return roundPriorities.find((priority) => rankWith(own, priority, slopeOf(ageingMs)) < first.rank);
}

const roundPriorities = [-1e6, -1e9, -1e12, -1e15];

const taskRow = (row: Row): TaskRow => ({ ...row, state: TASK_STATES[row.state]! });
const optional = (row: Row | undefined) => row && taskRow(row);

function countsOf(rows: readonly { state: number; n: number }[]): Record<TaskState, number> {
  const n = new Map(rows.map((row) => [row.state, row.n]));
  return Object.fromEntries(TASK_STATES.map((state, index) => [state, n.get(index) ?? 0])) as Record<TaskState, number>;
}
