/** The actors' snapshots on their way into rows. */
import type { AnyActorLogic, AnyActorRef } from 'xstate';
import { machines } from '../../machines/index.ts';
import { machineNameOf, pathOf, type Recorder } from '../recorder/recorder.ts';
import type { ActorRow, JobProjection } from '../store/types.ts';
import { projectionsOf } from './projections.ts';

type Live = AnyActorRef & { _parent?: AnyActorRef; src: unknown; id: string; systemId?: string; logic: AnyActorLogic };

/** What changed among the actors since it was asked last: rows, how jobs stand, paths of actors that are no more. */
export type ActorChanges = { snapshots: ActorRow[]; jobs: JobProjection[]; gone: string[] };

export class ActorRows {
  private readonly recorder: Recorder;
  private readonly dirty = new Set<Live>();
  private readonly children = new Map<string, Set<string>>();

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  /** Stays the same until `written` is called: a flush that failed takes it again, with what came meanwhile. */
  changes(): ActorChanges {
    for (const actor of this.recorder.takeDirty()) this.dirty.add(actor as Live);
    const live = [...this.dirty].filter(isOwned);
    return {
      snapshots: live.map((actor) => rowOf(actor, this.recorder)),
      jobs: live.flatMap(projectionsOf),
      gone: live.flatMap((actor) => this.goneBelow(actor)),
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
  }

  private goneBelow(actor: Live): string[] {
    const now = childPaths(actor);
    return [...(this.children.get(pathOf(actor)) ?? [])].filter((path) => !now.has(path));
  }
}

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
