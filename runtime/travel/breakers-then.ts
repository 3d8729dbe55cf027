/** Breakers, and what jobs shared, as they stood at a moment: who held and who waited is what the resources had been told. */
import type { AnyMachineSnapshot } from 'xstate';
import type { BreakersView, ResourceDetail } from '../../inspector/protocol.ts';
import { breakerOfResource, breakersOf, reasonOf, type BreakerContext } from '../../machines/breaker.ts';
import type { resourceContext } from '../../machines/resource.ts';
import type { z } from 'zod';
import { activeIn } from '../charts/chart.ts';
import { breakerView, guardOf } from '../control/breakers.ts';
import type { Handle } from '../store/open.ts';
import { stateText } from '../store/state-name.ts';
import { seenAt, UnknownPast, type Step } from './history.ts';
import { plansAt } from './plans-then.ts';

type Resource = z.infer<typeof resourceContext>;
type Actor = Parameters<typeof breakerView>[2];

export function breakersThen(db: Handle, seq: number): BreakersView {
  const { jobs, resources, alive } = plansAt(db, seq);
  const lived = (path: string): Step | undefined => (alive(path) ? stepAt(db, path, seq) : undefined);
  const breakers = jobs.flatMap((spec) => Object.entries(breakersOf(spec)).map(([id, guarded]) => breakerView(spec.id, guarded, actorOf(`job/${spec.id}/${id}`, lived(`job/${spec.id}/${id}`)), [])));
  const shared = resources.flatMap(({ name }): ResourceDetail[] => {
    const step = lived(`resource/${name}`);
    return step ? [resourceThen(name, step, lived(breakerOfResource(name)))] : [];
  });
  return { breakers, resources: shared, paces: [], notes: notesOf({ isPaced: jobs.some(({ pacing }) => pacing) || resources.some(({ rate }) => rate), isShared: shared.some(({ taken }) => taken > 0), isOnProbation: breakers.some(({ allowance }) => allowance) }) };
}

function stepAt(db: Handle, path: string, seq: number): Step | undefined {
  try {
    const step = seenAt(db, path, seq);
    return step.state.status === 'active' ? step : undefined;
  } catch (error) {
    if (error instanceof UnknownPast) return undefined;
    throw error;
  }
}

function actorOf(path: string, step: Step | undefined): Actor {
  if (!step) return { path };
  const { value, context } = step.state;
  return { path, value, context, active: activeIn(step.known.machine.resolveState({ value, context } as never) as AnyMachineSnapshot) };
}

function resourceThen(name: string, { state }: Step, breaker: Step | undefined): ResourceDetail {
  const { spec: { concurrency, rate }, taken, holders, waiters } = state.context as Resource;
  return { name, state: stateText(state.value), concurrency, taken, ...(rate && { rate }), holders, waiters, slots: [], ...(breaker && { ...openedOf(breaker), ...guardOf({ context: breaker.state.context }) }) };
}

function openedOf({ state: { value, context } }: Step): Pick<ResourceDetail, 'breaker'> {
  const { opened } = context as BreakerContext;
  if (value === 'closed') return {};
  return { breaker: { state: stateText(value), ...(opened && { reason: reasonOf(opened), since: opened.since, until: opened.until }) } };
}

function notesOf({ isPaced, isShared, isOnProbation }: Record<'isPaced' | 'isShared' | 'isOnProbation', boolean>): string[] {
  return [
    ...(isShared ? ['which items were in the slots was not kept: only of which stages they were'] : []),
    ...(isOnProbation ? ['which attempt was on probation was not kept'] : []),
    ...(isPaced ? ['how many starts a rate or a pacing had left was not kept'] : []),
  ];
}
