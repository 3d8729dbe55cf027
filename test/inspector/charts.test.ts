/** The live chart, the journal and the palette in a real browser, on one real runner. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { EventView, StatusView } from '../../inspector/protocol.ts';
import { expectNoBarriers } from '../support/barriers.ts';
import { noBrowser, withBrowser } from '../support/browser.ts';
import { jobctl, type Ran } from '../support/jobctl.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';

if (noBrowser) console.warn(`skipped: the charts in a browser: ${noBrowser}`);
const browser = withBrowser();

const FILES = {
  'jobs.yaml': `
strategies: ./strategies
jobs:
  talks: { emoji: 🎙️, accepts: [example.com/talks/**], handler: ./talks.ts, discovery: { strategy: manual, every: 1h }, stages: [{ name: fetch, concurrency: 3 }] }
  # It looks for work, and never ends.
  tides: { handler: ./talks.ts, discovery: { strategy: endless }, stages: [{ name: fetch }] }
`,
  'talks.ts': `import { handler, stage } from 'rivus';
export default handler({ stages: { fetch: stage({ run: ({ item }) => ({ text: 'of ' + item.n }) }) } });`,
  'strategies/endless.ts': `import { z } from 'rivus';
export const endless = { name: 'endless', options: z.strictObject({}), async *discover(_, source) { await new Promise((end) => source.signal.addEventListener('abort', end)); } };`,
};

/** `sent`, `heard`: what went over the socket. */
type Scene = { folder: string; page: Page; complaints: string[]; cli(...args: string[]): Promise<Ran>; sent: string[]; heard: string[] };

async function begin(): Promise<Scene> {
  const folder = tempFolder(FILES);
  const runner = new RunnerProcess(folder, { port: '0' });
  await runner.said(/Rivus runs/);
  const cli = (...args: string[]) => jobctl(runner.dataDir, args);
  await cli('add', 'talks', 'k1', '{"n":1}', '--title', 'the first talk');
  const { page, complaints } = await browser.open((await cli('open', '--json')).json<{ url: string }>().url);
  const [sent, heard]: [string[], string[]] = [[], []];
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => void sent.push(String(payload)));
    socket.on('framereceived', ({ payload }) => void heard.push(String(payload)));
  });
  await page.locator('.chip.live').waitFor();
  await page.reload();
  await page.locator('.chip.live').waitFor();
  return { folder, page, complaints, cli, sent, heard };
}

const open = async (page: Page, address: string) => void (await page.goto(`${page.url().split('#')[0]}${address}`));
const status = async ({ cli }: Scene, job: string) => (await cli('status', '--json')).json<StatusView>().jobs.find(({ id }) => id === job)!;
const offer = (page: Page, event: string) => page.locator('.offers button', { hasText: new RegExp(`^${event}$`) });

/** As a browser does with a page behind another one. */
const hide = (page: Page, isHidden: boolean) =>
  page.evaluate(`Object.defineProperty(document, 'hidden', { get: () => ${isHidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'));`);

const STEPS: Record<string, (scene: Scene) => Promise<void>> = {
  async 'the ring of a timer runs down'({ page }) {
    await open(page, '#/actors/job/talks/discovery');
    const label = page.locator('.chart .arrow.open text', { hasText: /^\d\d:\d\d untilNext/ });
    const ring = page.locator('.chart .ring .left');
    const [words, left] = [await label.textContent(), Number(await ring.getAttribute('stroke-dashoffset'))];
    await expect.poll(() => label.textContent()).not.toBe(words);
    await expect.poll(async () => Number(await ring.getAttribute('stroke-dashoffset'))).toBeLessThan(left);
  },

  async 'a tree that is longer than the screen is brought to the actor that is meant, and goes on under the keys'({ page }) {
    await page.setViewportSize({ width: 1440, height: 330 });
    await open(page, '#/actors/job/tides/stage/fetch');
    const meant = page.locator('.tree a[aria-current]');
    const isInSight = async () => await meant.evaluate((row) => {
      const [{ top, bottom }, frame] = [row.getBoundingClientRect(), row.closest('.virtual-list')!.getBoundingClientRect()];
      return top >= frame.top - 1 && bottom <= frame.bottom + 1;
    });
    await expect.poll(isInSight).toBe(true);
    expect(await page.locator('.tree .virtual-list').evaluate((list) => list.scrollTop)).toBeGreaterThan(0);
    await meant.focus();
    for (let n = 0; n < 20; n++) await page.keyboard.press('k');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('supervisor');
    await expect.poll(() => page.locator('.tree .virtual-list').evaluate((list) => list.scrollTop)).toBe(0);
    await page.setViewportSize({ width: 1440, height: 900 });
  },

  async 'a guard says whether it is true, and says otherwise as soon as it is; what a state runs is marked'({ page }) {
    await open(page, '#/actors/job/tides/discovery');
    const guard = page.locator('.chart .arrow', { hasText: 'discovery.polled [isWantedAgain]' });
    await guard.locator('.truth.no').waitFor();
    expect(await guard.locator('title').first().textContent()).toContain('isWantedAgain is false');
    await page.locator('.chart .line.runs', { hasText: 'runs poll ●' }).waitFor();
    await offer(page, 'WAKE').click();
    await guard.locator('.truth.yes').waitFor();
  },

  async 'an event is sent with what it holds; the form says why the runner refuses'(scene) {
    const { page } = scene;
    await open(page, '#/actors/job/talks/lifecycle');
    await page.getByRole('button', { name: 'PAUSE with …' }).click();
    const form = page.getByRole('form', { name: 'PAUSE, with what it holds' });
    await form.locator('[name=reason]').fill('');
    await form.getByRole('button', { name: 'Send PAUSE' }).click();
    await expect.poll(() => form.getByRole('alert').textContent()).toContain('reason');
    expect((await status(scene, 'talks')).state).toBe('running');
    await expectNoBarriers(page);
    await form.locator('[name=reason]').fill('out for lunch');
    await page.keyboard.press('Enter');
    await form.waitFor({ state: 'detached' });
    await expect.poll(async () => (await status(scene, 'talks')).reason).toBe('out for lunch');
    await page.locator('.chart .state.active', { hasText: 'untilLifted' }).waitFor();
  },

  async 'the chart grows, and is shown whole again; what was taken is warm'({ page }) {
    const width = () => page.locator('.chart svg').evaluate((svg) => svg.getBoundingClientRect().width);
    const before = await width();
    await page.getByRole('button', { name: 'Larger' }).click();
    await expect.poll(width).toBeGreaterThan(before);
    await page.keyboard.press('f');
    await expect.poll(width).toBeLessThanOrEqual(before);
    await page.getByText('how often each way was taken').click();
    expect(page.url()).toContain('heat=1');
    await page.locator('.chart .hot').first().waitFor();
  },

  async 'a page that nobody sees watches nothing, asks nothing and is told nothing; shown again it goes on, and again'(scene) {
    const { page, cli, sent, heard } = scene;
    const wanted = (is: boolean) => sent.filter((frame) => frame.includes(`"patches","wanted":${is}`)).length;
    const patches = () => heard.filter((frame) => frame.includes('"type":"patch"')).length;
    for (const [command, state] of [['unpause', 'running'], ['pause', 'paused']] as const) {
      await hide(page, true);
      await expect.poll(() => sent.at(-1)).toContain('"watch","path":null');
      await expect.poll(() => wanted(false)).toBe(wanted(true) + 1);
      const [asked, known] = [sent.length, patches()];
      await cli(command, 'talks');
      expect((await status(scene, 'talks')).state).toBe(state);
      expect([sent.slice(asked), patches()]).toEqual([[], known]);
      await hide(page, false);
      await expect.poll(() => sent.slice(asked).some((frame) => frame.includes('"watch","path":"job/talks/lifecycle"'))).toBe(true);
      await page.locator(`.chart .state.active[data-state="lifecycle.pause.${state}"]`).waitFor();
    }
  },

  async 'an event has a chain of causes and effects, each a step away'({ page, cli }) {
    const { stdout } = await cli('events', 'job/talks/lifecycle', '--json');
    const { seq } = stdout.trim().split('\n').map((line) => JSON.parse(line) as EventView).findLast(({ event }) => event.type === 'PAUSE')!;
    await open(page, `#/events?seq=${seq}`);
    await page.locator('.chain .chosen', { hasText: 'PAUSE' }).waitFor();
    await page.locator('.chain a', { hasText: 'job.held' }).first().click();
    await page.locator('.chain .chosen', { hasText: 'job.held' }).waitFor();
    expect(await page.locator('.chain li').first().textContent()).toContain('PAUSE');
    expect(await page.locator('.events tr.chosen').textContent()).toContain('job.held');
    await expectNoBarriers(page);
    await page.goBack();
    await page.locator('.chain .chosen', { hasText: 'PAUSE' }).waitFor();
  },

  async 'two pinned events have a time between them; types are left out; the address has it all'({ page }) {
    await open(page, '#/events?path=job/talks');
    const row = (type: string) => page.locator('.events tbody tr', { hasText: type });
    await row('PAUSE').first().locator('.pin').click();
    await row('RESUME').first().locator('.pin').click();
    await expect.poll(() => page.locator('.pins .between').textContent()).toMatch(/^\d+(\.\d{3})? m?s$/);
    await page.locator('[list=event-types]').fill('!xstate.init, !stage.settled');
    await page.keyboard.press('Enter');
    await expect.poll(() => row('xstate.init').count()).toBe(0);
    expect(decodeURIComponent(page.url())).toMatch(/path=job\/talks&pins=\d+,\d+&not=xstate\.init,stage\.settled$/);
    await page.reload();
    await page.locator('.pins .between').waitFor();
    expect(await page.locator('.tag.not').allTextContents()).toEqual(['not xstate.init ×', 'not stage.settled ×']);
  },

  async 'a lane has its last day; an address goes to the job that accepts it, and is refused with the way out'({ page }) {
    await open(page, '#/flow');
    await page.getByRole('img', { name: 'In the last 24 hours 1 done, 0 failed' }).waitFor();
    await page.getByLabel('An address to work on').fill('https://example.com/talks/7');
    await page.keyboard.press('Enter');
    await page.locator('.paste [role=status]', { hasText: 'Taken by talks' }).waitFor();
    await page.getByLabel('An address to work on').fill('https://example.org/feed.xml');
    await page.keyboard.press('Enter');
    expect(await page.locator('.paste [role=alert]').textContent()).toMatch(/no job accepts [^]*npx jobctl new job NAME --from feed https:\/\/example\.org\/feed\.xml/);
    await expectNoBarriers(page);
  },

  async 'all actors stand in a table, sorted by what they do'({ page }) {
    await open(page, '#/actors?as=table');
    await page.getByRole('link', { name: 'events/s' }).click();
    await page.locator('th[aria-sort=descending]', { hasText: 'events/s' }).waitFor();
    const rates = await page.locator('.actor-table tbody td:nth-child(4)').allTextContents();
    expect(rates.map((rate) => Number(rate) || 0)).toEqual(rates.map((rate) => Number(rate) || 0).toSorted((a, b) => b - a));
    expect(page.url()).toContain('sort=rate');
  },

  async 'the palette does by keys alone what is possible now, asks what has to be said, and finds items'(scene) {
    const { page } = scene;
    await palette(page, 'resume talks');
    await expect.poll(() => page.locator('.palette-line').textContent()).toBe('npx jobctl unpause talks');
    expect(await page.locator('.palette-text').getAttribute('aria-activedescendant')).toBe('palette-0');
    await expectNoBarriers(page);
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await status(scene, 'talks')).state).toBe('running');
    await palette(page, 'talks');
    await page.getByRole('option', { name: /^Pause talks/ }).waitFor();
    expect(await page.getByRole('option', { name: /^Resume talks/ }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.locator('.palette').waitFor({ state: 'detached' });
    await palette(page, 'pause talks');
    await page.keyboard.press('Enter');
    await page.getByLabel('Why is talks paused?').and(page.locator(':focus')).waitFor();
    await page.keyboard.type('by keys');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await status(scene, 'talks')).reason).toBe('by keys');
    await palette(page, 'first talk');
    await page.getByRole('option', { name: /the first talk/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.item h2, .item-page h2, h2', { hasText: 'the first talk' }).first().waitFor();
  },

  async 'the palette sends what an actor takes now, and asks for what it has to hold; a breaker is tripped, and cleared again'(scene) {
    const { page, cli } = scene;
    await cli('unpause', 'talks');
    await palette(page, 'send wake to job/talks/disc');
    await page.getByRole('option', { name: 'Send WAKE to job/talks/discovery' }).waitFor();
    await expect.poll(() => page.locator('.palette-line').textContent()).toBe('npx jobctl send job/talks/discovery WAKE');
    await page.keyboard.press('Enter');
    await page.locator('.toast', { hasText: 'WAKE was sent to job/talks/discovery' }).waitFor();
    await palette(page, 'send trip job/talks/breaker');
    await page.keyboard.press('Enter');
    const form = page.getByRole('form', { name: 'TRIP, with what it holds' });
    await form.waitFor();
    await expectNoBarriers(page);
    await page.keyboard.press('Enter');
    await form.getByRole('alert').waitFor();
    await form.getByLabel('reason').fill('they move their servers');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await status(scene, 'talks')).holds.find(({ cause }) => cause === 'breaker')?.reason).toBe('tripped by hand: they move their servers');
    await page.locator('.palette').waitFor({ state: 'detached' });
    await palette(page, 'send trip job/talks/breaker');
    await expect.poll(() => page.getByRole('option', { name: /^Send TRIP to job\/talks\/breaker/ }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await open(page, '#/breakers');
    await page.locator('.card[aria-label="Breaker of talks"] .opened', { hasText: 'by hand: they move their servers' }).waitFor();
    await page.locator('.card[aria-label="Breaker of talks"]').getByRole('button', { name: 'Clear', exact: true }).click();
    await page.locator('.card[aria-label="Breaker of talks"] .pill', { hasText: 'half open' }).waitFor();
    await page.locator('.card[aria-label="Breaker of talks"]').getByRole('button', { name: 'Trip…' }).click();
    await page.getByLabel('reason').waitFor();
    await page.keyboard.press('Escape');
  },

  async 'what a state runs says for how long; a job that jobs.yaml has no more leaves actors that are found, with what stopped them'(scene) {
    const { page, folder, cli } = scene;
    await open(page, '#/actors/job/tides/discovery');
    await page.locator('.chart .line.runs', { hasText: /● \d\d:\d\d/ }).first().waitFor();
    await page.locator('.children time', { hasText: /\d/ }).first().waitFor();
    writeFileSync(path.join(folder, 'jobs.yaml'), FILES['jobs.yaml'].replace(/  # It looks[^]*/, ''));
    await cli('reload');
    await page.locator('.actor .empty', { hasText: 'supervisor was told' }).waitFor();
    await page.locator('.stopped summary').click();
    await page.locator('.stopped a', { hasText: 'job/tides/discovery' }).click();
    await page.locator('.band').waitFor();
    await page.locator('.chart .state.active').first().waitFor();
    await page.keyboard.press('L');
  },
};

async function palette(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+k');
  const box = page.getByRole('combobox', { name: 'Find or do' });
  await box.waitFor();
  await page.keyboard.type(text);
}

test.skipIf(noBrowser)('the chart lives, the journal tells causes, the palette does things', { timeout: 180_000 }, async () => {
  const scene = await begin();
  for (const [name, step] of Object.entries(STEPS)) {
    await step(scene).catch((error: Error) => {
      error.message = `${name}: ${error.message}`;
      throw error;
    });
  }
  // What the browser itself says of an address that was refused.
  expect(scene.complaints.filter((complaint) => !complaint.includes('422'))).toEqual([]);
});
