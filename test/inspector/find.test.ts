/** What the palette makes of what is typed: letters that fit a name, and times. */
import { describe, expect, test } from 'vitest';
import { fit } from '../../inspector/app/fuzzy.ts';
import { seqAt, timeIn } from '../../inspector/app/when.ts';
import type { DensityBucket } from '../../inspector/protocol.ts';

const best = (letters: string, texts: readonly string[]) => texts.map((text) => ({ text, found: fit(letters, text) })).filter(({ found }) => found).sort((a, b) => b.found!.score - a.found!.score).map(({ text }) => text);

describe('a few letters', () => {
  test('fit a text that has all of them in this order, whatever stands between', () => {
    expect(fit('jpl', 'job/papers/lifecycle')?.at).toEqual([0, 4, 11]);
    expect(fit('lpj', 'job/papers/lifecycle')).toBeUndefined();
    expect(fit('PA', 'papers')?.at).toEqual([0, 1]);
    expect(fit('', 'papers')).toEqual({ score: 0, at: [] });
    expect(fit('x'.repeat(200), 'papers')).toBeUndefined();
  });

  test('mean beginnings of words first, then what stands side by side, then what is short', () => {
    expect(best('wp', ['wrap', 'Wake papers', 'swap'])).toEqual(['Wake papers', 'wrap', 'swap']);
    expect(best('fetch', ['job/papers/stage/fetch', 'find every tenth chart', 'fetch'])[0]).toBe('fetch');
    expect(best('pause', ['Pause papers …', 'Pause a', 'papers use'])).toEqual(['Pause a', 'Pause papers …', 'papers use']);
  });

  test('take no longer where the same letter comes again and again', () => {
    expect(fit('aaaaaaaaab', 'a'.repeat(2_000))).toBeUndefined();
  });
});

describe('a time', () => {
  const now = new Date('2026-11-27T12:30:00').getTime();
  const at = (text: string) => new Date(text).getTime();
  test.each([
    ['12:04', at('2026-11-27T12:04:00')], ['go to 12:04:31', at('2026-11-27T12:04:31')], ['23:10', at('2026-11-26T23:10:00')], ['yesterday 9:05', at('2026-11-26T09:05:00')],
    ['2026-11-20 07:00', at('2026-11-20T07:00:00')], ['10m ago', now - 600_000], ['2h', now - 7_200_000],
    ['25:00', undefined], ['12:60', undefined], ['noon', undefined], ['', undefined], ['9999-99-99 10:00', undefined],
  ])('%s', (text, time) => expect(timeIn(text, now)).toBe(time));

  /** A journal with an entry at each of these times, told in at most four buckets. */
  const densityOf = (times: readonly number[]) => ({ from = 1, to = times.length }: { from?: number; to?: number }) => {
    const size = Math.max(1, Math.ceil((to - from + 1) / 4));
    const buckets: DensityBucket[] = [];
    for (let first = from; first <= to; first += size) {
      const last = Math.min(to, first + size - 1);
      buckets.push({ from: first, to: last, at: times[first - 1]!, until: times[last - 1]!, n: last - first + 1 });
    }
    return Promise.resolve({ widthMs: 1, buckets });
  };

  test('is the last entry of the journal that was there by then', async () => {
    const density = densityOf([10, 20, 30, 40, 50, 60, 70, 80]);
    expect(await seqAt(density, 45)).toBe(4);
    expect(await seqAt(density, 40)).toBe(4);
    expect(await seqAt(density, 99)).toBe(8);
    expect(await seqAt(density, 5)).toBeUndefined();
    expect(await seqAt(densityOf([]), 5)).toBeUndefined();
  });
});
