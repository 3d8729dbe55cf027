/** The inspector in a real browser, on the real runner. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { StatusView } from '../../inspector/protocol.ts';
import { expectNoBarriers } from '../support/barriers.ts';
import { noBrowser, withBrowser, type Watched } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { jobctl, type Ran } from '../support/jobctl.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';

if (noBrowser) console.warn(`skipped: the inspector in a browser: ${noBrowser}`);
const browser = withBrowser();

const HANDLER = `
import { Fatal, handler, stage } from 'rivus';
const fetch = stage({ async run({ item }) { if (item.broken) throw new Fatal('no such page: <img src=x onerror=alert(1)>'); return { text: 'of ' + item.n }; } });
const score = stage({ needs: { fetch }, run: () => ({ score: 7 }) });
export default handler({ stages: { fetch, score } });
`;
const JOBS = `
jobs:
  talks:
    emoji: 🎙️
    handler: ./talks.ts
    discovery: { strategy: manual }
    stages: [{ name: fetch, concurrency: 3 }, { name: score }]
`;
const HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)> \u202egnp';

async function running({ port }: { port?: number } = {}): Promise<{ runner: RunnerProcess; folder: string; visit(): Promise<Watched>; cli(...args: string[]): Promise<Ran> }> {
  const folder = tempFolder({ 'jobs.yaml': JOBS, 'talks.ts': HANDLER });
  const runner = new RunnerProcess(folder, { port: String(port ?? 0) });
  await runner.said(/Rivus runs/);
  const cli = (...args: string[]) => jobctl(runner.dataDir, args);
  return { runner, folder, cli, visit: async () => browser.open((await cli('open', '--json')).json<{ url: string }>().url) };
}

const add = (cli: (...args: string[]) => Promise<Ran>, ...items: object[]) => Promise.all(items.map((item, n) => cli('add', 'talks', `k${n}`, JSON.stringify(item), ...('title' in item ? ['--title', String(item.title)] : []))));
const live = (page: Page) => page.locator('.chip.live').waitFor();
const figure = (page: Page, stage: string, label: string) => page.locator('.node.stage', { hasText: stage }).locator('dl div', { has: page.locator(`dt:text-is("${label}")`) }).locator('dd');

test.skipIf(noBrowser)('a link signs in once and leaves the address; what flows is seen as it flows, and what failed leads to its item', async () => {
  const { cli, visit } = await running();
  const { page, complaints } = await visit();
  await live(page);
  expect(page.url()).not.toContain('c=');
  await expect.poll(() => page.locator('.lane h2').innerText()).toContain('talks');

  await add(cli, { n: 1, title: HOSTILE }, { n: 2, broken: true, title: 'a broken one' });
  await expect.poll(() => figure(page, 'score', 'done').innerText()).toBe('1');
  await expect.poll(() => figure(page, 'fetch', 'failed').innerText()).toBe('1');
  expect(await page.locator('.needs').innerText()).toContain('1 failed in talks');

  await page.locator('.needs a.button').click();
  await page.getByText('a broken one').click();
  await page.locator('.attempt .error').waitFor();
  expect(await page.locator('.attempt .error').innerText()).toContain('<img src=x onerror=alert(1)>');
  await page.goBack();
  await page.goBack();
  expect(page.url()).toMatch(/#?\/?(flow)?$/);

  await page.goto(`${page.url().split('#')[0]}#/items?job=talks&state=done`);
  await page.getByText('<script>alert(1)</script>').waitFor();

  // Where notifications lead to.
  await page.goto(`${page.url().split('#')[0]}#/job/talks`);
  await page.locator('.lane.meant h2', { hasText: 'talks' }).waitFor();

  // A link that only looks says at each button that changes something why it does nothing.
  const { page: guest } = await browser.open((await cli('open', '--read-only', '--json')).json<{ url: string }>().url);
  await guest.locator('.chip', { hasText: 'looks only' }).waitFor();
  const pause = guest.locator('.lane button', { hasText: 'Pause' });
  await pause.waitFor();
  expect([await pause.isDisabled(), await pause.getAttribute('title')]).toEqual([true, 'This link only looks']);
  await guest.goto(`${guest.url().split('#')[0]}#/items/2`);
  await guest.locator('.waterfall').waitFor();
  expect(await guest.getByRole('button', { name: 'Retry', exact: true }).isDisabled()).toBe(true);
  expect(complaints).toEqual([]);
});

test.skipIf(noBrowser)('an event that is clicked on the chart is durable, and seen by another browser at once; what is not taken says why', async () => {
  const { cli, visit } = await running();
  const [{ page: mine, complaints }, { page: other }] = [await visit(), await visit()];
  await live(other);
  await live(mine);
  await mine.goto(`${mine.url().split('#')[0]}#/actors/job/talks/lifecycle`);
  const resume = mine.locator('.offers button', { hasText: /^RESUME$/ });
  await resume.waitFor();
  expect(await resume.isDisabled()).toBe(true);
  expect(await mine.locator('#offer-RESUME').innerText()).not.toBe('');

  await mine.locator('.chart .send', { hasText: 'PAUSE' }).first().click();
  await mine.locator('.chart .state.active .name', { hasText: 'paused' }).waitFor();
  await expect.poll(() => other.locator('.lane .pill').innerText()).toContain('paused');
  const { jobs } = (await cli('status', '--json')).json<StatusView>();
  expect(jobs[0]).toMatchObject({ state: 'paused', reason: expect.stringContaining('paused in the inspector') });
  await expect.poll(() => resume.isEnabled()).toBe(true);
  await resume.click();
  await expect.poll(() => other.locator('.lane .pill').innerText()).toContain('running');
  expect(complaints).toEqual([]);
});

test.skipIf(noBrowser)('when the runner is killed the page says so, and goes on with the next one by itself', async () => {
  const port = await freePort();
  const { runner, folder, visit } = await running({ port });
  const { page, complaints } = await visit();
  await live(page);
  await page.locator('.lane').waitFor();
  await page.evaluate(() => Object.assign(globalThis, { sameAsBefore: true }));
  runner.child.kill('SIGKILL');
  await page.locator('.chip.off').waitFor();
  expect(await page.locator('.chip.off').innerText()).toMatch(/disconnected · showing \d\d:\d\d:\d\d · again in/);
  await new RunnerProcess(folder, { port: String(port) }).said(/Rivus runs/);
  await live(page);
  expect(await page.evaluate(() => 'sameAsBefore' in globalThis)).toBe(true);
  expect(complaints).toEqual([]);
});

test.skipIf(noBrowser)('all views are reached by keys alone, are free of barriers in both themes, and fit a phone', async () => {
  const { cli, visit } = await running();
  await add(cli, { n: 1, title: 'a talk' }, { n: 2, broken: true, title: 'a broken one' });
  const { page, complaints } = await visit();
  await live(page);
  for (const [key, view] of [['f', 'flow'], ['a', 'actors'], ['i', 'items'], ['e', 'events']] as const) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.locator(`main.view-${view}`).waitFor();
    await page.locator({ flow: '.lane', actors: '.chart svg', items: '.item-row a', events: '.events tbody tr' }[view]).first().waitFor();
    await expectNoBarriers(page);
  }
  await page.keyboard.press('t');
  await page.locator('[data-theme="light"]').waitFor();
  await page.keyboard.press('?');
  await page.locator('dialog.keys').waitFor({ state: 'visible' });
  await page.keyboard.press('Escape');
  await page.locator('dialog.keys').waitFor({ state: 'hidden' });
  expect(complaints).toEqual([]);
});
