/** The order in which work is done: lower goes first. */
import type { Handle } from './open.ts';
import { DONE } from './states.ts';

export function prioritiesIn(db: Handle) {
  const prepared = {
    item: db.prepare<[number, number]>('UPDATE item SET priority = ? WHERE id = ?'),
    tasks: db.prepare<[number, number, number]>(`UPDATE task SET priority = ?, rank = ? WHERE item_id = ? AND state < ${DONE}`),
  };

  return {
    /** Of an item and its tasks that have not ended. */
    change(itemId: number, priority: number): void {
      prepared.item.run(priority, itemId);
      prepared.tasks.run(priority, priority, itemId);
    },
  };
}
