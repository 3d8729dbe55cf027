/** `jobctl items JOB` */
import type { ItemView, ItemsView, TaskView } from '../../../inspector/protocol.ts';
import { readItems } from '../../store/items-view.ts';
import type { TaskState } from '../../store/types.ts';
import type { Desk } from '../desk.ts';
import { jobNamed, stageNamed } from '../named.ts';
import { wholeNumber } from '../number.ts';
import { reading, statusOf } from '../store.ts';
import { table, type Column } from '../table.ts';
import { parseWhere } from '../where.ts';

const MOST = 10_000;

export async function items(desk: Desk, name: string, options: { state?: string; stage?: string; where?: string[]; limit: string; after?: string }): Promise<void> {
  const page = {
    limit: wholeNumber(options.limit, '--limit', { from: 1, to: MOST }),
    ...(options.after !== undefined && { after: wholeNumber(options.after, '--after', { from: 1 }) }),
    // Commander has checked it against the same list.
    ...(options.state !== undefined && { state: options.state as TaskState }),
    ...(options.where && { where: { conditions: parseWhere(options.where), at: desk.clock.now() } }),
  };
  const { view, stages } = await reading(desk, (db) => {
    const job = jobNamed(statusOf(desk, db), name);
    const stage = options.stage === undefined ? {} : { stage: stageNamed(job, options.stage) };
    return { view: readItems(db, job.id, { ...page, ...stage }), stages: job.stages.map((stage) => stage.name) };
  });
  if (desk.terminal.json) return desk.terminal.document(view);
  show(desk, view, name, stages);
}

function show({ terminal }: Desk, { items, next }: ItemsView, job: string, stages: readonly string[]): void {
  if (items.length === 0) return terminal.say('no items match');
  const columns: Column<ItemView>[] = [
    { head: 'ID', text: (item) => item.id, align: 'right' },
    { head: 'KEY', text: (item) => item.key, most: 40, paint: (text) => terminal.paint('bold', text) },
    { head: 'TITLE', text: (item) => item.title ?? '', most: 40 },
    { head: 'PRIORITY', text: (item) => (item.priority === 0 ? '' : item.priority), align: 'right' },
    ...stages.map((stage): Column<ItemView> => ({
      head: stage.toUpperCase(),
      text: (item) => task(item.stages[stage]),
      paint: (text, item) => painted(text, item.stages[stage], terminal),
    })),
    { head: 'WHY', text: (item) => whyNot(item), most: 60 },
  ];
  terminal.print(...table(items, columns));
  if (next !== undefined) terminal.say(`there are more: npx jobctl items ${job} --after ${next}`);
}

const task = (task: TaskView | undefined) => (task ? `${task.state}${task.attempts > 1 ? ` ×${task.attempts}` : ''}` : '–');

/** The first thing that keeps the item from its end. */
function whyNot(item: ItemView): string {
  const stuck = Object.values(item.stages).find((task) => task.error ?? task.reason);
  const parked = Object.entries(item.stages).filter(([, task]) => task.parked).map(([stage, { state }]) => `${state} at ${stage}, which is parked`);
  return [stuck?.error?.message ?? stuck?.reason ?? [], parked].flat().join('; ');
}

function painted(text: string, task: TaskView | undefined, terminal: Desk['terminal']): string {
  if (task?.state === 'failed' || task?.state === 'dead') return terminal.paint('red', text);
  if (task?.state === 'done') return terminal.paint('green', text);
  return task?.state === 'waiting' || task?.state === 'running' ? terminal.paint('yellow', text) : terminal.paint('dim', text);
}
