/**
 * From rows to a tree. XState forgives silently what must not be forgiven: a child whose source is gone, a state that is
 * no more. So each row is tried alone first: brought to today's version, its context parsed, its state built and compared.
 */
import { createActor, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';
import { z } from 'zod';
import { machineNamed } from '../../machines/index.ts';
import { lifted, type Past } from '../../machines/migrations.ts';
import type { ActorRow, StoredActorRow } from '../store/types.ts';
import { changesBetween } from '../travel/changes.ts';
import { markOf } from './mark.ts';

export const ROOT = 'supervisor';

export type Persisted = { status: string; value: any; context: any; historyValue?: Record<string, { id: string }[]>; children: Record<string, { snapshot: unknown; src: string; systemId?: string; syncSnapshot: boolean }> };

/** A row that an actor can go on from: `snapshot` is one of today's version; `lifted` is the version that it had, if it was another. */
export type Usable = Omit<ActorRow, 'snapshot'> & { snapshot: Persisted; lifted?: number };

/** Why a row cannot be used. */
export class Unusable extends Error {
  override name = 'Unusable';
}

/** @throws Unusable, whatever is in the row */
export function usable(row: StoredActorRow): Usable {
  try {
    return tried(row);
  } catch (cause) {
    if (cause instanceof Unusable) throw cause;
    throw new Unusable(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function tried({ mark, ...row }: StoredActorRow): Usable {
  const known = machineNamed(row.src);
  if (!known) throw new Unusable(`there is no machine "${row.src}"`);
  if (!isAtHome(row, known.path)) throw new Unusable(`it is a "${row.src}" named "${row.id}" below ${row.parent ?? 'nobody'}, which does not live there`);
  const stored = shape.parse(JSON.parse(row.snapshot)) as Persisted;
  const { value, context } = lifted(known, { value: stored.value, context: stored.context }, row.version);
  const parsed = known.context.safeParse(context);
  if (!parsed.success) throw new Unusable(`its context is not that of the machine: ${z.prettifyError(parsed.error)}`);
  const stranger = strangerIn(row.path, parsed.data);
  if (stranger !== undefined) throw new Unusable(`it knows itself as that of "${stranger}"`);
  const snapshot = { ...stored, value, context, children: {} };
  const state = built(known.machine, snapshot);
  if (state.status !== 'active') throw new Unusable(`it is ${state.status}${state.error instanceof Error ? `: ${state.error.message}` : ''}`);
  if (changesBetween(value, state.value).length > 0) throw new Unusable(`its state ${JSON.stringify(value)} says too little: today it is ${JSON.stringify(state.value)}, and no migration leads there`);
  if (mark === undefined) throw new Unusable(`its journal has no entry ${row.seq}, of which it is the outcome`);
  if (mark !== null && mark !== markOf(stored)) throw new Unusable('it is not the state that its journal led to: something has changed it');
  return { ...row, version: known.version, snapshot, ...(row.version !== known.version && { lifted: row.version }) };
}

/** What XState itself reads. A row that names actors in its context, or carries children, is none of ours. */
const shape = z.looseObject({ status: z.string(), value: z.unknown(), context: z.unknown() });

/** The tree has one shape: whose child an actor is, and under which id, follows from its path. */
function isAtHome({ path, parent, id }: ActorRow, home: RegExp): boolean {
  if (!home.test(path)) return false;
  if (parent === null) return path === ROOT;
  return path === (parent === ROOT ? id : `${parent}/${id}`);
}

/** Some machines know their job, or their stage: it must be the one of the path. */
function strangerIn(path: string, context: unknown): string | undefined {
  const [, job, , stage] = path.split('/');
  const { job: ofJob, spec } = context as { job?: unknown; spec?: { id?: unknown; name?: unknown } };
  const wrong = [[ofJob, job], [spec?.id, job], [spec?.name, stage]].find(([own, wanted]) => typeof own === 'string' && own !== wanted);
  return wrong && String(wrong[0]);
}

/** @throws where XState would only warn: for a remembered state that is gone */
function built(machine: AnyStateMachine, snapshot: Persisted): AnyMachineSnapshot {
  for (const { id } of Object.values(snapshot.historyValue ?? {}).flat()) machine.getStateNodeById(id);
  return createActor(machine, { snapshot: structuredClone(snapshot), input: undefined } as never).getSnapshot() as AnyMachineSnapshot;
}

/** One deep snapshot for `createActor`, with what the active states invoke; undefined without a root. */
export function inflate(rows: readonly Usable[]): Persisted | undefined {
  const below = Map.groupBy(rows, ({ parent }) => parent);
  const root = below.get(null)?.[0];
  return root && build(root);

  function build({ path, src, snapshot }: Usable): Persisted {
    const children: Persisted['children'] = invokedIn(machineNamed(src)!.machine, snapshot);
    for (const child of below.get(path) ?? []) children[child.id] = { snapshot: build(child), src: child.src, systemId: child.path, syncSnapshot: false };
    return { ...snapshot, children };
  }
}

/** XState restarts an invoked actor only if it finds it among the children: its input follows from the context. */
export function invokedIn(machine: AnyStateMachine, { value, context }: Past): Persisted['children'] {
  const { _nodes: nodes } = machine.resolveState({ value, context } as never) as unknown as { _nodes: { invoke: { id: string; src: string; input?: unknown }[] }[] };
  const definitions = nodes.flatMap(({ invoke }) => invoke);
  return Object.fromEntries(
    definitions.map(({ id, src, input }) => {
      const given = typeof input === 'function' ? (input as (args: object) => unknown)({ context }) : input;
      return [id, { snapshot: { status: 'active', input: given }, src, syncSnapshot: false }];
    }),
  );
}

/** Ids of the children that a parent believes alive; undefined for one that has none. */
export const aliveIn = ({ context }: { context: any }): string[] | undefined => context.restarts?.alive as string[] | undefined;

/** Children that a parent believes alive and that no row gives back. */
export function missingOf({ path, snapshot }: Usable, rows: readonly Usable[]): string[] {
  const there = new Set(rows.filter(({ parent }) => parent === path).map(({ id }) => id));
  return (aliveIn(snapshot) ?? []).filter((id) => !there.has(id));
}
