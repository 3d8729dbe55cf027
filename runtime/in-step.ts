/**
 * After a restore: whether those of a job agree with each other and with jobs.yaml. They do, unless a row was lost or damaged
 * in a way that shows nowhere else; then they are told once more.
 */
import type { AnyActorRef } from 'xstate';
import type { Standing } from '../machines/lifecycle.ts';
import type { JobSpec } from '../machines/spec.ts';

type Find = (path: string) => AnyActorRef | undefined;

/** Whether the job, its discovery, guards and stages have the specification that is in force. */
export function haveSpec(actor: Find, spec: JobSpec): boolean {
  const has = (path: string, own: object) => {
    const context = contextOf(actor(path));
    return !context || JSON.stringify({ ...own, ...pick(context, own) }) === JSON.stringify(own);
  };
  const { id, discovery, guards, stages } = spec;
  return (
    has(`job/${id}`, { spec }) &&
    has(`job/${id}/discovery`, { spec: discovery, maxPending: guards.maxPending ?? null }) &&
    has(`job/${id}/guards`, { maxPending: guards.maxPending ?? null, validate: guards.validate }) &&
    stages.every((stage) => has(`job/${id}/stage/${stage.name}`, { spec: stage }))
  );
}

/** Whether the job knows what its lifecycle says, and its discovery and stages rest when they have to. */
export function knowStanding(actor: Find, { id, stages }: JobSpec): boolean {
  const said = standingOf(actor, id);
  const job = contextOf(actor(`job/${id}`)) as Standing | undefined;
  if (!said || !job) return true;
  if (said.drain !== job.drain || JSON.stringify(said.holds) !== JSON.stringify(job.holds)) return false;
  const state = said.drain !== 'flowing' ? 'draining' : Object.keys(said.holds).length > 0 ? 'held' : 'flowing';
  const rests = topOf(actor(`job/${id}/discovery`));
  const guards = contextOf(actor(`job/${id}/guards`)) as { standing: Standing } | undefined;
  if (guards && JSON.stringify(guards.standing) !== JSON.stringify({ holds: job.holds, drain: job.drain })) return false;
  const others = stages.map(({ name }) => topOf(actor(`job/${id}/stage/${name}`)));
  return (rests === undefined || (rests === 'held') === (state !== 'flowing')) && others.every((top) => top === undefined || top === state);
}

/** As the lifecycle of a job says. */
export function standingOf(actor: Find, job: string): Standing | undefined {
  const lifecycle = actor(`job/${job}/lifecycle`)?.getSnapshot() as { value: { drain: Standing['drain'] }; context: Pick<Standing, 'holds'> } | undefined;
  return lifecycle && { holds: lifecycle.context.holds, drain: lifecycle.value.drain };
}

const contextOf = (actor: AnyActorRef | undefined) => (actor?.getSnapshot() as { context: Record<string, unknown> } | undefined)?.context;
const pick = (context: Record<string, unknown>, own: object) => Object.fromEntries(Object.keys(own).map((key) => [key, context[key]]));

/** Its state at the top: `flowing` of `{flowing: 'idle'}`. */
function topOf(actor: AnyActorRef | undefined): string | undefined {
  const value = (actor?.getSnapshot() as { value: string | object } | undefined)?.value;
  return typeof value === 'object' ? Object.keys(value)[0] : value;
}
