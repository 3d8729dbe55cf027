/** `jobctl retry`, `reset`, `reprocess`: of a stage, of items and of what a filter takes only, where these are named. */
import type { Command } from '../../../inspector/protocol.ts';
import { STEPS } from '../../../machines/canary.ts';
import { canaryOf } from '../../../machines/job-children.ts';
import { previewEdit, type EditPreview, type StagePreview } from '../../store/edit-preview.ts';
import type { TaskEdit } from '../../store/types.ts';
import { delivering } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { itemNamed, jobNamed, stageNamed } from '../named.ts';
import { report } from '../report.ts';
import { quietStatusOf, reading } from '../store.ts';
import { table } from '../table.ts';
import { oneLine } from '../text.ts';
import { parseWhere } from '../where.ts';

const TYPES = { retry: 'RETRY', reset: 'RESET', reprocess: 'REPROCESS' } as const;
const [FEW, MANY] = [10, 1_000];

type Options = { item?: string[]; where?: string[]; downstream?: boolean; dryRun?: boolean } & Canary;
/** Of `retry` alone. */
type Canary = { fingerprint?: string; allAtOnce?: boolean; stop?: boolean };

export const rerun =
  (verb: TaskEdit['verb']) =>
  async (desk: Desk, name: string, stage: string | undefined, options: Options): Promise<void> => {
    const { item: names, where, fingerprint, downstream, dryRun, stop } = options;
    if (fingerprint !== undefined && !isFingerprint(fingerprint)) throw new Failure(EXIT.usage, 'usage', `"${fingerprint}" is no fingerprint: 12 of the digits 0 to 9 and a to f`, { hint: '`npx jobctl doctor` lists the kinds of errors' });
    const withCare = asksForCanary(options);
    const filters = [...(fingerprint === undefined ? [] : [`fingerprint=${fingerprint}`]), ...(where ?? [])];
    const conditions = filters.length > 0 ? parseWhere(filters) : [];
    await reading(desk, (db) => {
      const job = jobNamed(quietStatusOf(desk, db), name);
      if (stop) return end(desk, job.id, fingerprint!, dryRun);
      const edit = {
        job: job.id,
        ...(stage !== undefined && { stage: stageNamed(job, stage) }),
        ...(names && { items: names.map((item) => itemNamed(desk, db, item, job.id)) }),
        ...(conditions.length > 0 && { where: conditions }),
        ...(downstream && { downstream }),
      };
      if (!dryRun) return send(desk, withCare ? { type: 'RETRY', ...edit, canary: true } : { type: TYPES[verb], ...edit });
      show(desk, edit.job, verb, previewEdit(db, { verb, ...edit }, desk.clock.now(), desk.terminal.json ? MANY : FEW), withCare);
    });
  };

const isFingerprint = (text: string): boolean => /^[0-9a-f]{12}$/.test(text);

/** One kind of error is redone with care, unless somebody wants all of it at once. */
function asksForCanary({ item, where, downstream, fingerprint, allAtOnce, stop }: Options): boolean {
  const usage = (message: string, hint: string) => new Failure(EXIT.usage, 'usage', message, { hint });
  if (fingerprint === undefined && (allAtOnce || stop)) throw usage(`${stop ? '--stop' : '--all-at-once'} goes with --fingerprint`, '`npx jobctl doctor` lists the kinds of errors');
  if (fingerprint === undefined || allAtOnce || stop) return false;
  if (item || where || downstream) throw usage('--fingerprint redoes all that failed so: one task first, then ten, then all', 'with --item, --where or --downstream say --all-at-once');
  return true;
}

function end(desk: Desk, job: string, fingerprint: string, dryRun: boolean | undefined): Promise<void> | void {
  const command = { type: 'SEND' as const, path: `job/${job}/${canaryOf(fingerprint)}`, event: { type: 'STOP_CANARY' } };
  if (dryRun) return desk.terminal.say(`dry run: nothing was changed; it would send STOP_CANARY to ${command.path}`);
  return delivering(desk, async (deliver) => report(desk, { job }, await deliver(command)));
}

function send(desk: Desk, command: Command & { job: string }): Promise<void> {
  return delivering(desk, async (deliver) => report(desk, { job: command.job }, await deliver(command)));
}

function show({ terminal }: Desk, job: string, verb: string, preview: EditPreview, withCare: boolean): void {
  const { items, tasks, kept, stages, sample } = preview;
  const steps = withCare ? stepsOf(stages.reduce((sum, { byHand, tasks }) => sum + (byHand ? tasks : 0), 0)) : [];
  if (terminal.json) return terminal.document({ ok: true, dryRun: true, job, verb, ...(withCare && { steps }), ...preview });
  terminal.say('dry run: nothing was changed');
  if (tasks === 0) return terminal.print(`${terminal.paint('bold', job)}  nothing to ${verb}`);
  terminal.print(
    `${terminal.paint('bold', job)}  would ${verb} ${counted(tasks, 'task')} of ${counted(items, 'item')}`,
    ...(steps.length > 1 ? [terminal.paint('dim', `  as a canary: ${steps.join(', then ')}; it stops when one fails in the same way, and --all-at-once does without`)] : []),
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

/** How many tasks each step of a canary takes; the last takes the rest. */
function stepsOf(tasks: number): number[] {
  let left = tasks;
  const steps = STEPS.map((most) => {
    const taken = Math.min(most, left);
    left -= taken;
    return taken;
  });
  return [...steps, left].filter((n) => n > 0);
}

const because = ({ byHand, to }: StagePreview): string => [byHand ? 'asked for' : 'follows from it', to === 'blocked' && 'waits for a stage before it'].filter(Boolean).join('; ');
const counted = (n: number, what: string): string => oneLine(`${n} ${what}${n === 1 ? '' : 's'}`);
