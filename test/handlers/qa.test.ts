import { expect, test } from 'vitest';
import { qa } from '../../runtime/handlers/api.ts';

const article = { title: 'A full lake', text: 'The reservoir is full.', authors: ['Mara Lind'], words: 4, published: null as string | null };

test('what is complete has no problems', () => {
  expect(qa(article, { required_fields: ['title', 'authors', 'words'], min_chars: { text: 10 } })).toEqual({ ok: true, problems: [] });
  expect(qa(article, {})).toEqual({ ok: true, problems: [] });
});

test.each([null, undefined, '', ' \n ', [], Number.NaN])('a required field that holds %j is missing', (published) => {
  expect(qa({ ...article, published }, { required_fields: ['title', 'published'] })).toEqual({
    ok: false,
    problems: [{ check: 'required_fields', field: 'published', message: 'published is missing' }],
  });
});

test('nothing and false are something', () => {
  expect(qa({ n: 0, flag: false }, { required_fields: ['n', 'flag'] }).ok).toBe(true);
});

test('a text that is too short says how long it is, and how long it must be', () => {
  expect(qa(article, { min_chars: { text: 400, title: 11 } }).problems).toEqual([{ check: 'min_chars', field: 'text', message: 'text has 22 characters; 400 are the least' }]);
});

test.each([
  ['white space', 'a  b\n\n c', 5],
  ['what people see as one character', '👩‍👩‍👧é', 2],
  ['no text at all', undefined, 0],
])('%s counts as people count', (_, text, length) => {
  const problem = (least: number) => qa({ text }, { min_chars: { text: least } }).problems;
  expect(problem(length)).toEqual([]);
  expect(problem(length + 1)).toHaveLength(1);
});

test('fields that there are not do not compile', () => {
  // @ts-expect-error it is called title
  expect(qa(article, { required_fields: ['titel'] }).ok).toBe(false);
  // @ts-expect-error it is called text
  expect(qa(article, { min_chars: { txt: 1 } }).ok).toBe(false);
});
