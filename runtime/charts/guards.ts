/** Whether guards are true, asked without an event: one that reads more of it than its type can only be asked when it comes. */
import type { AnyMachineSnapshot } from 'xstate';
import { evaluateGuard } from 'xstate/guards';
import type { GuardPart } from '../../inspector/protocol.ts';
import { called } from './called.ts';

/** An event of which nothing but its type is known. */
export function probe(type: string): { event: { type: string }; wasRead(): boolean } {
  let read = false;
  const event = new Proxy({ type }, {
    get(target, key, self) {
      if (key !== 'type' && typeof key === 'string') read = true;
      return Reflect.get(target, key, self) as unknown;
    },
    has: (target, key) => ((read ||= key !== 'type'), Reflect.has(target, key)),
    ownKeys: (target) => ((read = true), Reflect.ownKeys(target)),
  });
  return { event, wasRead: () => read };
}

/** A guard that throws lets nothing pass. */
export function holds(snapshot: AnyMachineSnapshot, guard: unknown, event: { type: string }): boolean {
  if (guard === undefined) return true;
  try {
    return evaluateGuard(guard as never, snapshot.context, event as never, snapshot);
  } catch {
    return false;
  }
}

/** Undefined when it depends on what the event holds. */
export function truthOf(snapshot: AnyMachineSnapshot, guard: unknown, type: string): boolean | undefined {
  const asked = probe(type);
  const is = holds(snapshot, guard, asked.event);
  return asked.wasRead() ? undefined : is;
}

/** The named guards of which `and`, `or` and `not` make one. */
export function partsOf(snapshot: AnyMachineSnapshot, guard: unknown, type: string): GuardPart[] {
  const { guards } = guard as { guards?: unknown[] };
  if (guards) return guards.flatMap((part) => partsOf(snapshot, part, type));
  const is = truthOf(snapshot, guard, type);
  return [{ guard: called(guard).name, ...(is !== undefined && { is }) }];
}
