/** Which tasks an edit by hand takes. The same for the edit and for a look at what it would do. */
import type { Handle } from './open.ts';
import type { Pipelines, Stage } from './pipelines.ts';
import { DEAD, DONE, FAILED, REJECTED, SKIPPED, WAITING, type StateNumber } from './states.ts';
import type { TaskEdit } from './types.ts';
import { filtering } from './where.ts';

/** Which states each verb takes. */
export const TAKES: Record<TaskEdit['verb'], readonly StateNumber[]> = {
  retry: [FAILED, DEAD],
  reset: [WAITING, SKIPPED, REJECTED, FAILED, DEAD],
  reprocess: [DONE, SKIPPED, REJECTED, FAILED, DEAD],
};

export type Selection = { itemId: number; stages: ReadonlySet<number> };

/** Items with the stages whose tasks are taken, by rising id. `at` in ms since the epoch. */
export function selected(db: Handle, pipelines: Pipelines, edit: TaskEdit, at: number): Selection[] {
  const rows = select<{ itemId: number; stages: string }>(db, pipelines, edit, at, 'item.id AS itemId, json_group_array(task.stage_id) AS stages', 'GROUP BY item.id ORDER BY item.id').all();
  return rows.map(({ itemId, stages }) => ({ itemId, stages: new Set(JSON.parse(stages) as number[]) }));
}

/** Their ids only: a million of them are 8 MB. */
export function selectedItems(db: Handle, pipelines: Pipelines, edit: TaskEdit, at: number): number[] {
  return select<number>(db, pipelines, edit, at, 'DISTINCT item.id', 'ORDER BY item.id').pluck().all() as number[];
}

export const stagesIn = (pipelines: Pipelines, { job, stage: name }: TaskEdit): Stage[] => pipelines.inOrder(job).filter((stage) => name === undefined || stage.name === name);

/** Made anew each time: what an operator asks for has many shapes, and is asked for seldom. */
function select<Row>(db: Handle, pipelines: Pipelines, edit: TaskEdit, at: number, columns: string, end: string) {
  const stages = stagesIn(pipelines, edit).map(({ id }) => id);
  const { sql, values } = filtering(edit.where, at);
  const from = fromOf(edit);
  const bound = [...from.values, JSON.stringify(stages), JSON.stringify(TAKES[edit.verb]), ...values];
  return db
    .prepare<unknown[], Row>(`SELECT ${columns} ${from.sql} AND task.stage_id IN (SELECT value FROM json_each(?)) AND task.state IN (SELECT value FROM json_each(?))${sql} ${end}`)
    .bind(...bound);
}

function fromOf({ verb, job, items }: TaskEdit): { sql: string; values: string[] } {
  if (items) return { sql: 'FROM json_each(?) ids CROSS JOIN item ON item.id = ids.value AND item.job = ? CROSS JOIN task ON task.item_id = item.id', values: [JSON.stringify(items), job] };
  // What ended badly has an index: to retry the few failed ones of a million must not walk them all.
  if (TAKES[verb].every((state) => state >= REJECTED)) return { sql: `FROM task CROSS JOIN item ON item.id = task.item_id AND task.state >= ${REJECTED}`, values: [] };
  return { sql: 'FROM item CROSS JOIN task ON task.item_id = item.id WHERE item.job = ?', values: [job] };
}
