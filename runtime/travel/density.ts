/**
 * Where on the line of time something happened. Hours in which nothing did would take all the room, so they are left out: what is empty is cut
 * away and the rest divided more finely, until most of it is in use.
 */
import type { DensityBucket, DensityView } from '../../inspector/protocol.ts';
import { entriesBetween, failuresBetween, firstFrom, lastUpTo, marksBetween, type Place } from '../store/density-view.ts';
import type { Handle } from '../store/open.ts';

const MOST_BUCKETS = 200;
/** More parts than these are not taken apart any further. */
const MOST_PARTS = 60;
/** Empty buckets in a row that still belong to a part. */
const LULL = 2;
const IN_USE = 0.6;
/** Nobody points at less. */
const LEAST_MS = 50;

/** From its first entry to its last, which are `from` and `to` of it. */
type Part = { from: Place; to: Place };
type Asked = { path?: string; from?: number; to?: number };

export function densityOf(db: Handle, { path, from = 1, to = Number.MAX_SAFE_INTEGER }: Asked): DensityView {
  const [first, last] = [firstFrom(db, from, path), lastUpTo(db, to, path)];
  if (!first || !last || last.seq < first.seq) return { widthMs: 0, buckets: [] };
  const { widthMs, parts } = divided(db, [{ from: first, to: last }], path);
  const buckets = parts.map(({ from, to }): DensityBucket => ({ from: from.seq, to: to.seq, at: from.at, until: Math.max(from.at, to.at), n: entriesBetween(db, from.seq, to.seq, path) }));
  return { widthMs, buckets: marked(db, buckets, path) };
}

function divided(db: Handle, parts: Part[], path: string | undefined): { widthMs: number; parts: Part[] } {
  const total = lengthOf(parts);
  const widthMs = Math.max(LEAST_MS, Math.ceil(total / (MOST_BUCKETS - parts.length)));
  const pieces = parts.flatMap((part) => piecesOf(db, part, widthMs, path));
  const joined = together(pieces, LULL * widthMs);
  const isFine = widthMs === LEAST_MS || joined.length > MOST_PARTS || joined.length === parts.length || lengthOf(joined) > IN_USE * total;
  return isFine ? { widthMs, parts: pieces } : divided(db, joined, path);
}

/** What is not empty of a part, in pieces of one width. */
function piecesOf(db: Handle, { from: first, to: last }: Part, widthMs: number, path: string | undefined): Part[] {
  const pieces: Part[] = [];
  for (let from: Place | undefined = first; from && from.seq <= last.seq; ) {
    const end: number = first.at + (Math.floor(Math.max(0, from.at - first.at) / widthMs) + 1) * widthMs;
    const to: Place = pieces.length === MOST_BUCKETS ? last : lastUpTo(db, lastBefore(db, end, from.seq, last.seq), path) ?? from;
    pieces.push({ from, to: to.seq < from.seq ? from : to });
    from = firstFrom(db, Math.max(to.seq, from.seq) + 1, path);
  }
  return pieces;
}

/** The number of the last entry before a time, among those of a range, whose times rise. */
function lastBefore(db: Handle, at: number, from: number, to: number): number {
  let [known, beyond] = [from, to + 1];
  while (beyond - known > 1) {
    const middle = known + Math.floor((beyond - known) / 2);
    const place = firstFrom(db, middle);
    if (!place || place.seq >= beyond) beyond = middle;
    else if (place.at < at) known = place.seq;
    else beyond = middle;
  }
  return known;
}

const lengthOf = (parts: readonly Part[]): number => parts.reduce((sum, { from, to }) => sum + Math.max(0, to.at - from.at), 0);

function together(pieces: readonly Part[], lullMs: number): Part[] {
  const parts: Part[] = [];
  for (const piece of pieces) {
    const last = parts.at(-1);
    if (last && piece.from.at - last.to.at <= lullMs) last.to = piece.to;
    else parts.push({ ...piece });
  }
  return parts;
}

function marked(db: Handle, buckets: DensityBucket[], path: string | undefined): DensityBucket[] {
  const [first, last] = [buckets[0]!, buckets.at(-1)!];
  const { commands, deaths, reloads } = marksBetween(db, first.from, last.to, path);
  const note = (kind: 'errors' | 'commands' | 'reloads', bucket: DensityBucket | undefined) => bucket && (bucket[kind] = (bucket[kind] ?? 0) + 1);
  for (const seq of commands) note('commands', holding(buckets, seq, 'from'));
  for (const seq of deaths) note('errors', holding(buckets, seq, 'from'));
  for (const seq of reloads) note('reloads', holding(buckets, seq, 'from'));
  for (const at of failuresBetween(db, first.at, last.until, path)) note('errors', holding(buckets, at, 'at'));
  return buckets;
}

/** The last bucket that begins at or before. */
function holding(buckets: readonly DensityBucket[], value: number, by: 'from' | 'at'): DensityBucket | undefined {
  let [low, high] = [0, buckets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (buckets[middle]![by] <= value) low = middle + 1;
    else high = middle;
  }
  return buckets[low - 1];
}
