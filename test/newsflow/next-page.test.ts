import { expect, test } from 'vitest';
import { nextPage } from '../../handlers/article/next-page.ts';

const next = (url: string, html: string, page = 1) => nextPage(html, url, page);

test.each<[url: string, html: string, there: string, page?: number]>([
  ['https://example.com/story', '<link rel="next" href="/story?page=2">', 'https://example.com/story?page=2'],
  ['https://example.com/story', '<a href="/story/2">2</a>', 'https://example.com/story/2'],
  ['https://example.com/story/2', '<a href="/story">1</a><a href="/story/3#top">3</a>', 'https://example.com/story/3', 2],
  ['https://example.com/story/', '<a href="/story/page/2/">Weiter</a>', 'https://example.com/story/page/2/'],
  ['https://example.com/story.html', '<a href="story-2.html">next</a>', 'https://example.com/story-2.html'],
  ['https://example.com/story?id=7&p=2', '<a href="?p=3&id=7">次へ</a>', 'https://example.com/story?p=3&id=7', 2],
])('%s goes on', (url, html, there, page) => {
  expect(next(url, html, page)).toBe(there);
});

test.each([
  ['the next article of a blog', 'https://example.com/2024/one', '<link rel="next" href="/2024/two">'],
  ['page two of another article', 'https://example.com/one', '<a href="/two?page=2">2</a>'],
  ['a page further on', 'https://example.com/one', '<a href="/one?page=3">3</a>'],
  ['another host', 'https://example.com/one', '<a href="https://other.example/one?page=2">2</a>'],
  ['the page itself', 'https://example.com/one?page=2', '<a href="#comments">Comments</a><a href="?page=2">2</a>'],
  ['the next item of a numbered path', 'https://example.com/item/7', '<a href="/item/8">8</a>'],
  ['another item of a numbered list', 'https://example.com/item?id=7', '<a href="/item?id=8">8</a>'],
])('%s is not followed', (_, url, html) => {
  expect(next(url, html)).toBeUndefined();
});
