/** The actors' snapshots on their way into rows. */
import type { AnyActorLogic, AnyActorRef } from 'xstate';
import { allowanceOf, isResourceBreaker } from '../../machines/breaker.ts';
import { machines } from '../../machines/index.ts';
import { machineNameOf, pathOf, type Recorder } from '../recorder/recorder.ts';
import type { ActorRow, JobProjection } from '../store/types.ts';
import { projectionsOf } from './projections.ts';

type Live = AnyActorRef & { _parent?: AnyActorRef; src: unknown; id: string; systemId?: string; logic: AnyActorLogic };

/** What changed among the actors since it was asked last: rows, how jobs stand, paths of actors that are no more; jobs whose breakers may allow more, and whether one of a resource may. */
export type ActorChanges = { snapshots: ActorRow[]; jobs: JobProjection[]; gone: string[]; eased: string[]; easedAll: boolean };
/** What a breaker allows: `most` attempts in flight, of these stages of a job or of all that use a resource. `name`: its path. */
export type Allowance = { name: string; most: number } & ({ job: string; stages: readonly string[] } | { resource: string });

export class ActorRows {
  private readonly recorder: Recorder;
  private readonly dirty = new Set<Live>();
  private readonly breakers = new Map<string, Allowance>();
  private readonly children = new Map<string, Set<string>>();

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  /** Stays the same until `written` is called: a flush that failed takes it again, with what came meanwhile. */
  changes(): ActorChanges {
    for (const actor of this.recorder.takeDirty()) this.dirty.add(actor as Live);
    const live = [...this.dirty].filter(isOwned);
    const gone = live.flatMap((actor) => this.goneBelow(actor));
    for (const path of live.flatMap((actor) => this.goneBelow(actor).filter((path) => !isAwaited(actor, path)))) this.forgetBreakersAt(path);
    const breakers = live.filter(isBreaker);
    for (const breaker of breakers) this.ask(breaker);
    return {
      snapshots: live.map((actor) => rowOf(actor, this.recorder)),
      jobs: live.flatMap(projectionsOf),
      gone,
      eased: breakers.filter((breaker) => !isOfResource(breaker)).map((breaker) => breaker.getSnapshot().context.job),
      easedAll: breakers.some(isOfResource),
    };
  }

  /** The changes are durable. */
  written(): void {
    for (const actor of this.dirty) if (isOwned(actor)) this.children.set(pathOf(actor), childPaths(actor));
    this.dirty.clear();
  }

  /** After a restore: what the rows know already. */
  adopt(actor: AnyActorRef): void {
    this.children.set(pathOf(actor), childPaths(actor as Live));
    if (isBreaker(actor as Live)) this.ask(actor as Live);
  }

  /** Of the breakers that are not closed, as of the last `changes`. */
  get allowances(): Allowance[] {
    return [...this.breakers.values()];
  }

  /** Whether a breaker that is not closed has this path. */
  isHeldBack(path: string): boolean {
    return this.breakers.has(path);
  }

  /** Whether there is one that is of a resource. */
  get holdsBack(): boolean {
    return this.breakers.size > 0 && [...this.breakers.keys()].some(isResourceBreaker);
  }

  private ask(breaker: Live): void {
    const name = pathOf(breaker);
    const { job, stages } = breaker.getSnapshot().context;
    const most = allowanceOf(breaker.getSnapshot());
    if (most === null) this.breakers.delete(name);
    else this.breakers.set(name, { name, most, ...(isOfResource(breaker) ? { resource: job } : { job, stages }) });
  }

  private forgetBreakersAt(path: string): void {
    for (const name of this.breakers.keys()) if (name === path || name.startsWith(`${path}/`)) this.breakers.delete(name);
  }

  private goneBelow(actor: Live): string[] {
    const now = childPaths(actor);
    return [...(this.children.get(pathOf(actor)) ?? [])].filter((path) => !now.has(path));
  }
}

const isBreaker = ({ src }: Live) => src === 'breaker';
const isOfResource = (breaker: Live) => isResourceBreaker(pathOf(breaker));

/** It died and is to be started again: until then what it allowed last is in force. */
const isAwaited = (parent: Live, path: string): boolean => (parent.getSnapshot().context.restarts?.down ?? []).some(({ id }: { id: string }) => path === `${pathOf(parent)}/${id}`);

/** Only machines have rows; what they invoke is made anew. */
function childPaths(actor: Live): Set<string> {
  const children = Object.values(actor.getSnapshot().children ?? {}) as Live[];
  return new Set(children.filter((child) => child.systemId !== undefined).map(pathOf));
}

/** An actor that died or was stopped is no longer its parent's child. */
function isOwned(actor: Live): boolean {
  return actor.getSnapshot().status === 'active' && (!actor._parent || (actor._parent.getSnapshot() as any).children?.[actor.id] === actor);
}

function rowOf(actor: Live, recorder: Recorder): ActorRow {
  const src = machineNameOf(actor);
  const shallow = actor.logic.getPersistedSnapshot({ ...actor.getSnapshot(), children: {} }, undefined);
  return {
    path: pathOf(actor),
    parent: actor._parent ? pathOf(actor._parent) : null,
    id: actor.id,
    src,
    version: machines[src]!.version,
    seq: recorder.lastOf(actor),
    snapshot: JSON.stringify(shallow),
  };
}
