/** The line of time as it is drawn: buckets side by side, and between them narrow gaps for the time in which nothing happened. */
import type { DensityBucket, DensityView } from '../protocol.ts';

/** `x`, `width`: shares of the whole. A gap is narrower than the time was long, and tells how long that was. */
export type Column = { x: number; width: number; bucket: DensityBucket };
export type Gap = { x: number; width: number; ms: number };
export type Axis = { columns: Column[]; gaps: Gap[]; most: number };

type Piece = { units: number } & ({ bucket: DensityBucket } | { ms: number } | { empty: true });

/** However long nothing happened, it is drawn as so many buckets. */
const WIDEST_GAP = 3;

export function axisOf({ widthMs, buckets }: DensityView): Axis {
  const pieces = buckets.flatMap((bucket, n): Piece[] => {
    const last = buckets[n - 1];
    const emptyMs = last ? bucket.at - last.until : 0;
    if (emptyMs > WIDEST_GAP * widthMs) return [{ units: WIDEST_GAP, ms: emptyMs }, { units: 1, bucket }];
    return emptyMs > widthMs ? [{ units: emptyMs / widthMs, empty: true }, { units: 1, bucket }] : [{ units: 1, bucket }];
  });
  const total = pieces.reduce((sum, { units }) => sum + units, 0) || 1;
  const axis: Axis = { columns: [], gaps: [], most: Math.max(1, ...buckets.map(({ n }) => n)) };
  let at = 0;
  for (const piece of pieces) {
    const place = { x: at / total, width: piece.units / total };
    if ('bucket' in piece) axis.columns.push({ ...place, bucket: piece.bucket });
    else if ('ms' in piece) axis.gaps.push({ ...place, ms: piece.ms });
    at += piece.units;
  }
  return axis;
}

/** Where an entry lies, from 0 to 1. */
export function xOf({ columns }: Axis, seq: number): number {
  const column = columns.findLast(({ bucket }) => bucket.from <= seq);
  if (!column) return 0;
  const { from, to } = column.bucket;
  return column.x + column.width * Math.min(1, (seq - from + 0.5) / (to - from + 1));
}

/** The entry at a place from 0 to 1; undefined when there is none at all. */
export function seqAt({ columns }: Axis, x: number): number | undefined {
  const column = columns.findLast((one) => one.x <= x) ?? columns[0];
  if (!column) return undefined;
  const { from, to } = column.bucket;
  const share = Math.max(0, Math.min(1, (x - column.x) / column.width));
  return Math.min(to, from + Math.floor(share * (to - from + 1)));
}
