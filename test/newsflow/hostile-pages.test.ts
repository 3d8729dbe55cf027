import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extractArticle } from '../../handlers/article/article.ts';
import { parsePage } from '../../handlers/article/document.ts';

const PARAGRAPH = '<p>Some text, with a comma, and a few more words to be counted.</p>';

// Each of these kept the loop busy for seconds to minutes, or ended in a stack overflow, before the tree was bounded.
test.each([
  ['100,000 elements within each other', `${'<div>'.repeat(100_000)}text${'</div>'.repeat(100_000)}`, /deep/],
  ['1,500 tables within each other', '<table><tr><td>'.repeat(1_500) + PARAGRAPH, /deep/],
  ['formatting that is never closed', '<b><p>text here, and '.repeat(4_000), /deep/],
  ['end tags of elements that were never opened', `${'<b>'.repeat(990)}${'</i>'.repeat(200_000)}text`, undefined],
  ['20 MB of paragraphs', PARAGRAPH.repeat(310_000), /elements/],
  ['20 MB of one paragraph', `<p>${'word '.repeat(4_000_000)}`, /characters/],
  ['5 million less-than signs', '<'.repeat(5_000_000), /pieces/],
  ['17 MB of entities', '&amp;&#x41;&nbsp;'.repeat(1_000_000), /pieces/],
  ['40,000 links', '<a href="x">link</a> '.repeat(40_000), /elements/],
  ['200,000 attributes', `<p ${Array.from({ length: 200_000 }, (_, n) => `a${n}="x"`).join(' ')}>${PARAGRAPH}`, undefined],
  ['an attribute of 10 MB', `<p class="${'x '.repeat(5_000_000)}">${PARAGRAPH}`, /source/],
  ['a comment that never ends', `<!-- ${PARAGRAPH.repeat(1000)}`, undefined],
  ['JSON-LD within JSON-LD', `<script type="application/ld+json">${'['.repeat(100_000)}${']'.repeat(100_000)}</script>${PARAGRAPH}`, undefined],
])('%s: ends, and says so when the end is missing', (_, page, cut) => {
  const article = extractArticle(page, 'https://example.com/');
  if (cut) expect(article.cut).toMatch(cut);
  else expect(article.cut).toBeNull();
});

test('what lies deeper than the limit keeps its text', () => {
  const { text, cut } = extractArticle(`${'<div>'.repeat(400)}${PARAGRAPH.repeat(8)}`, 'https://example.com/');
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
