/** Pages that kept the loop busy for seconds to minutes, or ended in a stack overflow, before the tree was bounded. */

export const PARAGRAPH = '<p>Some text, with a comma, and a few more words to be counted.</p>';

/** What it is, the page, and what `cut` says of it. */
export const hostilePages: [what: string, page: string, cut: RegExp | undefined][] = [
  ['100,000 elements within each other', `${'<div>'.repeat(100_000)}text${'</div>'.repeat(100_000)}`, /deep/],
  ['1,500 tables within each other', '<table><tr><td>'.repeat(1_500) + PARAGRAPH, undefined],
  ['10,000 lists within each other', '<ul><li>'.repeat(10_000) + PARAGRAPH, /deep/],
  ['formatting that is never closed', '<b><p>text here, and '.repeat(4_000), /deep/],
  ['end tags of elements that were never opened', `${'<b>'.repeat(990)}${'</i>'.repeat(200_000)}text`, undefined],
  ['the same, and far more of them', `${'<b>'.repeat(5_900)}${'</i>'.repeat(2_000_000)}text`, /end tags/],
  ['the same, opened and closed again and again', `${'<b>'.repeat(5_900)}${'</i>'.repeat(4_000)}${'</b>'.repeat(5_900)}`.repeat(40), /end tags/],
  ['20 MB of paragraphs', PARAGRAPH.repeat(310_000), /elements/],
  ['20 MB of one paragraph', `<p>${'word '.repeat(4_000_000)}`, /characters/],
  ['5 million less-than signs', '<'.repeat(5_000_000), /pieces/],
  ['17 MB of entities', '&amp;&#x41;&nbsp;'.repeat(1_000_000), /pieces/],
  ['40,000 links', '<a href="x">link</a> '.repeat(40_000), undefined],
  ['40,000 spans', '<span>word</span> '.repeat(40_000), /elements/],
  ['50,000 lines with <br>', 'text<br>'.repeat(50_000), /elements/],
  ['200,000 attributes', `<p ${Array.from({ length: 200_000 }, (_, n) => `a${n}="x"`).join(' ')}>${PARAGRAPH}`, undefined],
  ['an attribute of 10 MB', `<p class="${'x '.repeat(5_000_000)}">${PARAGRAPH}`, /source/],
  ['2 MB of blanks within code', `<article>${PARAGRAPH.repeat(9)}<blockquote><pre>a${' '.repeat(2_000_000)}b</pre></blockquote></article>`, undefined],
  ['an articleBody of blanks', `<script type="application/ld+json">{"@type":"Article","articleBody":"${'word '.repeat(90)}${' '.repeat(1_800_000)}b"}</script>${PARAGRAPH}`, undefined],
  ['an articleBody of broken tags', `<script type="application/ld+json">{"@type":"Article","articleBody":"${'word '.repeat(90)}${'<br'.repeat(600_000)}"}</script>${PARAGRAPH}`, undefined],
  ['a comment that never ends', `<!-- ${PARAGRAPH.repeat(1000)}`, undefined],
  ['JSON-LD within JSON-LD', `<script type="application/ld+json">${'['.repeat(100_000)}${']'.repeat(100_000)}</script>${PARAGRAPH}`, undefined],
];
