/** What the pages of items compute by themselves. */
import { describe, expect, test } from 'vitest';
import type { AttemptView, ItemDetail } from '../../inspector/protocol.ts';
import { inSight } from '../../inspector/app/ui/sight.ts';
import { filterIn, isSet, termsOf, toggled } from '../../inspector/app/views/items/terms.ts';
import { waterfall } from '../../inspector/app/views/items/waterfall.ts';

const attempt = (stage: string, nth: number, from: number, to: number, outcome: AttemptView['outcome']): AttemptView => ({ stage, attempt: nth, outcome, charged: false, startedAt: from, finishedAt: to });
const needs = (stage: string) => ({ score: ['fetch'] })[stage] ?? [];
const item = (attempts: AttemptView[], stages: ItemDetail['stages']) => ({ createdAt: 100, stages, attempts });
const words = (of: ReturnType<typeof waterfall>) => of.lanes.map(({ stage, parts }) => `${stage}: ${parts.map(({ kind, from, to, outcome }) => `${kind}${outcome ? ` ${outcome}` : ''} ${from}-${to}`).join(', ')}`);

describe('the waterfall', () => {
  test('a stage waits from when what it needs was there; after a failure it waits to be tried again', () => {
    const done = item([attempt('fetch', 1, 150, 200, 'failed'), attempt('fetch', 2, 300, 340, 'done'), attempt('score', 1, 350, 360, 'done')], { fetch: { state: 'done', attempts: 2 }, score: { state: 'done', attempts: 1 } });
    expect(words(waterfall(done, needs, 999))).toEqual(['fetch: queued 100-150, running failed 150-200, backoff 200-300, running done 300-340', 'score: queued 340-350, running done 350-360']);
  });

  test('what is not over reaches to now, or to when it is tried again', () => {
    const now = 500;
    const fall = (task: ItemDetail['stages'][string], held?: ReadonlySet<string>) => words(waterfall(item([attempt('fetch', 1, 150, 200, 'failed')], { fetch: task }), needs, now, held))[0]!.split(', ').slice(2);
    expect(fall({ state: 'waiting', attempts: 1, dueAt: 900 })).toEqual(['backoff 200-900']);
    expect(fall({ state: 'running', attempts: 2, startedAt: 400 })).toEqual(['backoff 200-400', 'running running 400-500']);
    expect(fall({ state: 'ready', attempts: 1 })).toEqual(['queued 200-500']);
    expect(fall({ state: 'ready', attempts: 1 }, new Set(['fetch']))).toEqual(['held 200-500']);
    expect(fall({ state: 'failed', attempts: 1 })).toEqual([]);
  });
});

describe('a filter that is clicked together', () => {
  test('its terms are what stands between spaces, but for those in quotes', () => {
    expect(termsOf(String.raw`job:a "two words" key:"x y" -b error~"say \"no\" x"`)).toEqual(['job:a', '"two words"', 'key:"x y"', '-b', String.raw`error~"say \"no\" x"`]);
  });

  test('a value takes the place of another one, and goes when it is clicked again', () => {
    expect(toggled('status:failed age>1d "state:x y"', 'state', 'dead')).toBe('age>1d "state:x y" state:dead');
    expect(toggled('age>1d state:dead', 'state', 'dead')).toBe('age>1d');
    expect(toggled('', 'job', 'earnings calls')).toBe('job:"earnings calls"');
    expect(isSet('job:"earnings calls" x', 'job', 'earnings calls')).toBe(true);
  });

  test('links from elsewhere name a job, a stage and a state', () => {
    expect(filterIn(new URLSearchParams('job=papers&state=failed'))).toBe('job:papers state:failed');
    expect(filterIn(new URLSearchParams({ filter: 'age>1d', job: 'papers' }))).toBe('age>1d');
  });
});

test('of a long list those in sight are there, and some beyond', () => {
  expect(inSight(0, 380, 38, 100_000)).toEqual({ from: 0, to: 18 });
  expect(inSight(38 * 89_999, 380, 38, 100_000)).toEqual({ from: 89_991, to: 90_017 });
  expect(inSight(1e9, 380, 38, 5)).toEqual({ from: 5, to: 5 });
});
