import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { extractArticle } from '../../handlers/article/article.ts';

const pages = new URL('../fixtures/pages/', import.meta.url);
const fixture = (file: string) => fs.readFileSync(new URL(file, pages), 'utf8');

describe('the text of an article, and nothing else of its page', () => {
  test.each([
    ['harbour', 'without consent, menu, share bar, teasers, newsletter, hidden parts and footer', 'https://gazette.example/news/harbour-bridge?utm_source=x', 'readability'],
    ['grinder', 'with headings, lists in lists, a table, a quote and code', 'https://bench.example/grinder', 'readability'],
    ['soup', 'of a page in capitals without <html>, with tags that are never closed', 'http://home.example/~ek/roof.htm', 'readability'],
    ['lantern', 'in a script without spaces', 'https://town.example/lantern', 'readability'],
    ['lake', 'from its data, where the page shows a third of it', 'https://valley.example/lake', 'json_ld'],
  ])('%s: %s', (name, _, url, via) => {
    const article = extractArticle(fixture(`${name}.html`), url);
    expect(article.text).toBe(fixture(`${name}.txt`).trim());
    expect(article.via).toBe(via);
  });
});

test('the same as Markdown, with what a text cannot say', () => {
  const { markdown } = extractArticle(fixture('grinder.html'), 'https://bench.example/grinder');
  expect(markdown).toBe(fixture('grinder.md').trim());
});

test('a page without any structure gives the run of blocks that is dense with text', () => {
  const sentence = 'The tide came up over the second step at noon and left weed on the third.';
  const menu = Array.from({ length: 30 }, (_, n) => `<a href="/${n}">Page ${n}</a><br>`).join('');
  const { text } = extractArticle(`<body>${menu}${`${sentence}<br>`.repeat(6)}${menu}`, 'https://example.com/');
  expect(text.replaceAll('\n', ' ')).toContain(sentence);
  expect(text).not.toContain('Page 7');
});

test('formulas are kept once, however the page draws them', () => {
  const text = 'A triangle with a right angle is the oldest measure there is, and masons carry it as a rope with thirteen knots, which they stretch on the ground. '.repeat(4);
  const math = '<math><mi>a</mi><mo>+</mo><mi>b</mi><annotation encoding="application/x-tex">a+b</annotation></math>';
  const mathjax = `<mjx-container class="MathJax CtxtMenu_Attached_0"><mjx-math aria-hidden="true">drawn</mjx-math><mjx-assistive-mml>${math}</mjx-assistive-mml></mjx-container>`;
  const katex = `<span class="katex"><span class="katex-mathml">${math}</span><span class="katex-html" aria-hidden="true">drawn</span></span>`;
  for (const formula of [mathjax, katex]) {
    const article = extractArticle(`<article><p>${text}</p><p>Here: ${formula}.</p><p>${text}</p></article>`, 'https://example.com/');
    expect(article.text).toContain('Here: a+b.');
    expect(article.text).not.toContain('drawn');
  }
});

test('paragraphs that each lie deep in boxes of their own are found by their density', () => {
  const boxes = Array.from({ length: 40 }, (_, n) => `${'<div>'.repeat(20)}<p>On day ${n} the ice came up to the windows and stayed there, for all that we could see.</p>${'</div>'.repeat(20)}`);
  const { text, via } = extractArticle(`<body>${boxes.join('')}</body>`, 'https://example.com/');
  expect(via).toBe('density');
  expect(text).toContain('On day 0 the ice');
  expect(text).toContain('On day 39 the ice');
});

describe('a part that is called like boilerplate', () => {
  const sentence = '<p>Nobody had thought of it until the second winter, when the ice came up to the windows and stayed there, week after week.</p>';
  const story = sentence.repeat(6);
  const about = '<p>The gauge by the quay was read every hour, which is more than the harbour master had asked for.</p>';
  const kept = (part: string) => extractArticle(`<body><article>${story}${part}${story}</article></body>`, 'https://example.com/').text.includes('The gauge by the quay');

  test('stays when it is a good part of the page', () => {
    expect(extractArticle(`<body><div class="cookie-banner">${story}</div></body>`, 'https://example.com/').text).toContain('the ice came up');
  });

  test.each<[string, string, boolean]>([
    ['teasers', `<div class="related-stories"><a href="/1">The gauge by the quay</a> <a href="/2">Ice</a></div>`, false],
    ['a box on the matter itself', `<div class="trending-facts">${about}</div>`, true],
    ['a form for a newsletter', `<div class="newsletter-box">${about}<form><input type="email"></form></div>`, false],
    ['a newsletter that is the matter', `<div class="newsletter-text">${about}</div>`, true],
    ['a banner for cookies', `<div id="cookie-notice">${about}</div>`, false],
    ['an advertisement', `<div class="ad advertisement">${about}</div>`, false],
    ['a part that only has the letters', `<div class="lead adapted">${about}</div>`, true],
    ['a box about the author', `<div class="author-bio">${about}${about.replace('gauge', 'pump')}</div>`, false],
  ])('%s: %#', (_, part, stays) => expect(kept(part)).toBe(stays));
});

test('what a template holds is not on the page, unless it is the shadow of its element', () => {
  const story = '<p>The ferry goes every twelve minutes from five in the morning to midnight, and nobody pays for it.</p>'.repeat(6);
  const { text } = extractArticle(`<article>${story}<template><p>Never shown to anybody who reads this page.</p></template></article>`, 'https://example.com/');
  expect(text).not.toContain('Never shown');
  expect(extractArticle(`<my-story><template shadowrootmode="open"><article>${story}</article></template></my-story>`, 'https://example.com/').text).toContain('The ferry goes');
});

test('soft hyphens do not cut words', () => {
  const story = '<p>The harbour\u00admaster said so, and the pilots had said it before her, and the fishermen before them.</p>'.repeat(4);
  expect(extractArticle(`<article>${story}</article>`, 'https://example.com/').text).toContain('The harbourmaster said');
});

test.each(['', ' ', '\0\0\0', '<', '<html>', '<!doctype html>', '<body></body>', '<script>only()</script>', '<p>', '{"json": true}', '%PDF-1.7 \u0000\u0001'])('%j gives a text, maybe an empty one', (page) => {
  const article = extractArticle(page, 'https://example.com/');
  expect(typeof article.text).toBe('string');
  expect(article.cut).toBeNull();
});
