import { expect, test } from 'vitest';
import { strategies } from '../../actors/strategies/index.ts';
import { outputRow, poll, worldOf, type World } from '../support/sources.ts';

const reading = (options: object, outputs: ReturnType<typeof outputRow>[]): World =>
  worldOf({ strategy: strategies.tracker_query, options: { job: 'upstream', ...options }, outputs });

test('a candidate carries the key, the output and the way back to where it comes from', async () => {
  const { candidates } = await poll(reading({ min_score: 10 }, [outputRow(7, 'a', { score: 12, text: 'x' })]));
  expect(candidates).toEqual([
    {
      key: 'a',
      data: { upstream: { job: 'upstream', itemId: 7, key: 'a', stage: 'qa', data: { of: 'a' } }, output: { score: 12, text: 'x' }, score: 12 },
      priority: -7,
      revision: 'hash-7',
    },
  ]);
});

test('what scores too little is left out, with the number', async () => {
  const rows = [outputRow(1, 'enough', { score: 10 }), outputRow(2, 'low', { score: 3 }), outputRow(3, 'silent', {}), outputRow(4, 'odd', { score: '99' }), outputRow(5, 'none', null)];
  const { candidates } = await poll(reading({ min_score: 10 }, rows));
  const silent = 'there is no number at "score" in the output';
  expect(candidates.map(({ key, filtered }) => [key, filtered])).toEqual([['enough', undefined], ['low', 'score 3 < 10'], ['silent', silent], ['odd', silent], ['none', silent]]);
});

test('without a threshold everything passes, with or without a number', async () => {
  const { candidates } = await poll(reading({}, [outputRow(1, 'a', {}), outputRow(2, 'b', { score: -1 })]));
  expect(candidates.map(({ key, filtered, data }) => [key, filtered, (data as { score?: number }).score])).toEqual([['a', undefined, undefined], ['b', undefined, -1]]);
});

test('the number may stand anywhere in the output', async () => {
  const rows = [outputRow(1, 'a', { review: { score: 4 } }), outputRow(2, 'b', { review: 'toString' })];
  const { candidates } = await poll(reading({ min_score: 5, field: 'review.score' }, rows));
  expect(candidates.map(({ filtered }) => filtered)).toEqual(['review.score 4 < 5', 'there is no number at "review.score" in the output']);
});

test('what every object inherits is no part of an output', async () => {
  const { candidates } = await poll(reading({ min_score: 0, field: 'constructor.length' }, [outputRow(1, 'a', {})]));
  expect(candidates[0]!.filtered).toBe('there is no number at "constructor.length" in the output');
});

test('it asks for the job and the stage that are named, page by page, and has a cursor after each', async () => {
  const world = reading({ stage: 'extract' }, Array.from({ length: 150 }, (_, i) => outputRow(i + 1, `item-${i}`, {})));
  const { candidates, cursors } = await poll(world);
  expect(candidates).toHaveLength(150);
  expect(world.queries).toEqual([0, 100, 150].map((since) => ({ job: 'upstream', stage: 'extract', since, limit: 100 })));
  expect(cursors).toMatchObject([{ seq: 100 }, { seq: 150 }]);
});

test('an item that was reprocessed upstream comes again, with its new output', async () => {
  const rows = [outputRow(1, 'a', { score: 3 })];
  const first = reading({ min_score: 10 }, rows);
  const cursor = (await poll(first)).cursors.at(-1);
  const second = reading({ min_score: 10 }, [...rows, outputRow(2, 'a', { score: 30 })]);
  second.cursor = cursor;
  expect((await poll(second)).candidates).toMatchObject([{ key: 'a', revision: 'hash-2', data: { score: 30 } }]);
});

test('with another threshold it looks at everything again', async () => {
  const rows = [outputRow(1, 'a', { score: 3 })];
  const cursor = (await poll(reading({ min_score: 10 }, rows))).cursors.at(-1);
  const lowered = reading({ min_score: 1 }, rows);
  lowered.cursor = cursor;
  const { candidates } = await poll(lowered);
  expect(candidates.map(({ key, filtered }) => [key, filtered])).toEqual([['a', undefined]]);
});
