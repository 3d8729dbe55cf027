/** Real pages with a known extraction; the folder is not part of the project. */
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { extractArticle } from '../../handlers/article/article.ts';
import { parsePage } from '../../handlers/article/document.ts';
import { plainText } from '../../handlers/article/plain-text.ts';
import { agreement, wordsOf } from '../../handlers/article/words.ts';

const pages = new URL('../../../shared/data/pages/', import.meta.url);
const isThere = fs.existsSync(pages);
const names = isThere ? fs.readdirSync(pages).filter((name) => fs.existsSync(new URL(`${name}/source.html`, pages))).sort() : [];
/** Every third page was not looked at while the extraction was written. */
const heldOut = names.filter((_, index) => index % 3 === 1);

describe.skipIf(!isThere)('real pages', () => {
  test.each([
    ['those that it was written with', () => names.filter((name) => !heldOut.includes(name))],
    ['those that were held out', () => heldOut],
  ])('the text of %s agrees with the expected one: token F1 of 0.95 and more', (which, chosen) => {
    const scores = chosen().map(scoreOf).sort((a, b) => a.f1 - b.f1);
    const mean = scores.reduce((sum, { f1 }) => sum + f1, 0) / scores.length;
    console.info(`${which}: mean F1 ${mean.toFixed(4)} over ${scores.length} pages; the worst: ${scores.slice(0, 5).map(({ name, f1 }) => `${name} ${f1.toFixed(3)}`).join(', ')}`);
    expect(scores.length).toBeGreaterThan(10);
    expect(mean).toBeGreaterThanOrEqual(0.95);
  });
});
if (!isThere) console.warn('skipped: the sample pages are not beside the project');

function scoreOf(name: string): { name: string; f1: number } {
  const file = (base: string) => fs.readFileSync(new URL(`${name}/${base}`, pages), 'utf8');
  const { text } = extractArticle(file('source.html'), 'https://page.example/article');
  const expected = plainText(parsePage(file('expected.html'), 'https://page.example/').document.body);
  return { name, f1: agreement(wordsOf(text), wordsOf(expected)) };
}
