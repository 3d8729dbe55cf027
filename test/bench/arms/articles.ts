/** How long the text of a web page takes, in ms: the real pages beside the project where they are there, else those of the tests; and the worst of the hostile ones. */
import fs from 'node:fs';
import { extractArticle } from '../../../handlers/article/article.ts';
import { hostilePages } from '../../support/hostile-pages.ts';
import { report } from '../arm.ts';
import { quantile } from '../quantile.ts';

const [real, own] = [new URL('../../../../shared/data/pages/', import.meta.url), new URL('../../fixtures/pages/', import.meta.url)];
const folder = fs.existsSync(real) ? real : own;
const pages = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /(?:^|\/)(?!expected)[^/]*\.html$/.test(file)).map((file) => fs.readFileSync(new URL(file, folder), 'utf8'));

const times = pages.map(took);
const hostile = hostilePages.map(([, page]) => took(page));
report({ pages: pages.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95), worst: Math.max(...hostile) });

function took(page: string): number {
  const from = performance.now();
  extractArticle(page, 'https://page.example/');
  return performance.now() - from;
}
