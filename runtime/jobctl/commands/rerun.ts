/** `jobctl retry`, `reset`, `reprocess`: of a stage, of items and of what a filter takes only, where these are named. */
import type { Command } from '../../../inspector/protocol.ts';
import { previewEdit, type EditPreview, type StagePreview } from '../../store/edit-preview.ts';
import type { TaskEdit } from '../../store/types.ts';
import { delivering } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { itemNamed, jobNamed, stageNamed } from '../named.ts';
import { report } from '../report.ts';
import { quietStatusOf, reading } from '../store.ts';
import { table } from '../table.ts';
import { oneLine } from '../text.ts';
import { parseWhere } from '../where.ts';

const TYPES = { retry: 'RETRY', reset: 'RESET', reprocess: 'REPROCESS' } as const;
const [FEW, MANY] = [10, 1_000];

type Options = { item?: string[]; where?: string[]; downstream?: boolean; dryRun?: boolean };

export const rerun =
  (verb: TaskEdit['verb']) =>
  async (desk: Desk, name: string, stage: string | undefined, { item: names, where, downstream, dryRun }: Options): Promise<void> => {
    const conditions = where && parseWhere(where);
    await reading(desk, (db) => {
      const job = jobNamed(quietStatusOf(desk, db), name);
      const edit = {
        job: job.id,
        ...(stage !== undefined && { stage: stageNamed(job, stage) }),
        ...(names && { items: names.map((item) => itemNamed(desk, db, item, job.id)) }),
        ...(conditions && { where: conditions }),
        ...(downstream && { downstream }),
      };
      if (!dryRun) return send(desk, { type: TYPES[verb], ...edit });
      show(desk, edit.job, verb, previewEdit(db, { verb, ...edit }, desk.clock.now(), desk.terminal.json ? MANY : FEW));
    });
  };

function send(desk: Desk, command: Command & { job: string }): Promise<void> {
  return delivering(desk, async (deliver) => report(desk, { job: command.job }, await deliver(command)));
}

function show({ terminal }: Desk, job: string, verb: string, preview: EditPreview): void {
  const { items, tasks, kept, stages, sample } = preview;
  if (terminal.json) return terminal.document({ ok: true, dryRun: true, job, verb, ...preview });
  terminal.say('dry run: nothing was changed');
  if (tasks === 0) return terminal.print(`${terminal.paint('bold', job)}  nothing to ${verb}`);
  terminal.print(
    `${terminal.paint('bold', job)}  would ${verb} ${counted(tasks, 'task')} of ${counted(items, 'item')}`,
    '',
    ...table(stages, [
      { head: 'STAGE', text: (line) => line.stage },
      { head: 'TASKS', text: (line) => line.tasks, align: 'right' },
      { head: 'FROM', text: (line) => line.from },
      { head: 'TO', text: (line) => line.to },
      { head: 'BECAUSE', text: because },
    ]),
    ...(kept > 0 ? [terminal.paint('dim', `${counted(kept, 'task')} of later stages ${kept === 1 ? 'keeps its' : 'keep their'} output; --downstream runs ${kept === 1 ? 'it' : 'them'} again too`)] : []),
    '',
    ...table(sample, [
      { head: 'ID', text: ({ id }) => id, align: 'right' },
      { head: 'KEY', text: ({ key }) => key, most: 40 },
      { head: 'TITLE', text: ({ title }) => title ?? '', most: 40 },
      { head: 'STAGES', text: (one) => one.stages.join(', '), most: 40 },
    ]),
    ...(items > sample.length ? [terminal.paint('dim', `… and ${items - sample.length} more`)] : []),
  );
}

const because = ({ byHand, to }: StagePreview): string => [byHand ? 'asked for' : 'follows from it', to === 'blocked' && 'waits for a stage before it'].filter(Boolean).join('; ');
const counted = (n: number, what: string): string => oneLine(`${n} ${what}${n === 1 ? '' : 's'}`);
