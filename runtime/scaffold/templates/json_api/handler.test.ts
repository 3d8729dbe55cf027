import { expect, test } from 'vitest';
import { runStage } from 'rivus/test';
import job from './handler.ts';
import prompt from './prompt.md';

const interest = /^- (.+)$/m.exec(prompt)![1]!;
const item = { id: 7, title: 'One entry', tags: [{ name: interest }], points: 12 };

test('an entry goes all the way: extracted, scored', async () => {
  const extracted = await runStage(job, 'extract', { item });
  expect(extracted.output).toEqual({ title: 'One entry', url: null, text: interest });

  const { output, outcome } = await runStage(job, 'score', { item, prev: { extract: extracted.output! } });
  expect(output!.found).toContain(interest);
  expect(outcome).toMatchObject({ kind: 'done', priority: -output!.score });
});

test('an entry without a title fails, and is not tried again', async () => {
  const { outcome } = await runStage(job, 'extract', { item: { id: 8 } as never });
  expect(outcome).toMatchObject({ kind: 'failed', class: 'item_specific' });
});
