/** The past: where something happened, how everything stood then, and what would have come of something else. */
import { z } from 'zod';
import type { ActorLine, ActorView, StoppedView } from './actors.ts';
import { itemId, path } from './atoms.ts';
import { operatorEvent } from './commands.ts';
import type { Taken } from './frames.ts';
import type { ItemThenView } from './items.ts';
import type { JobView } from './status.ts';

const seq = z.number().int().min(1);

export const pastQueries = [
  z.strictObject({ type: z.literal('density'), path: path.optional(), from: seq.optional(), to: seq.optional() }),
  z.strictObject({ type: z.literal('moments'), path: path.optional(), seq, limit: z.number().int().min(1).max(500).default(100) }),
  z.strictObject({ type: z.literal('at'), seq }),
  z.strictObject({ type: z.literal('actorAt'), path, seq }),
  z.strictObject({ type: z.literal('itemAt'), id: itemId, seq }),
  /** Actors that are no more, of which something is kept: all of them, or one. */
  z.strictObject({ type: z.literal('stopped'), path: path.optional() }),
  z.strictObject({ type: z.literal('whatif'), path, seq, event: operatorEvent }),
  z.strictObject({ type: z.literal('replay'), path }),
  z.strictObject({ type: z.literal('rewind'), path, to: seq }),
  z.strictObject({ type: z.literal('exportTest'), path, from: z.number().int().min(0), to: seq }),
] as const;

/** Entries of the journal that lie beside each other in time. `from`, `to`: their first and last; `at`, `until`: when these came. */
export type DensityBucket = { from: number; to: number; at: number; until: number; n: number; errors?: number; commands?: number; reloads?: number };
/** The oldest first, at most 200, each of `widthMs`; where nothing happened there is none. Empty when nothing is kept. */
export type DensityView = { widthMs: number; buckets: DensityBucket[] };

/** The entries nearest to one, of one actor or of all, each side beginning with the nearest; `upTo` has the entry itself first. */
export type MomentsView = { upTo: [seq: number, at: number][]; after: [seq: number, at: number][] };

/** Everything as it stood right after an entry of the journal. `notes`: what was not kept, in sentences. */
export type ThenView = { seq: number; at: number; jobs: JobView[]; actors: (ActorLine & { doubt?: string })[]; notes: string[] };

/** The last thing that an actor was told by a moment: the steps that it took, and its context before. */
export type StepThen = { seq: number; at: number; type: string; source: string | null; cause: number | null; taken: Taken[]; before?: unknown };
/** `doubt`: why it may have stood otherwise. */
export type ActorThenView = ActorView & { step: StepThen; status: string; doubt?: string };

/** What differs between two states, leaf by leaf: `at` as in `holds.operator.reason`. */
export type ChangeView = { at: string; before?: unknown; after?: unknown };
/** `taken`: whether it would have done anything; `why` says why not. `effects`: what the machine would have asked for; none of it was done. */
export type WhatIfView = {
  path: string; seq: number; taken: boolean; why?: string; doubt?: string;
  value: unknown; active: string[]; status: string; changes: ChangeView[]; effects: { type: string; params: unknown }[];
};

/** `first`: the first event that leads elsewhere today, and what it does; `changes`: from the stored state to the replayed one. */
export type ReplayView = { path: string; entries: number; ok: boolean; problem?: string; first?: { seq: number; at: number; type: string; changes: ChangeView[] }; changes?: ChangeView[] };

/** `problem`: why it is refused. `changes`: from how it stands to how it stood. */
export type RewindView = { path: string; to: number; changes: ChangeView[]; problem?: string };

/** A test file, and the `jobctl` line that prints the same. */
export type ExportedTestView = { source: string; line: string };

export type PastViews = {
  density: DensityView; moments: MomentsView; at: ThenView; actorAt: ActorThenView; itemAt: ItemThenView; stopped: StoppedView;
  whatif: WhatIfView; replay: ReplayView; rewind: RewindView; exportTest: ExportedTestView;
};
