/** What keeps somebody from using a page: found by axe in both themes, and by the width of a phone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Evaluated by the debugger, for which the page's own policy does not hold. */
const barriers = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => { ${AXE}; return axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] }).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' at ' + target.join(' ')))); })()`);

export async function expectNoBarriers(page: Page): Promise<void> {
  const found: string[] = [];
  for (const theme of ['first theme', 'other theme']) {
    found.push(...(await barriers(page)).map((one) => `${theme}: ${one}`));
    await page.locator('main').focus();
    await page.keyboard.press('t');
  }
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height: 844 });
  if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) found.push('wider than a phone');
  await page.setViewportSize(size);
  expect(found, page.url()).toEqual([]);
}
