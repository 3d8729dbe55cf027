/** `jobctl undo [NUMBER]`: what was had run again by hand, and nobody has begun since, is what it was. */
import type { EditView } from '../../../inspector/protocol.ts';
import { editView, readEdit, readEdits, untouchedOf, untouchedStages } from '../../store/edits-view.ts';
import type { Handle } from '../../store/open.ts';
import { TASK_STATES } from '../../store/types.ts';
import { delivering } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { wholeNumber } from '../number.ts';
import { report } from '../report.ts';
import { reading } from '../store.ts';
import { table } from '../table.ts';
import { moment } from '../time.ts';

const LISTED = 20;

export async function undo(desk: Desk, number: string | undefined, { dryRun }: { dryRun?: boolean }): Promise<void> {
  await reading(desk, (db) => {
    if (number === undefined) return list(desk, db);
    const edit = readEdit(db, wholeNumber(number, 'edit', { from: 1 }));
    if (!edit) throw new Failure(EXIT.notFound, 'unknown_edit', `there is no edit ${number}, or no longer`, { hint: '`npx jobctl undo` lists those that there are' });
    if (dryRun) return show(desk, db, editView(edit));
    return delivering(desk, async (deliver) => report(desk, { job: edit.job ?? `edit ${edit.id}` }, await deliver({ type: 'UNDO', edit: edit.id })));
  });
}

function list({ terminal, clock }: Desk, db: Handle): void {
  const edits = readEdits(db, LISTED).map((row) => ({ ...editView(row), untouched: untouchedOf(db, row.id) }));
  if (terminal.json) return terminal.document({ edits });
  if (edits.length === 0) return terminal.print('nothing was had run again by hand');
  terminal.print(
    ...table<(typeof edits)[number]>(edits, [
      { head: 'EDIT', text: ({ id }) => id, align: 'right' },
      { head: 'WHEN', text: ({ at }) => moment(at, clock.now()) },
      { head: 'WHO', text: ({ who }) => who, most: 20 },
      { head: 'STATE', text: stateOf },
      { head: 'TASKS', text: ({ tasks }) => tasks, align: 'right' },
      { head: 'NOT BEGUN', text: ({ untouched }) => untouched, align: 'right' },
      { head: 'WHAT', text: ({ lines }) => lines[0]?.replace(/^npx jobctl /, '') ?? '', most: 80 },
    ]),
  );
}

const stateOf = ({ state, done, items, undone }: EditView): string =>
  state === 'interrupted' ? `cut off: ${done} of ${items} items` : state === 'undone' ? `undone: ${undone}` : state;

function show({ terminal }: Desk, db: Handle, edit: EditView): void {
  const stages = untouchedStages(db, edit.id).map(({ to, ...stage }) => ({ ...stage, to: TASK_STATES[to]! }));
  const tasks = stages.reduce((sum, stage) => sum + stage.tasks, 0);
  const begun = edit.tasks - edit.undone - tasks;
  if (terminal.json) return terminal.document({ ok: true, dryRun: true, edit: edit.id, tasks, begun, stages });
  terminal.say('dry run: nothing was changed');
  if (tasks === 0) return terminal.print(`edit ${edit.id}: there is nothing to put back: all of it has begun, or is undone`);
  terminal.print(
    `edit ${edit.id}: at most ${tasks} of ${edit.tasks} tasks go back${begun > 0 ? `; ${begun} have begun, and go on with all of their items` : ''}`,
    ...table(stages, [
      { head: 'STAGE', text: ({ stage }) => stage },
      { head: 'TASKS', text: (line) => line.tasks, align: 'right' },
      { head: 'TO', text: ({ to }) => to },
    ]),
  );
}
