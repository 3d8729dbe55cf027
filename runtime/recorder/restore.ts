/**
 * From rows to a tree. XState forgives silently what must not be forgiven: a child whose source is gone, a state that is
 * no more. So each row is tried alone first; one that cannot be used is put aside, with those below it, and its actor
 * starts fresh from the rows of jobs and holds.
 */
import { createActor, type AnyStateMachine } from 'xstate';
import { z } from 'zod';
import { machines } from '../../machines/index.ts';
import type { ActorRow } from '../store/types.ts';

export type Persisted = { status: string; value: unknown; context: any; children: Record<string, { snapshot: unknown; src: string; systemId?: string; syncSnapshot: boolean }> };

/** Why a row cannot be used, or undefined. */
export function problemOf({ path, src, version, snapshot }: ActorRow): string | undefined {
  const known = machines[src];
  if (!known) return `there is no machine "${src}"`;
  if (version !== known.version) return `its snapshot has version ${version}, the machine has ${known.version}`;
  try {
    const stored = JSON.parse(snapshot);
    const state = createActor(known.machine, { snapshot: { ...stored, children: {} }, input: undefined } as never).getSnapshot();
    const context = known.context.safeParse(stored.context);
    if (!context.success) return `its context is not that of the machine: ${z.prettifyError(context.error)}`;
    return state.status === 'active' ? undefined : `${path} is ${state.status}${state.error instanceof Error ? `: ${state.error.message}` : ''}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** One deep snapshot for `createActor`, with what the active states invoke; undefined without a root. */
export function inflate(rows: readonly ActorRow[]): Persisted | undefined {
  const below = Map.groupBy(rows, ({ parent }) => parent);
  const root = below.get(null)?.[0];
  return root && build(root);

  function build(row: ActorRow): Persisted {
    const own = JSON.parse(row.snapshot) as Persisted;
    const children: Persisted['children'] = invokedIn(machines[row.src]!.machine, own);
    for (const child of below.get(row.path) ?? []) children[child.id] = { snapshot: build(child), src: child.src, systemId: child.path, syncSnapshot: false };
    return { ...own, children };
  }
}

/** XState restarts an invoked actor only if it finds it among the children: its input follows from the context. */
export function invokedIn(machine: AnyStateMachine, { value, context }: Pick<Persisted, 'value' | 'context'>): Persisted['children'] {
  const { _nodes: nodes } = machine.resolveState({ value, context } as never) as unknown as { _nodes: { invoke: { id: string; src: string; input?: unknown }[] }[] };
  const definitions = nodes.flatMap(({ invoke }) => invoke);
  return Object.fromEntries(
    definitions.map(({ id, src, input }) => {
      const given = typeof input === 'function' ? (input as (args: object) => unknown)({ context }) : input;
      return [id, { snapshot: { status: 'active', input: given }, src, syncSnapshot: false }];
    }),
  );
}

/** Children that a parent believes alive and that no row gives back. */
export function missingOf(row: ActorRow, rows: readonly ActorRow[]): string[] {
  const alive = (JSON.parse(row.snapshot) as Persisted).context.restarts?.alive as string[] | undefined;
  const there = new Set(rows.filter(({ parent }) => parent === row.path).map(({ id }) => id));
  return (alive ?? []).filter((id) => !there.has(id));
}
