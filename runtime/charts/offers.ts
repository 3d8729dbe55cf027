/** What an actor would do with each event that an operator may send, and why not with the rest. */
import { getNextTransitions, type AnyMachineSnapshot, type AnyStateNode, type AnyTransitionDefinition } from 'xstate';
import type { Offer } from '../../inspector/protocol.ts';
import { called } from './called.ts';
import { isForbidden, isOperatorEvent } from './chart.ts';
import { holds, probe } from './guards.ts';

type Way = { from: string; transition: AnyTransitionDefinition };
type Because = NonNullable<Offer['because']>;

/** By event, in the order of the alphabet. */
export function offersOf(snapshot: AnyMachineSnapshot): Offer[] {
  const ways = Map.groupBy(waysOf(snapshot.machine.root), ({ transition }) => transition.eventType);
  return [...ways.keys()].filter(isOperatorEvent).sort().map((event) => offerOf(snapshot, event, ways.get(event)!));
}

function offerOf(snapshot: AnyMachineSnapshot, event: string, ways: readonly Way[]): Offer {
  const now = snapshot.status === 'active' ? heardBy(snapshot, event) : [];
  const description = (now[0] ?? ways[0]!.transition).description;
  return { event, ...answer(snapshot, event, now, ways), ...(description && { description }) };
}

function answer(snapshot: AnyMachineSnapshot, type: string, now: readonly AnyTransitionDefinition[], ways: readonly Way[]): Omit<Offer, 'event' | 'description'> {
  if (snapshot.status !== 'active') return { accepted: false, reason: 'it has ended' };
  if (now.length === 0) return { accepted: false, reason: `only in ${[...new Set(ways.map(({ from }) => from))].join(', ')}` };
  const asked = probe(type);
  if (canTake(snapshot, asked.event) || asked.wasRead()) return { accepted: true };
  const because = now.flatMap(({ guard }) => (guard === undefined ? [] : inTheWay(snapshot, guard, asked.event)));
  const forbidding = now.find((transition) => isForbidden(transition) && holds(snapshot, transition.guard, asked.event));
  if (asked.wasRead()) return { accepted: true };
  if (forbidding) return { accepted: false, reason: `it is ignored in ${whereOf(forbidding.source)}` };
  return { accepted: false, reason: `not while ${unique(because).map(({ guard, is }) => `${guard} is ${is}`).join(' and ')}`, because: unique(because) };
}

/** As XState looks for them: from each innermost state outwards. */
const heardBy = (snapshot: AnyMachineSnapshot, type: string): AnyTransitionDefinition[] =>
  getNextTransitions(snapshot).filter(({ eventType }) => eventType === type || eventType === '*' || (eventType.endsWith('.*') && type.startsWith(eventType.slice(0, -1))));

function canTake(snapshot: AnyMachineSnapshot, event: { type: string }): boolean {
  try {
    return snapshot.can(event as never);
  } catch {
    return false;
  }
}

/** The named guards, innermost, that would have to be otherwise. */
function inTheWay(snapshot: AnyMachineSnapshot, guard: unknown, event: { type: string }, wanted = true): Because {
  if (holds(snapshot, guard, event) === wanted) return [];
  const { guards } = guard as { guards?: unknown[] };
  const { name } = called(guard);
  if (!guards) return [{ guard: name, is: !wanted }];
  return guards.flatMap((part) => inTheWay(snapshot, part, event, name === 'not' ? !wanted : wanted));
}

const unique = (because: Because): Because => [...new Map(because.map((one) => [`${one.guard} ${one.is}`, one])).values()];

function waysOf(node: AnyStateNode): Way[] {
  const own = [...node.transitions.values()].flat().filter((transition) => !isForbidden(transition));
  return [...own.map((transition) => ({ from: whereOf(node), transition })), ...Object.values(node.states).flatMap(waysOf)];
}

const whereOf = ({ path, id }: AnyStateNode): string => path.join('.') || id;

