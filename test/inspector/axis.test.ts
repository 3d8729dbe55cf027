/** The line of time, as geometry. */
import { expect, test } from 'vitest';
import { axisOf, seqAt, xOf } from '../../inspector/app/axis.ts';

const bucket = (from: number, to: number, at: number, until = at) => ({ from, to, at, until, n: to - from + 1 });
/** Two busy minutes with nine hours between them, and a short lull. */
const axis = axisOf({ widthMs: 1_000, buckets: [bucket(1, 10, 0, 900), bucket(11, 12, 1_000), bucket(13, 13, 3_000), bucket(14, 33, 32_400_000)] });

test('what is side by side is drawn side by side; a lull has its true width, hours in which nothing happened a narrow gap', () => {
  const [first, second, third, fourth] = axis.columns;
  expect(first!.x).toBe(0);
  expect(second!.x).toBeCloseTo(first!.width);
  expect(third!.x - second!.x).toBeCloseTo(3 * first!.width);
  expect(axis.gaps).toEqual([{ x: expect.closeTo(third!.x + third!.width), width: expect.closeTo(3 * first!.width), ms: 32_397_000 }]);
  expect(fourth!.x + fourth!.width).toBeCloseTo(1);
});

test('every entry has a place, and that place leads back to it', () => {
  for (let seq = 1; seq <= 33; seq++) expect(seqAt(axis, xOf(axis, seq)), `event ${seq}`).toBe(seq);
  const places = Array.from({ length: 33 }, (_, n) => xOf(axis, n + 1));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test('beside the line is its nearest end, in a gap what came before it', () => {
  expect([seqAt(axis, -1), seqAt(axis, 2)]).toEqual([1, 33]);
  expect([xOf(axis, 0), xOf(axis, 99)]).toEqual([0, 1]);
  const [gap] = axis.gaps;
  expect(seqAt(axis, gap!.x + gap!.width / 2)).toBe(13);
  expect(seqAt(axisOf({ widthMs: 0, buckets: [] }), 0.5)).toBeUndefined();
});
