/** Why a whole job starts nothing: nobody runs it, something holds it, or it drains. */
import type { Explanation, HoldView } from '../../inspector/protocol.ts';
import type { BreakerContext } from '../../machines/breaker.ts';
import { readHolding } from '../store/doctor-view.ts';
import type { JobFacts } from '../store/explain-view.ts';
import { dollars, FOR_ALL } from '../store/money/dollars.ts';
import type { Shortage, ShortScope } from '../store/types.ts';
import { adviceOn } from './breaker.ts';
import { brokenCodeOf, type Alive, type Scene } from './scene.ts';

type Said = Omit<Explanation, 'what'>;

/** Where a limit of money stands. */
export const LIMIT_OF: Record<ShortScope, (job: string, stage: string) => string> = {
  runner: () => '`daily_cost_limit` at the top',
  job: (job) => `\`daily_cost_limit\` of "${job}"`,
  stage: (_, stage) => `\`daily_cost_limit\` of the stage "${stage}"`,
};

/** How each hold ends. `requirement`, `budget` and `window` end by what they are about; --force is for whoever knows better, but no force makes money. */
export const ENDS: Record<HoldView['cause'], (job: string, reason: string) => Pick<Explanation, 'advice' | 'todo'>> = {
  operator: (job) => ({ todo: [`npx jobctl unpause ${job}`] }),
  breaker: (job) => ({ advice: 'mend what the error says, then', todo: [`npx jobctl clear-errors ${job}`] }),
  guard: (job, reason) => ({ advice: isOfCheckCode(reason) ? 'mend it, and it goes on by itself; to have it looked at again,' : 'look at what it found, then', todo: [`npx jobctl unpause ${job}`] }),
  supervision: (job) => ({ advice: 'mend what the error says, then', todo: [`npx jobctl unpause ${job}`] }),
  budget: (job, reason) => ({ advice: `raise ${LIMIT_OF[reason.endsWith(FOR_ALL) ? 'runner' : 'job'](job, '')} in jobs.yaml, or wait for the next day; once it is raised`, todo: ['npx jobctl reload'] }),
  window: (job) => ({ advice: 'it opens by itself; to let it run until its window closes the next time,', todo: [`npx jobctl unpause ${job} --force`] }),
  requirement: (job, reason) => ({
    advice: isOfProgramsAlone(reason) ? 'install it, which is seen within a minute, or do without it:' : 'set it where Rivus is started and start that again, or do without it:',
    todo: [`npx jobctl unpause ${job} --force`],
  }),
};

/** A variable of a process that runs does not change. */
const isOfProgramsAlone = (reason: string): boolean => !/ is (not set|empty)/.test(reason);

/** For all jobs at once. */
export const explainRunner = (scene: Scene): Explanation[] => ofRunner(scene).map((one) => ({ what: 'Rivus', ...one }));

const ofRunner = ({ running, alive }: Scene): Said[] => (running ? fullDisk(alive) : [STOPPED]);

/** In the order in which an operator has to deal with them. */
export function explainHeld(job: JobFacts, scene: Scene): Explanation[] {
  if (job.archived) return [archived(job)];
  const said = [...ofRunner(scene), ...holdsOf(job, scene), ...draining(job), ...restarting(job)];
  return said.map((one) => ({ what: job.id, ...one }));
}

function fullDisk(alive: Alive | undefined): Said[] {
  if (!alive?.fullDisk) return [];
  const { reason, since } = alive.fullDisk;
  return [{ cause: 'disk_full', reason, ...(since !== undefined && { since }), clearsItself: true, todo: [] }];
}

const STOPPED: Said = { cause: 'runner_stopped', reason: 'Rivus is not running', clearsItself: false, todo: ['npx jobctl run'] };

function archived({ id }: JobFacts): Explanation {
  return { what: id, cause: 'archived', reason: 'jobs.yaml has this job no more; its items are kept', clearsItself: false, advice: `put "${id}" into jobs.yaml again, then`, todo: ['npx jobctl reload'] };
}

function holdsOf(job: JobFacts, { alive, db }: Scene): Said[] {
  return job.holds.map(({ cause, reason, since, until }) => ({
    reason: cause === 'budget' ? `${reason}${lacking(alive?.heldFor(job.id))}` : reason, since,
    clearsItself: until !== undefined || (cause === 'requirement' && isOfProgramsAlone(reason)) || isOfCheckCode(reason), ...(until !== undefined && { until }),
    ...(cause === 'supervision' && isOfCode(reason, job) ? { cause: 'unloadable', advice: `mend ${job.spec.handler}, then`, todo: ['npx jobctl reload'] } : { cause, ...ENDS[cause](job.id, reason), ...(cause === 'breaker' && ofErrors(job, db)) }),
  }));
}

/** A bug is mended by other code; and what the doctor says of an error may be wrong. */
function ofErrors({ id, actors }: JobFacts, db: Scene['db']): Pick<Explanation, 'advice'> {
  const breaker = actors.get('breaker')?.context as BreakerContext | undefined;
  if (breaker?.opened?.class === 'code_bug') return { advice: adviceOn(breaker) };
  const fingerprint = readHolding(db, id);
  return fingerprint === undefined ? {} : { advice: `mend what the error says, or correct it (npx jobctl doctor reclassify ${fingerprint} CLASS), then` };
}

/** Placed by guards whose check has no code to run. */
const isOfCheckCode = (reason: string): boolean => reason.startsWith('guard: validate() cannot be loaded');

/** What is left is not enough for one more. */
function lacking(shortage: Shortage | undefined): string {
  if (!shortage) return '';
  const { need, limit } = shortage;
  return `, and one more may cost ${dollars(need)}${need > limit ? ': more than the limit allows on any day' : ''}`;
}

/** Placed by a stage that has no code to run. */
const isOfCode = (reason: string, job: JobFacts): boolean => job.stages.some((stage) => brokenCodeOf(job, stage) !== undefined && reason.startsWith(`stage "${stage.name}" cannot be loaded`));

function draining({ id, draining, stages }: JobFacts): Said[] {
  if (!draining) return [];
  const left = stages.reduce((sum, { counts }) => sum + counts.running, 0);
  const reason = left > 0 ? `it drains: ${left} in flight may end, nothing new starts` : 'it is drained: nothing is in flight, and nothing new starts';
  return [{ cause: 'draining', reason, clearsItself: false, todo: [`npx jobctl unpause ${id}`] }];
}

/** What died is started again after a wait. What died too often waits for the hold that this has placed. */
function restarting({ down }: JobFacts): Said[] {
  return down.flatMap(({ child, error, since, until }) =>
    until === null ? [] : [{ cause: 'restarting' as const, reason: `${child || 'the job itself'} died and is started again: ${error}`, since, clearsItself: true, until, todo: [] }],
  );
}
