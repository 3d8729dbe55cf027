/** Breakers as they are now, and what jobs share with who is at work in it. */
import type { Database } from 'better-sqlite3';
import type { ActorView, BreakersView, BreakerView, PaceView, ResourceDetail, ResourceView, RunningTask, Tokens } from '../../inspector/protocol.ts';
import { allowanceOf, breakerOfResource, breakersOf, hasErrors, tallyOf, type BreakerContext, type Guarded } from '../../machines/breaker.ts';
import { paceOf, type JobSpec } from '../../machines/spec.ts';
import type { GroupCommit } from '../ledger/ledger.ts';
import { readResources } from '../store/resources-view.ts';
import { readRunning } from '../store/running-view.ts';
import { stateName } from '../store/state-name.ts';

export type BreakersWorld = {
  db: Database;
  specs(): readonly JobSpec[];
  actor(path: string): ActorView | undefined;
  ledger: Pick<GroupCommit, 'tokens' | 'useOf'>;
};

export function breakersNow({ db, specs, actor, ledger }: BreakersWorld): BreakersView {
  const running = readRunning(db);
  return {
    breakers: specs().flatMap((spec) => Object.entries(breakersOf(spec)).map(([id, guarded]) => breakerView(spec.id, guarded, actor(`job/${spec.id}/${id}`) ?? { path: `job/${spec.id}/${id}` }, running))),
    resources: readResources(db, true).map((resource) => ({ ...withSlots(resource, running, ledger.tokens(resource.name)), ...guardOf(actor(breakerOfResource(resource.name))) })),
    paces: specs().flatMap(({ id }): PaceView[] => {
      const paced = ledger.tokens(paceOf(id));
      return paced ? [{ job: id, tokens: paced, waiters: [...ledger.useOf(paceOf(id)).waiters] }] : [];
    }),
  };
}

export function breakerView(job: string, { stages, spec }: Guarded, actor: Partial<ActorView> & { path: string }, running: readonly RunningTask[]): BreakerView {
  const { systemic, transient, codeBug, scope } = spec;
  const about = { path: actor.path, job, scope, stages, thresholds: { systemic, transient, code_bug: codeBug } };
  if (!actor.value) return { ...about, state: null, active: [], counted: [], openings: 0, allowance: 0, clearable: false, probe: [] };
  const state = { value: actor.value, context: actor.context as BreakerContext };
  const { opened, openings, ramp, width } = state.context;
  const allowance = allowanceOf(state);
  return {
    ...about, state: stateName(typeof state.value === 'string' ? state.value : JSON.stringify(state.value)), active: actor.active ?? [], counted: tallyOf(state.context), openings, allowance, clearable: hasErrors(state),
    ...(opened && { opened: openingView(opened) }),
    ...(state.value === 'ramping' && { ramp: { ...ramp, most: width } }),
    probe: allowance === null ? [] : running.filter((task) => task.job === job && stages.includes(task.stage)),
  };
}

const openingView = ({ version: _, ...opened }: NonNullable<BreakerContext['opened']>): NonNullable<BreakerView['opened']> => opened;

/** Of a breaker that lives: what jobs.yaml says of it is in it. */
export function guardOf(breaker: Pick<ActorView, 'context'> | undefined): Pick<ResourceDetail, 'guard'> {
  if (!breaker?.context) return {};
  const context = breaker.context as BreakerContext;
  const { systemic, transient, coolDown } = context.spec;
  return { guard: { counted: tallyOf(context), thresholds: { systemic, transient }, coolDown: { first: coolDown.baseMs, most: coolDown.capMs } } };
}

function withSlots(resource: ResourceView, running: readonly RunningTask[], tokens: Tokens | undefined): ResourceDetail {
  const slots = running.filter(({ job, stage }) => resource.holders.some((holder) => holder.job === job && holder.stage === stage));
  return { ...resource, slots, ...(tokens && { tokens }) };
}
