/** Items with the outputs of their stages, page by page: a long table never stands in memory. */
import type { Database } from 'better-sqlite3';
import { preparedFor } from './prepared.ts';
import { REJECTED, SKIPPED } from './states.ts';
import { TASK_STATES, type TaskState } from './types.ts';

/** `data` and `output` are parsed. Times in ms since the epoch. */
export type ExportedItem = {
  job: string;
  id: number;
  key: string;
  title: string | null;
  priority: number;
  createdAt: number;
  data: unknown;
  stages: Record<string, { state: TaskState; finishedAt?: number; output?: unknown }>;
};
type ItemRow = Omit<ExportedItem, 'data' | 'stages'> & { data: string };
type TaskRow = { stage: string; state: number; finishedAt: number | null; body: string | null };

const PAGE = 200;

const statements = preparedFor((db) => ({
  items: db.prepare<[{ job: string | null; after: number }], ItemRow>(
    `SELECT job, id, key, title, priority, created_at AS createdAt, data FROM item WHERE id > @after AND (@job IS NULL OR job = @job) ORDER BY id LIMIT ${PAGE}`,
  ),
  tasks: db.prepare<[number, string | null, string | null], TaskRow>(
    `SELECT stage.name AS stage, task.state, task.finished_at AS finishedAt, output.body FROM task JOIN stage ON stage.id = task.stage_id
       LEFT JOIN output ON output.seq = task.output_seq AND task.state NOT IN (${SKIPPED}, ${REJECTED})
      WHERE task.item_id = ? AND (? IS NULL OR stage.name = ?) ORDER BY stage.position, stage.id`,
  ),
}));

/** The oldest item first. `stage`: only this one's outputs. */
export function* exportedItems(db: Database, { job, stage }: { job?: string; stage?: string }): Generator<ExportedItem, void, void> {
  const { items, tasks } = statements(db);
  for (let after = 0; ; ) {
    const page = items.all({ job: job ?? null, after });
    for (const { data, ...item } of page) {
      const rows = tasks.all(item.id, stage ?? null, stage ?? null);
      yield { ...item, data: JSON.parse(data) as unknown, stages: Object.fromEntries(rows.map((row) => [row.stage, exportedTask(row)])) };
    }
    if (page.length < PAGE) return;
    after = page.at(-1)!.id;
  }
}

const exportedTask = ({ state, finishedAt, body }: TaskRow) => ({
  state: TASK_STATES[state]!,
  ...(finishedAt !== null && { finishedAt }),
  ...(body !== null && { output: JSON.parse(body) as unknown }),
});
