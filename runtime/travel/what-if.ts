/** What an event would have done, or would do: nothing is sent, nothing runs. */
import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import type { KnownMachine } from '../../machines/index.ts';
import { offersOf } from '../charts/offers.ts';
import type { Effect, Folded } from '../recorder/fold.ts';
import type { Handle } from '../store/open.ts';
import { changesBetween, type Change } from './changes.ts';
import { doubtOf, foldTo, UnknownPast } from './history.ts';

/** `taken`: whether the machine would have done anything at all; `why` says why not. `effects`: what it would have asked for, in order. `doubt`: why it may have stood otherwise. */
export type WhatIf = { path: string; seq: number; event: AnyEventObject; taken: boolean; before: Folded; after: Folded; changes: Change[]; effects: Effect[]; why?: string; doubt?: string };

/** @param seq after this entry; @throws UnknownPast when the actor did not exist then */
export function whatIf(db: Handle, path: string, event: AnyEventObject, seq: number): WhatIf {
  const { fold, last } = foldTo(db, path, seq);
  const doubt = doubtOf(last);
  const before = fold.state;
  if (before?.status !== 'active') throw new UnknownPast(`${path} had ended by ${seq}`);
  const taken = fold.takes(event);
  const after = fold.apply(event).state!;
  const changes = changesBetween({ value: before.value, context: before.context }, { value: after.value, context: after.context });
  return { path, seq, event, taken, before, after, changes, effects: fold.effects.map(shown), ...(!taken && { why: whyNot(last.known, before, event) }), ...(doubt !== undefined && { doubt }) };
}

function whyNot({ machine }: KnownMachine, { value, context }: Folded, { type }: AnyEventObject): string {
  const snapshot = machine.resolveState({ value, context } as never) as AnyMachineSnapshot;
  const offer = offersOf(snapshot).find(({ event }) => event === type);
  if (offer) return offer.reason ?? 'not with what it holds';
  const known = [...new Set(machine.events as string[])].filter((event) => !event.startsWith('xstate.')).sort();
  return known.includes(type) ? 'not in this state' : `it knows no such event; it knows ${known.join(', ')}`;
}

/** XState's own actions say in their params what matters: who is told what, who is started. */
function shown({ type, params }: Effect): Effect {
  return { type: type.replace(/^xstate\./, ''), params: JSON.parse(JSON.stringify(params ?? null, withoutActors)) as unknown };
}

const withoutActors = (_: string, value: unknown) => (typeof value === 'object' && value !== null && 'getSnapshot' in value ? String((value as { id?: unknown }).id) : value);
