/** One actor's past: its journal, folded step by step over today's machine. */
import type { AnyEventObject, AnyStateMachine } from 'xstate';
import { machines } from '../../machines/index.ts';
import { Fold, type Effect, type Folded } from '../recorder/fold.ts';
import type { Handle } from '../store/open.ts';
import { journalOf, type KeptEntry } from '../store/replay-view.ts';

/** One event, the state that it led to, and what the machine wanted done. */
export type Step = Omit<KeptEntry, 'event' | 'state'> & { event: AnyEventObject; state: Folded; effects: readonly Effect[]; mark: string | null };

/** An actor that is gone can still be looked at: its journal says which machine it was. */
export class UnknownPast extends Error {
  override name = 'UnknownPast';
}

/** Of the incarnation that was alive at `seq`. @throws UnknownPast when there was none */
export function stateAt(db: Handle, path: string, seq: number): Step {
  let last: Step | undefined;
  for (const step of stepsOf(db, path, seq)) last = step;
  if (!last) throw new UnknownPast(`${path} did not exist at ${seq}`);
  return last;
}

/**
 * From its first kept event up to and with `to`.
 *
 * @param src its machine, where an older journal does not name it
 */
export function* stepsOf(db: Handle, path: string, to: number, src?: string): Generator<Step, void, void> {
  let fold: Fold | undefined;
  for (const { event: text, state: mark, ...entry } of journalOf(db, path, to)) {
    const event = JSON.parse(text) as AnyEventObject;
    if (event.type === 'xstate.init') fold = new Fold(machineOf((event['machine'] as string | undefined) ?? src, path));
    const state = fold?.apply(event).state;
    if (state) yield { ...entry, event, mark, state, effects: fold!.effects };
  }
}

/** The fold as it stands after `to`, ready for what did not happen. */
export function foldTo(db: Handle, path: string, to: number): { fold: Fold; machine: AnyStateMachine } {
  const events = journalOf(db, path, to).map(({ event }) => JSON.parse(event) as AnyEventObject);
  const first = events.findLast(({ type }) => type === 'xstate.init');
  if (!first) throw new UnknownPast(`${path} did not exist at ${to}`);
  const machine = machineOf(first['machine'] as string | undefined, path);
  const fold = new Fold(machine);
  for (const event of events) fold.apply(event);
  return { fold, machine };
}

function machineOf(name: string | undefined, path: string): AnyStateMachine {
  const known = machines[name ?? ''];
  if (!known) throw new UnknownPast(`${path} was a "${name}", and there is no such machine any more`);
  return known.machine;
}
