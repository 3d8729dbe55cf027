/** Items, tasks and outputs, as a dead runner has left them. */
import type { Handle } from '../../../runtime/store/open.ts';
import { STAGES } from '../place.ts';
import { findings, type Finding } from './finding.ts';

const [BLOCKED, READY, RUNNING, DONE, SKIPPED, DEAD] = [0, 1, 3, 4, 5, 8];

type Task = { job: string; key: string; stage: string };
const where = ({ job, key, stage }: Task) => `${job} ${key} at ${stage}`;
const NAMES = 'item.job, item.key, stage.name AS stage';
const TASKS = 'FROM task JOIN item ON item.id = task.item_id JOIN stage ON stage.id = task.stage_id';
const OUTPUTS = 'FROM output JOIN item ON item.id = output.item_id JOIN stage ON stage.id = output.stage_id';
/** What jobs.yaml had in force when it died: a stage that was taken out keeps its tasks as they were. */
const ACTIVE = 'stage.active = 1';
const UNMET = `EXISTS (SELECT 1 FROM stage_need JOIN task need ON need.item_id = task.item_id AND need.stage_id = need_id
  WHERE stage_need.stage_id = task.stage_id AND need.state NOT IN (${DONE}, ${SKIPPED}))`;

const all = <Row>(db: Handle, sql: string): Row[] => db.prepare<[], Row>(sql).all();

/** Every task can still get to its end, or is there: none runs for a dead runner, none waits for what has happened. */
export function keptTasks(db: Handle): Finding[] {
  return [
    ...findings('kept', all<Task>(db, `SELECT ${NAMES} ${TASKS} WHERE state = ${RUNNING} AND epoch < (SELECT epoch FROM runner)`), (task) => `${where(task)} runs for ever, for a runner that is dead`),
    ...findings('kept', all<Task>(db, `SELECT ${NAMES} ${TASKS} WHERE ${ACTIVE} AND state = ${BLOCKED} AND NOT ${UNMET}`), (task) => `${where(task)} is blocked though all that it needs is done`),
    ...findings('kept', all<Task>(db, `SELECT ${NAMES} ${TASKS} WHERE state NOT IN (${BLOCKED}) AND ${UNMET}`), (task) => `${where(task)} was opened before what it needs was done`),
    ...findings(
      'kept',
      all<{ job: string; key: string; n: number; stages: number }>(
        db,
        `SELECT job, key, count(stage_id) AS n, (SELECT count(*) FROM stage WHERE stage.job = item.job AND ${ACTIVE}) AS stages FROM item LEFT JOIN task ON item_id = item.id GROUP BY item.id HAVING n < stages OR n > ${STAGES.length}`,
      ),
      ({ job, key, n, stages }) => `${job} ${key} has ${n} tasks for ${stages} stages`,
    ),
  ];
}

/** At the end of it all: every item is through every stage. */
export const finishedTasks = (db: Handle): Finding[] => [
  ...findings('kept', all<Task & { state: number }>(db, `SELECT ${NAMES}, state ${TASKS} WHERE state <> ${DONE}`), (task) => `${where(task)} is not done at the end: state ${task.state}`),
  ...findings('kept', all<{ job: string; name: string }>(db, 'SELECT job, name FROM stage WHERE active = 0'), ({ job, name }) => `${job}: stage ${name} was not put back`),
];

/** One output for each task that is done, of the attempt that it says, made from the output of the stage before. */
export function singleOutputs(db: Handle): Finding[] {
  return [
    ...findings('once', all<Task & { n: number }>(db, `SELECT ${NAMES}, count(*) AS n ${OUTPUTS} GROUP BY item.id, stage.id HAVING n > 1`), (task) => `${where(task)} has ${task.n} outputs`),
    ...findings('once', all<Task>(db, `SELECT ${NAMES} ${OUTPUTS} WHERE body ->> '$.late'`), (task) => `${where(task)}: what came after its time-out was stored`),
    ...findings('once', all<Task>(db, `SELECT ${NAMES} ${OUTPUTS} JOIN task ON task.item_id = item.id AND task.stage_id = stage.id WHERE task.state <> ${DONE} OR task.output_seq <> output.seq`), (task) => `${where(task)} has an output that its task does not know`),
    ...findings('once', all<Task>(db, `SELECT ${NAMES} ${OUTPUTS} WHERE body ->> '$.attempt' <> output.attempt`), (task) => `${where(task)}: the output is of another attempt than its row says`),
    ...findings(
      'once',
      all<Task>(db, `SELECT ${NAMES} ${OUTPUTS} JOIN stage_need ON stage_need.stage_id = stage.id JOIN output need ON need.item_id = item.id AND need.stage_id = need_id WHERE output.body ->> '$.from' <> need.body ->> '$.execution' OR output.upstream <> need.hash`),
      (task) => `${where(task)} was made from an output that is not the one stored`,
    ),
    ...findings('kept', all<Task>(db, `SELECT ${NAMES} ${TASKS} LEFT JOIN output ON seq = output_seq WHERE state = ${DONE} AND (seq IS NULL OR hash <> output_hash)`), (task) => `${where(task)} is done and its output is not there`),
  ];
}

export const exactCounts = (db: Handle): Finding[] =>
  findings(
    'counted',
    all<{ stage: string; state: number; n: number; scanned: number }>(
      db,
      `SELECT stage.job || ' ' || name AS stage, task_count.state, n, count(task.item_id) AS scanned FROM task_count JOIN stage ON stage.id = task_count.stage_id
         LEFT JOIN task ON task.stage_id = task_count.stage_id AND task.state = task_count.state GROUP BY task_count.stage_id, task_count.state HAVING n <> scanned`,
    ),
    ({ stage, state, n, scanned }) => `${stage}: ${n} tasks counted in state ${state}, ${scanned} there`,
  );

/** After all that was open has been written: the file itself. */
export function soundFile(db: Handle): Finding[] {
  const check = db.pragma('quick_check') as { quick_check: string }[];
  const strays = db.pragma('foreign_key_check') as unknown[];
  return [
    ...findings('kept', check.filter(({ quick_check: said }) => said !== 'ok'), ({ quick_check: said }) => `quick_check: ${said}`),
    ...findings('kept', strays, (stray) => `foreign_key_check: ${JSON.stringify(stray)}`),
  ];
}

export type Standing = {
  epoch: number;
  /** `job key stage` of what ran when it died. */
  running: string[];
  dead: string[];
  done: number;
  /** Something is there that the next runner can start at once. */
  claimable: boolean;
};

export function standing(db: Handle): Standing {
  const named = (state: number) => all<Task>(db, `SELECT ${NAMES} ${TASKS} WHERE state = ${state}`).map(where);
  const count = (sql: string) => db.prepare<[], number>(sql).pluck().get()!;
  return {
    epoch: count('SELECT epoch FROM runner'),
    running: named(RUNNING),
    dead: named(DEAD),
    done: count(`SELECT ifnull(sum(n), 0) FROM task_count WHERE state = ${DONE}`),
    // One that is about to be set aside does not count.
    claimable: count(`SELECT EXISTS (SELECT 1 FROM task JOIN stage ON stage.id = stage_id JOIN job ON job.id = stage.job WHERE ${ACTIVE} AND archived = 0 AND state IN (${READY}, ${RUNNING}) AND solo_crash < 2 AND claiming = 1 AND draining = 0)`) === 1,
  };
}

export const timeOuts = (db: Handle): number => db.prepare<[], number>(`SELECT count(*) FROM attempt WHERE error ->> '$.name' = 'TimeoutError'`).pluck().get()!;
