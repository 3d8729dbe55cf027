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

/** A row that an actor can go on from: `snapshot` is one of today's version, and `mark` its mark; `lifted` is the version that it had, if it was another. */
export type Usable = Omit<ActorRow, 'snapshot'> & { snapshot: Persisted; mark?: string; lifted?: number };

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
  if (row.snapshot.includes('xstate$$type')) throw new Unusable('it names actors, as no row of ours does');
  const stored = shape.parse(JSON.parse(row.snapshot), ONCE) as Persisted;
  const { value, context } = lifted(known, { value: stored.value, context: stored.context }, row.version);
  const parsed = known.context.safeParse(context, ONCE);
  if (!parsed.success) throw new Unusable(`its context is not that of the machine: ${z.prettifyError(parsed.error)}`);
  const stranger = strangerIn(row.path, parsed.data);
  if (stranger !== undefined) throw new Unusable(`it knows itself as that of "${stranger}"`);
  const snapshot = { ...stored, value, context, children: {} };
  checkState(known.machine, snapshot);
  if (mark === undefined) throw new Unusable(`its journal has no entry ${row.seq}, of which it is the outcome`);
  if (mark !== null && mark !== markOf(stored)) throw new Unusable('it is not the state that its journal led to: something has changed it');
  return { ...row, version: known.version, snapshot, ...(row.version !== known.version ? { lifted: row.version } : mark !== null && { mark }) };
}

/** A start reads each row once: code that zod makes for a shape would cost more than it saves. */
const ONCE = { jitless: true };
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

/** Many actors are in few states: what was found possible once is not built again. */
const possible = new WeakMap<AnyStateMachine, Set<string>>();

/** @throws where XState would only warn: for a state that is gone, a remembered one too, or one that says less than today's has to */
function checkState(machine: AnyStateMachine, { status, value, historyValue = {} }: Persisted): void {
  const known = possible.get(machine) ?? new Set();
  const key = JSON.stringify([status, value, historyValue]);
  if (known.has(key)) return;
  for (const { id } of Object.values(historyValue).flat()) machine.getStateNodeById(id);
  // What a state is does not hang on the context; and XState keeps what it is given.
  const state = createActor(machine, { snapshot: JSON.parse(JSON.stringify({ status, value, historyValue, context: {}, children: {} })), input: undefined } as never).getSnapshot() as AnyMachineSnapshot;
  if (state.status !== 'active') throw new Unusable(`it is ${state.status}${state.error instanceof Error ? `: ${state.error.message}` : ''}`);
  if (changesBetween(value, state.value).length > 0) throw new Unusable(`its state ${JSON.stringify(value)} says too little: today it is ${JSON.stringify(state.value)}, and no migration leads there`);
  possible.set(machine, known.add(key));
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
  return Object.fromEntries(
    invokesOf(machine, value).map(({ id, src, input }) => {
      const given = typeof input === 'function' ? (input as (args: object) => unknown)({ context }) : input;
      return [id, { snapshot: { status: 'active', input: given }, src, syncSnapshot: false }];
    }),
  );
}

type Invoke = { id: string; src: string; input?: unknown };
const invokes = new WeakMap<AnyStateMachine, Map<string, Invoke[]>>();

/** Of all states that are active. */
function invokesOf(machine: AnyStateMachine, value: unknown): Invoke[] {
  const known = invokes.get(machine) ?? new Map<string, Invoke[]>();
  invokes.set(machine, known);
  const key = JSON.stringify(value);
  const found = known.get(key) ?? (machine.resolveState({ value, context: {} } as never) as unknown as { _nodes: { invoke: Invoke[] }[] })._nodes.flatMap(({ invoke }) => invoke);
  known.set(key, found);
  return found;
}

/** Ids of the children that a parent believes alive; undefined for one that has none. */
export const aliveIn = ({ context }: { context: any }): string[] | undefined => context.restarts?.alive as string[] | undefined;

/** By path: the children that an actor believes alive and that no row gives back. */
export function missingBelow(rows: readonly Usable[]): ReadonlyMap<string, string[]> {
  const there = new Set(rows.map(({ parent, id }) => `${parent} ${id}`));
  return new Map(rows.map(({ path, snapshot }) => [path, (aliveIn(snapshot) ?? []).filter((id) => !there.has(`${path} ${id}`))]));
}
