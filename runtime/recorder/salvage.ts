/**
 * What the rows give back of the tree. A row that cannot be used costs its own actor its past, and nobody else anything: a
 * parent begins anew around the children that are sound, a lifecycle from the rows of jobs and holds.
 */
import type { Drain, Standing } from '../../machines/lifecycle.ts';
import { machineNamed } from '../../machines/index.ts';
import type { JobSpec, ResourceSpec } from '../../machines/spec.ts';
import type { Plan } from '../../machines/supervisor.ts';
import type { ActorRow, StoredActorRow } from '../store/types.ts';
import { changesBetween } from '../travel/changes.ts';
import { Fold } from './fold.ts';
import { aliveIn, ROOT, Unusable, usable, type Usable } from './restore.ts';

/** `anew`: it has no past; `snapshot` is what it begins with. */
export type Kept = Usable & { anew?: true };
/** A row that is put aside, and why. */
export type Aside = { row: ActorRow; problem: string };
/** `actors`: parents first. `stale`: paths of rows that nobody needs any more. */
export type Salvaged = { actors: Kept[]; aside: Aside[]; stale: string[] };
/** `standings`: of every job, as its own rows say. `specs`: of the jobs that jobs.yaml has. */
export type Rows = { rows: readonly StoredActorRow[]; standings: Readonly<Record<string, Standing>>; specs: readonly JobSpec[]; at: number };

export function salvage({ rows, standings, specs, at }: Rows): Salvaged {
  const { sound, aside } = sorted(rows, standings);
  if (sound.size === 0) return { actors: [], aside, stale: [] };
  for (const spec of specs) mended(spec, sound, standings[spec.id], at);
  if (!sound.has(ROOT)) sound.set(ROOT, rootAnew(specs, sound, standings, at));
  return { aside, ...related(sound) };
}

function sorted(rows: readonly StoredActorRow[], standings: Rows['standings']): { sound: Map<string, Kept>; aside: Aside[] } {
  const sound = new Map<string, Kept>();
  const aside: Aside[] = [];
  for (const row of rows) {
    try {
      const actor = usable(row);
      remembering(actor, standings);
      sound.set(row.path, actor);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      aside.push({ row, problem: error.message });
    }
  }
  return { sound, aside };
}

/** The rows of jobs and holds are written together with the snapshot of the lifecycle: where they differ, the rows are believed. */
function remembering({ path, src, snapshot: { value, context } }: Usable, standings: Rows['standings']): void {
  const stands = standings[path.split('/')[1]!];
  if (!stands) return;
  const drains = stands.drain !== 'flowing';
  if (src === 'lifecycle') {
    const { pause, drain } = value as { pause: unknown; drain: string };
    const isHeld = Object.keys(stands.holds).length > 0;
    if (changesBetween(stands.holds, context.holds).length > 0 || isHeld !== (pause !== 'running') || drains !== (drain !== 'flowing')) throw new Unusable('it says something else of the job than the rows of jobs and holds');
  } else if (src === 'job') {
    const known = (context as Standing).holds;
    if (drains !== (context.drain !== 'flowing') || Object.keys(stands.holds).some((cause) => !(cause in known))) throw new Unusable('it has forgotten what holds it');
  }
}

// ---------------------------------------------------------------- who begins anew

/** A job of which something is left gets what it cannot do without. */
function mended(spec: JobSpec, sound: Map<string, Kept>, rows: Standing | undefined, at: number): void {
  const path = `job/${spec.id}`;
  const [job, lifecycle] = [sound.get(path), sound.get(`${path}/lifecycle`)];
  if (!job && ![...sound.keys()].some((other) => other.startsWith(`${path}/`))) return;
  // Whether one that drains is drained stands in no row: a lifecycle that is sound knows it.
  const drain: Drain | undefined = lifecycle?.snapshot.value.drain;
  if (!job) sound.set(path, anew({ path, parent: ROOT, id: path, src: 'job' }, { at, spec, ...rows, ...(drain && { drain }) }));
  if (!lifecycle) sound.set(`${path}/lifecycle`, anew({ path: `${path}/lifecycle`, parent: path, id: 'lifecycle', src: 'lifecycle' }, { at, ...rows }));
}

/** With the jobs and resources as they remember themselves: the configuration is told to it like any other change. */
function rootAnew(specs: readonly JobSpec[], sound: ReadonlyMap<string, Kept>, standings: Rows['standings'], at: number): Kept {
  const jobs = specs.flatMap(({ id }) => sound.get(`job/${id}`)?.snapshot.context.spec ?? []);
  const resources = [...sound.values()].flatMap(({ src, snapshot }) => (src === 'resource' ? [snapshot.context.spec as ResourceSpec] : []));
  return anew({ path: ROOT, parent: null, id: ROOT, src: ROOT }, { at, standings, jobs, resources, upstream: {} } satisfies Plan & { at: number; standings: Rows['standings'] });
}

/** In the state in which it would begin. None of its children is started: those that are missing follow when it hears of the restart. */
function anew(place: Pick<ActorRow, 'path' | 'parent' | 'id' | 'src'>, input: object): Kept {
  const known = machineNamed(place.src)!;
  const { status, value, context } = new Fold(known).apply({ type: 'xstate.init', input }).state!;
  return { ...place, version: known.version, seq: 0, snapshot: { status, value, context, children: {} }, anew: true };
}

// ---------------------------------------------------------------- who belongs to whom

/** Parents first; a row of which its parent knows nothing is of no use. */
function related(sound: ReadonlyMap<string, Kept>): Pick<Salvaged, 'actors' | 'stale'> {
  const kept = new Map<string, Kept>();
  const byDepth = [...Map.groupBy(sound.values(), depth)].toSorted(([a], [b]) => a - b).flatMap(([, actors]) => actors);
  for (const actor of byDepth) {
    const parent = actor.parent === null ? undefined : kept.get(actor.parent);
    if (actor.parent === null || (parent && aliveIn(parent.snapshot)?.includes(actor.id))) kept.set(actor.path, actor);
  }
  return { actors: [...kept.values()], stale: byDepth.filter(({ path }) => !kept.has(path)).map(({ path }) => path) };
}

const depth = ({ path, parent }: ActorRow | Kept) => (parent === null ? 0 : path.split('/').length);
