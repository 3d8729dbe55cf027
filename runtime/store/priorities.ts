/** Which items go first: lower is earlier. What else counts for the order is in `rank.ts`. */
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';
import { reprioritisedSql, type Slope } from './rank.ts';
import { DONE } from './states.ts';
import type { PriorityEdit } from './types.ts';

type Changed = { id: number; priority: number; slope: Slope };

export function prioritiesIn(db: Handle, { pipelines }: { pipelines: Pipelines }) {
  const SET = `UPDATE task SET rank = ${reprioritisedSql('@slope', '@priority')}, priority = @priority WHERE item_id = @id`;
  const prepared = {
    item: db.prepare<[number, number]>('UPDATE item SET priority = ? WHERE id = ?'),
    tasks: db.prepare<[Changed]>(`${SET} AND state < ${DONE}`),
    differs: db.prepare<[number, number, string, number]>('UPDATE item SET priority = ? WHERE id = ? AND job = ? AND priority <> ?'),
    // What has ended may be retried one day.
    allTasks: db.prepare<[Changed]>(SET),
  };

  return {
    /** Of an item and its tasks that have not ended. */
    change(id: number, priority: number, slope: Slope): void {
      prepared.item.run(priority, id);
      prepared.tasks.run({ id, priority, slope });
    },
    /** By hand. Answers how many items had another one. */
    set({ job, items, priority }: PriorityEdit): number {
      const changed = items.filter((id) => prepared.differs.run(priority, id, job, priority).changes > 0);
      const slope = pipelines.slope(job);
      for (const id of changed) prepared.allTasks.run({ id, priority, slope });
      return changed.length;
    },
  };
}
