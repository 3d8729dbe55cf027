/** The order in which work is done: lower goes first. */
import type { Handle } from './open.ts';
import { DONE } from './states.ts';
import type { PriorityEdit } from './types.ts';

export function prioritiesIn(db: Handle) {
  const prepared = {
    item: db.prepare<[number, number]>('UPDATE item SET priority = ? WHERE id = ?'),
    tasks: db.prepare<[number, number, number]>(`UPDATE task SET priority = ?, rank = ? WHERE item_id = ? AND state < ${DONE}`),
    differs: db.prepare<[number, number, string, number]>('UPDATE item SET priority = ? WHERE id = ? AND job = ? AND priority <> ?'),
    // What has ended may be retried one day.
    allTasks: db.prepare<[number, number, number]>('UPDATE task SET priority = ?, rank = ? WHERE item_id = ?'),
  };

  return {
    /** Of an item and its tasks that have not ended. */
    change(itemId: number, priority: number): void {
      prepared.item.run(priority, itemId);
      prepared.tasks.run(priority, priority, itemId);
    },
    /** By hand. Answers how many items had another one. */
    set({ job, items, priority }: PriorityEdit): number {
      const changed = items.filter((id) => prepared.differs.run(priority, id, job, priority).changes > 0);
      for (const id of changed) prepared.allTasks.run(priority, priority, id);
      return changed.length;
    },
  };
}
