/** `jobctl why [JOB [STAGE|ITEM]]`: what keeps something from moving, whether that ends by itself, and what to do. */
import type { Explanation, JobView, StatusView } from '../../../inspector/protocol.ts';
import { explain, type Question } from '../../explain/explain.ts';
import { didYouMean } from '../../config/suggest.ts';
import { findItems } from '../../store/items-view.ts';
import type { Handle } from '../../store/open.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { itemNamed, jobNamed, stageNamed } from '../named.ts';
import { quietStatusOf, reading } from '../store.ts';
import { oneLine } from '../text.ts';
import { moment, span } from '../time.ts';

export async function why(desk: Desk, name: string | undefined, what: string | undefined, { stage }: { stage?: string }): Promise<void> {
  const explanations = await reading(desk, async (db) => {
    const status = quietStatusOf(desk, db);
    const question = atStage(status, questionOf(desk, db, status, name, what), stage);
    return status.runner.state === 'running' ? alive(desk, question) : explain(question, { db, running: false });
  });
  if (desk.terminal.json) return desk.terminal.document({ explanations });
  if (explanations.length === 0) return desk.terminal.say('no jobs yet: `npx jobctl check` looks at jobs.yaml');
  desk.terminal.print(...explanations.flatMap((one, index) => [...(index > 0 ? [''] : []), ...lines(one, desk, 0)]));
}

/** Names of things as they stand in other commands: a job, a stage or an item of it, an item by its id, the path of an actor. */
function questionOf(desk: Desk, db: Handle, status: StatusView, name: string | undefined, what: string | undefined): Question {
  if (name === undefined) return {};
  const [, ofPath, below = ''] = /^job\/([^/]+)\/?(.*)$/.exec(name) ?? [];
  if (ofPath !== undefined) return { job: jobNamed(status, ofPath).id, ...stageOfPath(status, ofPath, below) };
  if (what === undefined && !status.jobs.some(({ id }) => id === name) && /^\d+$/.test(name) && findItems(db, name).length > 0) return { item: itemNamed(desk, db, name) };
  const job = jobNamed(status, name);
  if (what === undefined) return { job: job.id };
  if (job.stages.some((stage) => stage.name === what)) return { job: job.id, stage: what };
  return { job: job.id, item: itemOf(desk, db, job, what) };
}

/** Of an item, the task of one stage: what is blocked says what it waits for. */
function atStage(status: StatusView, question: Question, stage: string | undefined): Question {
  if (stage === undefined) return question;
  if (question.job === undefined) throw new Failure(EXIT.usage, 'usage', '--stage needs the job before it', { hint: 'npx jobctl why JOB ITEM --stage STAGE' });
  return { ...question, stage: stageNamed(jobNamed(status, question.job), stage) };
}

function stageOfPath(status: StatusView, job: string, below: string): { stage?: string } {
  const [, stage] = /^stage\/(.+)$/.exec(below) ?? [];
  return stage === undefined ? {} : { stage: stageNamed(jobNamed(status, job), stage) };
}

/** What is neither may have been meant as either. */
function itemOf(desk: Desk, db: Handle, job: JobView, what: string): number {
  const guess = findItems(db, what, job.id).length > 0 ? '' : didYouMean(what, job.stages.map(({ name }) => name));
  if (guess === '') return itemNamed(desk, db, what, job.id);
  throw new Failure(EXIT.notFound, 'unknown_stage', `job "${job.id}" has neither a stage nor an item "${what}"${guess}`, { hint: `\`npx jobctl items ${job.id}\` lists the items` });
}

/** The runner knows more than the rows: the slots of its resources. */
async function alive(desk: Desk, question: Question): Promise<Explanation[]> {
  const { toRunner } = await import('../deliver.ts');
  return toRunner(desk, async (_, connection) => {
    const answer = await connection.query('why', { type: 'why', ...question });
    if (!('view' in answer) || !('explanations' in answer.view)) throw new Error('the runner answered a query with something else than explanations');
    return answer.view.explanations;
  });
}

function lines({ what, cause, reason, since, until, clearsItself, advice, todo, because = [] }: Explanation, desk: Desk, depth: number): string[] {
  const { terminal, clock } = desk;
  const now = clock.now();
  const pad = '  '.repeat(depth);
  const times = [...(since === undefined ? [] : [`since ${moment(since, now)}`]), ends({ clearsItself, until, because, cause }, now)].filter(Boolean).join(', ');
  const colour = clearsItself ? 'cyan' : QUIET.has(cause) ? 'dim' : 'yellow';
  return [
    `${pad}${terminal.paint('bold', oneLine(what))}  ${terminal.paint(colour, cause.replaceAll('_', ' '))}: ${oneLine(once(cause, reason))}`,
    ...(times ? [`${pad}  ${terminal.paint('dim', times)}`] : []),
    ...because.flatMap((one) => lines(one, desk, depth + 1)),
    ...(advice !== undefined && todo.length > 0 ? [`${pad}  ${oneLine(advice)}`] : []),
    ...todo.map((line) => `${pad}  ${terminal.paint('green', '→')} ${oneLine(line)}`),
  ];
}

/** Reasons of holds begin with their cause, for where they stand alone. */
const once = (cause: string, reason: string): string => (reason.startsWith(`${cause}: `) ? reason.slice(cause.length + 2) : reason);

const QUIET = new Set<Explanation['cause']>(['done', 'running', 'nothing_to_do', 'began_anew']);
const OVER = new Set<Explanation['cause']>(['done', 'skipped', 'rejected', 'nothing_to_do', 'began_anew']);

/** Whether it ends without anybody, and when. */
function ends({ clearsItself, until, because, cause }: Pick<Explanation, 'clearsItself' | 'until' | 'because' | 'cause'>, now: number): string {
  if (cause === 'running') return until === undefined ? '' : until > now ? `at most until ${moment(until, now)}` : `over time for ${span(now - until)}`;
  if (cause === 'nothing_to_do') return until === undefined ? '' : `looks again ${moment(until, now)}`;
  if (until !== undefined) return until > now ? `until ${moment(until, now)}` : 'until any moment now';
  if (OVER.has(cause) || (because?.length ?? 0) > 0) return '';
  return clearsItself ? 'ends by itself' : 'does not end by itself';
}
