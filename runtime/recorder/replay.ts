/** Replays stored journals over today's machines and compares with the stored snapshots. */
import { machines } from '../../machines/index.ts';
import type { Handle } from '../store/open.ts';
import { journalOf, storedActors, type StoredActor } from '../store/replay-view.ts';
import { fold } from './fold.ts';

export type Replayed = { path: string; entries: number; ok: boolean; divergence?: string };

/** @param path of one actor; left out: all of them */
export const replayAll = (db: Handle, path?: string): Replayed[] => storedActors(db, path).map((actor) => replayed(db, actor));

function replayed(db: Handle, { path, src, seq, snapshot }: StoredActor): Replayed {
  const machine = machines[src]?.machine;
  if (!machine) return { path, entries: 0, ok: false, divergence: `there is no machine "${src}"` };
  const entries = journalOf(db, path, seq);
  const stored = JSON.parse(snapshot) as { value: unknown; context: unknown };
  const got = fold(machine, entries);
  const [want, have] = [stored, got].map((state) => JSON.stringify({ value: state?.value, context: state?.context }));
  return { path, entries: entries.length, ok: want === have, ...(want !== have && { divergence: `stored ${want}, folded ${have}` }) };
}
