/** The items of the inspector in a real browser, on one real runner with 100,000 of them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectNoBarriers } from '../support/barriers.ts';
import { noBrowser, withBrowser } from '../support/browser.ts';
import { jobctl, type Ran } from '../support/jobctl.ts';
import { storeMany } from '../support/many-items.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';

if (noBrowser) console.warn(`skipped: the items in a browser: ${noBrowser}`);
const browser = withBrowser();

const HANDLER = `
import { Fatal, handler, stage } from 'rivus';
const fetch = stage({ async run({ item, ctx }) {
  ctx.log.warn('looking at <b>it</b>', { n: item.n });
  await ctx.http.get('http://127.0.0.1:9/feed?page=2&token=sesame').catch(() => {});
  if (item.broken && ctx.attempt === 1) throw new Fatal('no such page: <img src=x onerror=alert(1)>');
  if (item.hangs) await new Promise((end) => ctx.signal.addEventListener('abort', end));
  await ctx.artifacts.write('notes.txt', 'plain words');
  await ctx.artifacts.write('page.html', '<script>parent.alert(9)</script><b>bold</b>');
  await ctx.artifacts.write('facts.json', JSON.stringify({ revenue: 12 }));
  await ctx.artifacts.write('talk.vtt', 'WEBVTT\\n\\n00:01.000 --> 00:02.000\\nhello there');
  await ctx.artifacts.write('dot.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><script>parent.alert(8)</script><rect width="10" height="10" fill="red"/></svg>');
  return { text: 'of ' + item.n };
} });
const score = stage({ needs: { fetch }, run: () => ({ score: 7 }) });
export default handler({ stages: { fetch, score } });
`;
const JOBS = `
jobs:
  # It has nothing to do, for what it requires is never there.
  archive: { requires: { env: [RIVUS_IS_NEVER_SET] }, handler: ./talks.ts, discovery: { strategy: manual }, stages: [{ name: fetch }] }
  talks: { emoji: 🎙️, handler: ./talks.ts, discovery: { strategy: manual }, stages: [{ name: fetch, concurrency: 3 }, { name: score }] }
`;
const HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)> \u202egnp';
const MANY = 100_000;

type Scene = { page: Page; complaints: string[]; cli(...args: string[]): Promise<Ran> };

async function begin(): Promise<Scene> {
  const folder = tempFolder({ 'jobs.yaml': JOBS, 'talks.ts': HANDLER });
  storeMany(folder, jobSpec('archive', { fetch: [] }), MANY, (n) => ({ key: `https://example.org/${n}`, title: `Article ${n}`, priority: n % 10 }));
  const runner = new RunnerProcess(folder, { port: '0' });
  await runner.said(/Rivus runs/);
  const cli = (...args: string[]) => jobctl(runner.dataDir, args);
  const items = [{ n: 1, title: HOSTILE }, { n: 2, broken: true, title: 'a broken one' }, { n: 3, title: 'a sound one' }];
  const file = path.join(folder, 'items.ndjson');
  writeFileSync(file, items.map(({ title, ...data }) => JSON.stringify({ key: `k${data.n}`, title, data })).join('\n'));
  await cli('add', 'talks', '--ndjson', file);
  return { cli, ...(await browser.open((await cli('open', '--json')).json<{ url: string }>().url)) };
}

const open = async (page: Page, address: string) => void (await page.goto(`${page.url().split('#')[0]}${address}`));
const rows = (page: Page) => page.locator('.item-row a .title');
const found = (page: Page) => page.locator('.found-line');
const filterBox = (page: Page) => page.locator('[data-filter]');
const address = (page: Page) => decodeURIComponent(page.url().split('#')[1] ?? '').replaceAll('+', ' ');

const STEPS: Record<string, (scene: Scene) => Promise<void>> = {
  async 'a filter is typed with the help of completion, by keys alone; the address keeps it'({ page }) {
    await open(page, '#/items');
    await found(page).getByText('100,003 items').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('jo');
    await page.getByRole('option', { name: 'job:' }).waitFor();
    await page.keyboard.press('Tab');
    await page.getByRole('option', { name: 'talks' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('state:fai');
    await page.keyboard.press('Tab');
    await expect.poll(() => rows(page).allInnerTexts()).toEqual(['a broken one']);
    expect(await filterBox(page).inputValue()).toBe('job:talks state:failed ');
    expect(address(page)).toBe('/items?filter=job:talks state:failed');
  },

  async 'a mistake is marked in its place, with what was meant'({ page }) {
    await filterBox(page).fill('job:talks stat:failed');
    await page.locator('.problem').waitFor();
    expect(await page.locator('.problem mark').innerText()).toBe('stat');
    expect(await page.locator('.problem').innerText()).toContain('did you mean "state"?');
  },

  async 'an address with a filter leads to the same again, and so does the button that goes back'({ page }) {
    await open(page, '#/items?filter=job%3Atalks+-state%3Afailed&order=oldest');
    await page.reload();
    await expect.poll(() => rows(page).allInnerTexts()).toEqual([HOSTILE, 'a sound one']);
    expect([await filterBox(page).inputValue(), await page.locator('.items-top select').inputValue()]).toEqual(['job:talks -state:failed', 'oldest']);
    await rows(page).last().click();
    await page.locator('article.item h2', { hasText: 'a sound one' }).waitFor();
    await page.goBack();
    await expect.poll(() => rows(page).count()).toBe(2);
    expect(address(page)).toBe('/items?filter=job:talks -state:failed&order=oldest');
  },

  async 'what was counted is a click away: a facet sets a term of the filter, and takes it out again'({ page }) {
    await open(page, '#/items?filter=job%3Atalks');
    await page.locator('.facets a', { hasText: 'failed' }).click();
    await expect.poll(() => rows(page).allInnerTexts()).toEqual(['a broken one']);
    await page.locator('.facets a[aria-current]', { hasText: 'failed' }).click();
    await expect.poll(() => rows(page).count()).toBe(3);
    expect(address(page)).toBe('/items?filter=job:talks');
  },

  async 'of 100,000 items the 90,000th is a scroll away, and only what is in sight is there'({ page }) {
    await open(page, '#/items?filter=job%3Aarchive');
    await found(page).getByText('100,000 items').waitFor();
    await page.locator('.virtual-list').evaluate((list: { scrollTop: number }, index) => (list.scrollTop = index * 38), 89_999);
    await page.locator('.item-row .title', { hasText: /^Article 10000$/ }).waitFor();
    expect(await page.locator('.item-row').count()).toBeLessThan(60);
    await page.locator('.item-row a', { hasText: 'Article 10000' }).focus();
    for (const key of ['j', 'j', 'k']) await page.keyboard.press(key);
    await page.keyboard.press('Enter');
    await page.locator('article.item h2', { hasText: 'Article 9999' }).waitFor();
    await page.goBack();
    await page.locator('.item-row .title', { hasText: /^Article 10000$/ }).waitFor();
  },

  async 'the page of what failed says why, who says so, and how it went; it is retried from there'({ page, cli }) {
    await open(page, '#/items?filter=broken');
    await rows(page).getByText('a broken one').click();
    await page.locator('.attempt .error', { hasText: 'no such page: <img src=x onerror=alert(1)>' }).waitFor();
    await page.locator('.judged .verdict', { hasText: 'item_specific' }).waitFor();
    await page.locator('.log li', { hasText: 'warn looking at <b>it</b>' }).waitFor();
    expect(await page.locator('.calls tr', { hasText: 'GET http://127.0.0.1:9/feed?page=2&token=REDACTED' }).innerText()).toContain('AddressRefused');
    await page.locator('.attempt > details').first().evaluate((details: { open: boolean }) => void (details.open = false));
    await page.getByRole('button', { name: /^attempt 1: failed.*· 1 line, 1 request$/ }).click();
    await page.locator('.log').waitFor();
    expect(await page.locator('.waterfall .part.running.failed').count()).toBe(1);
    expect(await page.locator('.why-box').innerText()).toContain('fetch');
    expect(await page.getByRole('button', { name: 'Set', exact: true }).getAttribute('title')).toBe('It has this priority');
    await expectNoBarriers(page);
    await page.getByRole('button', { name: 'Retry', exact: true }).click();
    await page.locator('.toast', { hasText: 'retried fetch' }).waitFor();
    expect(await page.locator('.item-actions .copy-line').innerText()).toMatch(/^npx jobctl retry talks --item \d+$/);
    await page.locator('.attempt summary', { hasText: 'score 1' }).waitFor();
    expect(await page.getByRole('button', { name: 'Retry', exact: true }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Retry', exact: true }).getAttribute('title')).toBe('No stage of it has failed');
    await page.getByLabel('Priority').fill('-5');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    const priority = async () => (await cli('item', 'k2', '--job', 'talks', '--json')).json<{ priority: number }>().priority;
    await expect.poll(priority).toBe(-5);
    await page.locator('.toast', { hasText: 'priority -5' }).getByRole('button', { name: 'Undo' }).click();
    await expect.poll(priority).toBe(0);
  },

  async 'files are looked at in place: texts, trees and captions as text'({ page }) {
    // It may be open: it was the newest for a moment.
    await page.locator('.attempt > details', { has: page.locator('strong', { hasText: 'fetch 2' }) }).evaluate((details: { open: boolean }) => void (details.open = true));
    const file = (name: string) => page.locator('.artifacts > li', { hasText: name });
    for (const name of ['notes.txt', 'page.html', 'facts.json', 'talk.vtt', 'dot.svg']) await file(name).locator('summary').click();
    await expect.poll(() => file('notes.txt').locator('pre').innerText()).toBe('plain words');
    await expect.poll(() => file('page.html').locator('pre').innerText()).toBe('<script>parent.alert(9)</script><b>bold</b>');
    await expect.poll(() => file('facts.json').locator('.json-tree').innerText()).toContain('revenue');
    await expect.poll(() => file('talk.vtt').locator('pre').innerText()).toContain('hello there');
    await expect.poll(() => file('dot.svg').locator('img').evaluate((image: { naturalWidth: number }) => image.naturalWidth)).toBe(10);
  },

  async 'chosen by keys, many items are frozen, looked at, and done; everything has to be said in words'({ page, cli }) {
    await open(page, '#/items?filter=job%3Atalks');
    await expect.poll(() => rows(page).count()).toBe(3);
    await page.locator('.item-row a').first().focus();
    for (const key of ['x', 'j', 'x']) await page.keyboard.press(key);
    await found(page).getByText('2 chosen').waitFor();
    await page.getByRole('button', { name: 'Act on them…' }).click();
    const dialog = page.locator('dialog.bulk');
    await dialog.getByText('2 items, chosen by hand').waitFor();
    expect(await dialog.getByRole('button', { name: 'Run 0 tasks again' }).getAttribute('title')).toBe('There is nothing that it would change');
    await dialog.locator('.choose select').first().selectOption('REPROCESS');
    await dialog.locator('.choose select').last().selectOption('score');
    await dialog.getByRole('button', { name: 'Run 2 tasks again' }).click();
    await dialog.getByText('2 of 2 items, 2 tasks changed').waitFor();
    expect(await dialog.getByRole('button', { name: 'Undo' }).getAttribute('title')).toBe('What nobody has begun is what it was; the rest goes on');
    await expectNoBarriers(page);
    await dialog.getByRole('button', { name: 'Close' }).click();

    await open(page, '#/items');
    await page.getByRole('button', { name: 'Act on all 100,003…' }).click();
    await dialog.getByText('All 100,003 items').waitFor();
    await dialog.locator('.choose select').first().selectOption('PRIORITY');
    await dialog.locator('.choose input').fill('-7');
    const run = dialog.getByRole('button', { name: /^Set it for/ });
    await dialog.getByText('get priority -7').first().waitFor();
    expect(await run.isDisabled()).toBe(true);
    await dialog.locator('.words input').fill('all 100003 items');
    await run.click();
    await dialog.getByRole('button', { name: 'Abort' }).click();
    await dialog.getByText('stopped').waitFor();
    await dialog.getByRole('button', { name: 'Undo' }).click();
    await dialog.getByText('taken back').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect((await cli('items', 'archive', '--where', 'priority<0', '--json')).json()).toEqual({ items: [] });
  },

  async 'what was set going again by mistake is put back by a click, from the toast, as long as nobody has begun it'({ page, cli }) {
    await cli('pause', 'talks');
    await open(page, '#/items?filter=sound');
    await rows(page).getByText('a sound one').click();
    await page.getByRole('button', { name: 'Reprocess from' }).click();
    const states = async () => Object.values((await cli('item', 'k3', '--job', 'talks', '--json')).json<{ stages: Record<string, { state: string }> }>().stages).map(({ state }) => state);
    const toast = page.locator('.toast', { hasText: 'fetch runs again' });
    await toast.getByText('npx jobctl undo').waitFor();
    expect(await states()).toEqual(['ready', 'blocked']);
    await toast.getByRole('button', { name: 'Undo' }).click();
    await page.locator('.toast', { hasText: 'taken back' }).getByText('2 tasks').waitFor();
    expect(await states()).toEqual(['done', 'done']);
  },

  async 'what an attempt has said so far is seen while it is at work'({ page, cli }) {
    await cli('unpause', 'talks');
    await cli('add', 'talks', 'k9', '{"n":9,"hangs":true}');
    await open(page, '#/items?filter=k9');
    await rows(page).getByText('k9').click();
    await page.locator('.attempt', { hasText: 'fetch 1' }).locator('.log li', { hasText: 'looking at <b>it</b>' }).waitFor();
    expect(await page.locator('.attempt').innerText()).toContain('running');
    expect((await cli('item', 'k9', '--job', 'talks', '--json')).json<{ logs: unknown[] }>().logs).toMatchObject([{ stage: 'fetch', attempt: 1, lines: [{ message: 'looking at <b>it</b>' }], calls: [{ method: 'GET' }] }]);
  },

  async 'there is no barrier in either theme, and a phone shows it'({ page }) {
    await open(page, '#/items?filter=job%3Atalks');
    await expect.poll(() => rows(page).count()).toBe(4);
    await expectNoBarriers(page);
  },
};

test.skipIf(noBrowser)('items are found, looked at and set going again', { timeout: 120_000 }, async () => {
  const scene = await begin();
  scene.page.setDefaultTimeout(12_000);
  await scene.page.locator('.chip.live').waitFor();
  for (const [name, step] of Object.entries(STEPS)) {
    await step(scene).catch((cause: Error) => {
      throw new Error(`${name}: ${cause.message}`, { cause });
    });
    expect(scene.complaints, name).toEqual([]);
  }
});
