/**
 * How what matches is spread over jobs, stages, states and classes of errors. What one of these asks for is left out where it is counted
 * itself: beside `state:failed` stands how many wait. Counted are tasks, of jobs without a stage or state items.
 */
import type { Condition, Facets } from '../../inspector/protocol.ts';
import type { Handle } from './open.ts';
import { FAILED } from './states.ts';
import { TASK_STATES, type StateThen, type TaskState } from './types.ts';
import { filtering, isOfItem } from './where.ts';

/** Tasks of one state at one stage. */
export type Cell = { job: string; stage: string; state: TaskState | StateThen; n: number };
type Row = Omit<Cell, 'state'> & { state: number };

/** A class costs a look at an attempt. */
const MOST_FAILED = 5_000;
const PLACES = new Set<Condition['field']>(['job', 'stage', 'state']);

/** What is asked beside job, stage and state. */
export const besidePlaces = (where: readonly Condition[]): Condition[] => where.filter(({ field }) => !PLACES.has(field));

/** From the counts that are kept anyway. */
export function allCells(db: Handle): Cell[] {
  const rows = db.prepare<[], Row>('SELECT job, name AS stage, state, n FROM stage JOIN task_count ON stage_id = stage.id WHERE n > 0 AND active = 1 ORDER BY job, position, state').all();
  return rows.map(cell);
}

/** Of these items. `at` in ms since the epoch. */
export function cellsOf(db: Handle, ids: readonly number[], where: readonly Condition[], at: number): Cell[] {
  const { sql, values } = filtering(where.filter((condition) => !isOfItem(condition) && !PLACES.has(condition.field)), at);
  const rows = db.prepare<unknown[], Row>(
    `SELECT stage.job, stage.name AS stage, task.state, count(*) AS n FROM json_each(?) ids CROSS JOIN task ON task.item_id = ids.value CROSS JOIN stage ON stage.id = task.stage_id AND stage.active = 1
      WHERE 1${sql} GROUP BY stage.id, task.state ORDER BY stage.job, stage.position, task.state`,
  );
  return rows.all(JSON.stringify(ids), ...values).map(cell);
}

const cell = ({ state, ...row }: Row): Cell => ({ ...row, state: TASK_STATES[state]! });

/** @param cells of all that matches but for job, stage and state */
export function facetsOf(cells: readonly Cell[], where: readonly Condition[]): Omit<Facets, 'classes'> {
  const fits = (own: Condition['field']) => {
    const asked = where.filter(({ field }) => PLACES.has(field) && field !== own);
    return cells.filter((one) => asked.every(({ field, is, value }) => [value].flat().includes(one[field as 'job']) === (is === '=')));
  };
  const isOfTasks = where.some(({ field }) => field === 'stage' || field === 'state');
  return { jobs: isOfTasks ? summed(fits('job'), 'job') : itemsByJob(fits('job')), stages: summed(fits('stage'), 'stage'), states: summed(fits('state'), 'state') };
}

/** Those of the jobs, stages and states that are asked for. */
export const placed = <One extends Pick<Cell, 'job' | 'stage' | 'state'>>(cells: readonly One[], where: readonly Condition[]): One[] =>
  cells.filter((one) => where.every(({ field, is, value }) => !PLACES.has(field) || ([value].flat() as string[]).includes(one[field as 'job']) === (is === '=')));

const summed = (cells: readonly Cell[], by: 'job' | 'stage' | 'state'): Record<string, number> => summedBy(cells, by);

export function summedBy<By extends string>(cells: readonly (Record<By, string> & { n: number })[], by: By): Record<string, number> {
  const sums: Record<string, number> = Object.create(null) as Record<string, number>;
  for (const one of cells) sums[one[by]] = (sums[one[by]] ?? 0) + one.n;
  return sums;
}

/** Each item has a task at every stage: the fullest stage says how many there are. */
function itemsByJob(cells: readonly Cell[]): Record<string, number> {
  const perJob = Map.groupBy(cells, ({ job }) => job);
  return Object.fromEntries([...perJob].map(([job, own]) => [job, Math.max(...Object.values(summed(own, 'stage')))]));
}

/** Tasks of which a class is looked up in one step. */
const CLASSES_AT_ONCE = 500;
const FAILED_OR_DEAD = `task.state >= 6 AND task.state >= ${FAILED}`;
type ClassCount = { class: string; n: number };

/** Classes of the errors of failed and dead tasks, of so many of them at most: a part at a time, for whoever wants to let others have their turn in between. */
export function* classesIn(db: Handle, where: readonly Condition[], at: number): Generator<ClassCount[], void, void> {
  const { sql, values } = filtering(where.filter(({ field }) => field !== 'class'), at);
  const after = '(task.stage_id, task.item_id) > (?, ?)';
  // Where the part ends: a limit within what is counted would have SQLite look from the beginning each time.
  const ends = db.prepare<number[], [number, number]>(`SELECT stage_id, item_id FROM task WHERE ${FAILED_OR_DEAD} AND ${after} ORDER BY stage_id, item_id LIMIT 1 OFFSET ${CLASSES_AT_ONCE - 1}`).raw();
  const part = db.prepare<unknown[], ClassCount>(
    `SELECT attempt.class, count(*) AS n FROM task CROSS JOIN item ON item.id = task.item_id
      CROSS JOIN attempt ON attempt.item_id = task.item_id AND attempt.stage_id = task.stage_id AND attempt.lease = task.lease AND attempt.class IS NOT NULL
      WHERE ${FAILED_OR_DEAD} AND ${after} AND (task.stage_id, task.item_id) <= (?, ?)${sql} GROUP BY attempt.class`,
  );
  let from: [number, number] = [0, 0];
  for (let n = 0; n < MOST_FAILED; n += CLASSES_AT_ONCE) {
    const end = ends.get(...from);
    yield part.all(...from, ...(end ?? [Number.MAX_SAFE_INTEGER, 0]), ...values);
    if (!end) return;
    from = end;
  }
}

/** The most frequent first. */
export function classesOf(counts: readonly ClassCount[]): Record<string, number> {
  return Object.fromEntries(Object.entries(summedBy(counts, 'class')).toSorted(([, a], [, b]) => b - a));
}
