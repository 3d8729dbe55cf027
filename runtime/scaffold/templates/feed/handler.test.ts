import { expect, test } from 'vitest';
import { runStage } from 'rivus/test';
import job from './handler.ts';
import prompt from './prompt.md';

const NOW = Date.parse('2026-11-25');
const item = { url: 'https://example.com/a', title: 'One entry', published: '2026-11-24T08:00:00Z' };
const interest = /^- (.+)$/m.exec(prompt)![1]!;
const HTML = `<head><title>One page</title></head><style>p { color: red }</style><p>Of ${interest} &amp; <b>others</b></p>`;
const answer = (html: string) => async () => new Response(html);

test('a page goes all the way: fetched, extracted, scored', async () => {
  const fetched = await runStage(job, 'fetch', { item, fetch: answer(HTML) });
  expect(fetched.artifacts.map(({ name, data }) => [name, String(data)])).toEqual([['page.html', HTML]]);

  const extracted = await runStage(job, 'extract', { item, prev: { fetch: fetched.output! }, artifacts: fetched.artifacts });
  expect(extracted.output).toEqual({ title: 'One entry', text: `Of ${interest} & others` });

  const { output, outcome } = await runStage(job, 'score', { item, prev: { extract: extracted.output! }, now: NOW });
  expect(output!.found).toContain(interest);
  expect(outcome).toMatchObject({ kind: 'done', priority: -output!.score });
});

test('of two entries that say the same, the newer one scores higher', async () => {
  const scoreOf = async (published: string) => (await runStage(job, 'score', { item: { ...item, published }, prev: { extract: { title: '', text: interest } }, now: NOW })).output!.score;
  expect(await scoreOf('2026-11-24')).toBeGreaterThan(await scoreOf('2026-10-24'));
});

test('an empty page fails, and is not tried again', async () => {
  const { outcome } = await runStage(job, 'fetch', { item, fetch: answer(' ') });
  expect(outcome).toMatchObject({ kind: 'failed', class: 'item_specific', error: { message: 'the page is empty' } });
});

test('an entry that names no page goes no further', async () => {
  const { outcome } = await runStage(job, 'fetch', { item: { ...item, url: null } });
  expect(outcome).toEqual({ kind: 'rejected', reason: 'the entry names no page' });
});
