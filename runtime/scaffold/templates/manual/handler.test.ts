import { expect, test } from 'vitest';
import { runStage } from 'rivus/test';
import job from './handler.ts';
import prompt from './prompt.md';

const item = { url: 'https://example.com/a' };
const interest = /^- (.+)$/m.exec(prompt)![1]!;
const HTML = `<head><title>One page</title></head><style>p { color: red }</style><p>Of ${interest} &amp; <b>others</b></p>`;
const answer = (html: string) => async () => new Response(html);

test('a page goes all the way: fetched, extracted, scored', async () => {
  const fetched = await runStage(job, 'fetch', { item, fetch: answer(HTML) });
  expect(fetched.artifacts.map(({ name, data }) => [name, String(data)])).toEqual([['page.html', HTML]]);

  const extracted = await runStage(job, 'extract', { item, prev: { fetch: fetched.output! }, artifacts: fetched.artifacts });
  expect(extracted.output).toEqual({ title: 'One page', text: `Of ${interest} & others` });

  const { output, outcome } = await runStage(job, 'score', { item, prev: { extract: extracted.output! } });
  expect(output!.found).toContain(interest);
  expect(outcome).toMatchObject({ kind: 'done', priority: -output!.score });
});

test('an empty page fails, and is not tried again', async () => {
  const { outcome } = await runStage(job, 'fetch', { item, fetch: answer(' ') });
  expect(outcome).toMatchObject({ kind: 'failed', class: 'item_specific', error: { message: 'the page is empty' } });
});

test('an item without an address is refused', async () => {
  const { outcome } = await runStage(job, 'fetch', { item: { url: 'none' } });
  expect(outcome).toMatchObject({ kind: 'failed', class: 'item_specific' });
});
