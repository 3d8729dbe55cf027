/** What an edit by hand would do, without doing it. Reads only. */
import { TASK_FACTS } from './edit.ts';
import type { Handle } from './open.ts';
import { pipelinesOf } from './pipelines.ts';
import { reopen, type Reopened, type TaskFacts } from './reopen.ts';
import { selected } from './selection.ts';
import { TASK_STATES, type TaskEdit, type TaskState } from './types.ts';

/** `byHand`: tasks that the edit names; the others follow from these. */
export type StagePreview = { stage: string; from: TaskState; to: TaskState; byHand: boolean; tasks: number };
/** `sample` holds the first items, in the order of their ids. `kept`: tasks of later stages that `downstream` would take too. */
export type EditPreview = { items: number; tasks: number; kept: number; stages: StagePreview[]; sample: { id: number; key: string; title: string | null; stages: string[] }[] };

/** `at` in ms since the epoch; of the items at most `most` are named. */
export function previewEdit(db: Handle, edit: TaskEdit, at: number, most: number): EditPreview {
  const pipelines = pipelinesOf(db);
  const stages = pipelines.inOrder(edit.job);
  const tasks = db.prepare<[number], TaskFacts>(TASK_FACTS);
  const item = db.prepare<[number], { key: string; title: string | null }>('SELECT key, title FROM item WHERE id = ?');
  const preview: EditPreview = { items: 0, tasks: 0, kept: 0, stages: [], sample: [] };
  const lines = new Map<string, StagePreview>();
  for (const { itemId, stages: byHand } of selected(db, pipelines, edit, at)) {
    const facts = tasks.all(itemId);
    const changes = reopen(stages, facts, byHand, edit.downstream ?? false);
    preview.items += 1;
    preview.tasks += changes.length;
    preview.kept += reopen(stages, facts, byHand, true).length - changes.length;
    for (const change of changes) count(lines, change);
    if (preview.sample.length < most) preview.sample.push({ id: itemId, ...item.get(itemId)!, stages: changes.map(({ stage }) => stage.name) });
  }
  const place = new Map(stages.map(({ name }, index) => [name, index]));
  preview.stages = [...lines.values()].sort((a, b) => place.get(a.stage)! - place.get(b.stage)! || b.tasks - a.tasks);
  return preview;
}

function count(lines: Map<string, StagePreview>, { stage, from, to, byHand }: Reopened): void {
  const key = `${stage.name} ${from} ${to} ${byHand}`;
  const line = lines.get(key) ?? { stage: stage.name, from: TASK_STATES[from]!, to: TASK_STATES[to]!, byHand, tasks: 0 };
  lines.set(key, { ...line, tasks: line.tasks + 1 });
}
