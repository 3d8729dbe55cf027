import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extractArticle } from '../../handlers/article/article.ts';
import { parsePage } from '../../handlers/article/document.ts';
import { hostilePages, PARAGRAPH } from '../support/hostile-pages.ts';

test.each(hostilePages)('%s: ends, and says so when the end is missing', (_, page, cut) => {
  const article = extractArticle(page, 'https://example.com/');
  if (cut) expect(article.cut).toMatch(cut);
  else expect(article.cut).toBeNull();
});

test('what lies deeper than the limit keeps its text', () => {
  const { text, cut } = extractArticle(`${'<div>'.repeat(5_000)}${PARAGRAPH.repeat(8)}`, 'https://example.com/');
  expect(text).toContain('a few more words');
  expect(cut).toBeNull();
});

test('the tree is never deeper than what reads it can bear', () => {
  const { document } = parsePage(`<body>${'<table><tr><td>'.repeat(300)}${PARAGRAPH}</body>`, 'https://example.com/');
  let depth = 0;
  for (let element = [...document.querySelectorAll('*')].at(-1)!.parentElement; element; element = element.parentElement) depth += 1;
  expect(depth).toBeLessThanOrEqual(123);
});

test('any soup of tags gives an article, or none, but never an error', () => {
  const tag = fc.constantFrom(
    ...'html head body title base meta link p div span a table tr td ul li b i svg path math template noscript script style form article main h1 br img pre blockquote'.split(' ').flatMap((name) => [`<${name}>`, `</${name}>`, `<${name} class="article content" id=x hidden href="/a" content='"' style="display:none">`]),
  );
  const soup = fc.array(fc.oneof(tag, fc.lorem(), fc.string()), { maxLength: 60 }).map((parts) => parts.join(''));
  fc.assert(fc.property(soup, (page) => typeof extractArticle(page, 'https://example.com/').text === 'string'), { numRuns: 300 });
});
