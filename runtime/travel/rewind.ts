/**
 * Whether an actor may go on from a state that it once had, and what would be different then. Only its own state goes back:
 * items, outputs and what was done stay as they are.
 */
import { z } from 'zod';
import { RESUMABLE, standing, type Holds, type Standing } from '../../machines/lifecycle.ts';
import type { Past } from '../../machines/migrations.ts';
import type { Handle } from '../store/open.ts';
import { inFlightOf, storedActors } from '../store/replay-view.ts';
import { changesBetween, type Change } from './changes.ts';
import { doubtOf, stateAt, type Step } from './history.ts';

/** `problem`: why it is refused. `standing`: of a lifecycle, what its job has to know. */
export type Rewind = { path: string; to: number; job: string; id: string; past: Past; standing?: Standing; changes: Change[]; problem?: string };

/** A rewind that cannot even be looked at. */
export class NoRewind extends Error {
  override name = 'NoRewind';
}

const CHILD = /^job\/([^/]+)\/(lifecycle|discovery|stage\/[^/]+)$/;

/** How an actor stood, and why today's machine cannot go on from there. Plain data: a thread can find it out. */
export type Stood = { past: Past; problem?: string };

/** @throws UnknownPast when the actor did not exist then */
export function stoodAt(db: Handle, path: string, to: number): Stood {
  const then = stateAt(db, path, to);
  const problem = unusable(then, to);
  return { past: plain(then.state), ...(problem && { problem }) };
}

/**
 * @param to the state after this entry of the journal
 * @param stood what it was: found out here, when it is not given
 * @throws UnknownPast when the actor did not exist then
 * @throws NoRewind for an actor that is none of a job's children, or is gone
 */
export function rewindOf(db: Handle, path: string, to: number, stood?: Stood): Rewind {
  const [, job, id] = CHILD.exec(path) ?? [];
  if (!job || !id) throw new NoRewind(`${path} cannot be rewound: rewind the lifecycle, the discovery or a stage of a job, of which it consists`);
  const [today] = storedActors(db, path);
  if (!today) throw new NoRewind(`${path} does not live now: what should go on from its past?`);
  const { past, problem: unusable } = stood ?? stoodAt(db, path, to);
  const now = JSON.parse(today.snapshot) as Past;
  const stands = today.src === 'lifecycle' ? standingOf(past) : undefined;
  const problem = unusable ?? (stands && contradicted(stands, standingOf(now), inFlightOf(db, job)));
  return { path, to, job, id, past, ...(stands && { standing: stands }), changes: changesBetween(plain(now), past), ...(problem && { problem }) };
}

const plain = ({ value, context }: Past): Past => ({ value, context });

function standingOf({ value, context }: Past): Standing {
  return standing.parse({ holds: (context as { holds: Holds }).holds, drain: (value as { drain: string }).drain });
}

/** What today's machine cannot go on from. */
function unusable(step: Step, to: number): string | undefined {
  const { state: { status, context }, known } = step;
  const doubt = doubtOf(step);
  if (status !== 'active') return `it had ended by ${to}`;
  if (doubt !== undefined) return `where it stood then is not known: ${doubt}`;
  const parsed = known.context.safeParse(context);
  return parsed.success ? undefined : `its state of then is not one of today's machine: ${z.prettifyError(parsed.error)}`;
}

/** What the rows of today say against it: money that is spent stays spent, and what runs does run. */
function contradicted(then: Standing, now: Standing, inFlight: number): string | undefined {
  const lifted = Object.entries(now.holds).find(([cause]) => !(cause in then.holds) && !RESUMABLE.some((resumable) => resumable === cause));
  if (lifted) return `the hold "${lifted[0]}" of today would be lifted (${lifted[1].reason}), and it ends only when its reason ends`;
  if (then.drain === 'drained' && inFlight > 0) return `it was drained then, and ${inFlight} attempts are in flight: drain it`;
  return undefined;
}
