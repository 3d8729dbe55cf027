/** What keeps somebody from using a page: found by axe in both themes, and by the width of a phone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ALL = ['wcag2a', 'wcag2aa'];
/** What depends on colours. */
const OF_COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

export async function expectNoBarriers(page: Page): Promise<void> {
  const asItWas = await themeOf(page);
  const found = await violations(page, ALL);
  await page.evaluate(`document.documentElement.dataset.theme = '${asItWas === 'light' ? 'dark' : 'light'}'`);
  found.push(...(await violations(page, OF_COLOURS)));
  await page.evaluate(`document.documentElement.dataset.theme = '${asItWas}'`);
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height: 844 });
  if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) found.push('it is wider than a phone');
  await page.setViewportSize(size);
  expect(found, page.url()).toEqual([]);
}

const themeOf = (page: Page): Promise<string> => page.evaluate('document.documentElement.dataset.theme');

/** Evaluated by the debugger, for which the page's own policy does not hold. */
async function violations(page: Page, runOnly: object): Promise<string[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(AXE);
  const found = await page.evaluate<string[]>(`axe.run(document, ${JSON.stringify({ runOnly, resultTypes: ['violations'] })})
    .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ' ' + failureSummary)))`);
  const theme = await themeOf(page);
  return found.map((one) => `${theme}: ${one}`);
}
