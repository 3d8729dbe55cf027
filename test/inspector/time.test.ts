/** The past in a real browser, on the real runner. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { EventView, StatusView } from '../../inspector/protocol.ts';
import { expectNoBarriers } from '../support/barriers.ts';
import { noBrowser, withBrowser } from '../support/browser.ts';
import { jobctlHere } from '../support/jobctl.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';

if (noBrowser) console.warn(`skipped: the past in a browser: ${noBrowser}`);
const browser = withBrowser();

const HANDLER = `
import { Fatal, handler, stage } from 'rivus';
const fetch = stage({ run({ item }) { if (item.broken) throw new Fatal('no such page'); return { text: 'of ' + item.n }; } });
export default handler({ stages: { fetch } });
`;
const JOBS = `
jobs:
  talks: { emoji: 🎙️, handler: ./talks.ts, discovery: { strategy: manual }, stages: [{ name: fetch, concurrency: 3 }] }
`;
const LIFECYCLE = 'job/talks/lifecycle';

/** One item fails, then the job is paused for lunch and goes on. `paused`, `resumed`: the events that did it. */
async function lived() {
  const folder = tempFolder({ 'jobs.yaml': JOBS, 'talks.ts': HANDLER });
  const runner = new RunnerProcess(folder);
  await runner.said(/Rivus runs/);
  const cli = (...args: string[]) => jobctlHere(runner.dataDir, args);
  const job = async () => (await cli('status', '--json')).json<StatusView>().jobs[0]!;
  const events = async () => (await cli('events', LIFECYCLE, '--since', '0', '--json')).stdout.trim().split('\n').map((line) => JSON.parse(line) as EventView);
  await cli('add', 'talks', 'bad', '{"broken":true}');
  await expect.poll(async () => (await job()).stages[0]!.failed).toBe(1);
  await cli('pause', 'talks', 'lunch');
  await cli('unpause', 'talks');
  await cli('add', 'talks', 'good', '{"n":1}');
  await expect.poll(async () => (await job()).stages[0]!.done).toBe(1);
  const [paused, resumed] = (await events()).slice(-2).map(({ seq }) => seq) as [number, number];
  const { page, complaints } = await browser.open((await cli('open', '--json')).json<{ url: string }>().url);
  await page.locator('.chip.live').waitFor();
  const base = page.url().split('#')[0]!;
  return { runner, cli, job, events, page, complaints, paused, resumed, visit: (address: string) => page.goto(`${base}${address}`) };
}

const at = (page: Page) => Number(new URLSearchParams(page.url().split('?')[1]).get('at'));
const slider = (page: Page) => page.getByRole('slider', { name: 'Moment' });
const shown = (page: Page) => page.locator('.chart .state.active .name').allTextContents();
/** What the page shows is of that event. */
const viewing = (page: Page, seq: number) => page.locator('.band .after', { hasText: new RegExp(`after event ${seq}$`) }).waitFor();

test.skipIf(noBrowser)('any moment is reached by keys, by dragging and by its link, and every view shows it; the way back to now is one key', async () => {
  const { page, complaints, paused, resumed, visit, cli } = await lived();
  await page.keyboard.press('[');
  await page.locator('.band').waitFor();

  // The flow, by the link of a moment.
  await visit(`#/flow?at=${paused}`);
  await viewing(page, paused);
  await page.locator('.lane .pill', { hasText: 'paused' }).waitFor();
  expect(await page.locator('.lane .reason').innerText()).toBe('lunch');
  expect(await page.locator('.node.stage dl').innerText()).toMatch(/done\s*–\s*failed\s*1/);
  expect(await page.locator('.lane .actions').count()).toBe(0);
  await page.keyboard.press(']');
  await viewing(page, paused + 1);
  await expect.poll(() => at(page)).toBe(paused + 1);

  // Its links lead through that moment, and so does the way back.
  await page.locator('.lane h2 a').click();
  await viewing(page, paused + 1);
  await page.locator('.tree a', { hasText: 'lifecycle' }).click();
  await expect.poll(() => shown(page)).toContain('untilLifted');
  expect(at(page)).toBe(paused + 1);
  await page.keyboard.press(']');
  await viewing(page, resumed);
  await expect.poll(() => shown(page)).toContain('running');
  await page.locator('.chart .taken').first().waitFor();
  await slider(page).focus();
  await page.keyboard.press('ArrowLeft');
  await viewing(page, paused);
  await expect.poll(() => shown(page)).toContain('untilLifted');
  await page.locator('.json .changed', { hasText: 'operator' }).first().waitFor();
  await expectNoBarriers(page);

  // Dragged from the beginning to the end of its line.
  const { x, y, width, height } = (await slider(page).boundingBox())!;
  await page.mouse.move(x + 2, y + height / 2);
  await page.mouse.down();
  await expect.poll(() => shown(page)).toContain('running');
  await page.mouse.move(x + width - 2, y + height / 2, { steps: 5 });
  await page.mouse.up();
  await viewing(page, resumed);
  await expect.poll(() => at(page)).toBe(resumed);

  // A mark for what failed, and for what was commanded, with a shape of its own.
  await page.getByLabel('events of all actors').check();
  await page.locator('.column-of-time .mark.errors').first().waitFor();
  expect(await page.locator('.column-of-time .mark.commands').count()).toBeGreaterThan(0);

  // Closer, and all of it again.
  const columns = await page.locator('.column-of-time').count();
  await page.getByRole('button', { name: 'Closer to the moment' }).click();
  await expect.poll(() => page.locator('.column-of-time').count()).toBeLessThan(columns);
  expect(page.url()).toContain('line=');
  await page.getByRole('button', { name: 'all', exact: true }).click();
  await expect.poll(() => page.locator('.column-of-time').count()).toBeGreaterThanOrEqual(columns);

  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.locator('.events tbody tr').first().waitFor();
  expect((await page.locator('.events tbody td.n [data-row]').first().innerText()).replace(',', '')).toBe(String(resumed));
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  // By then one had been found, and had failed; nothing can be done to it there.
  const items = () => page.locator('.item-row .title').allInnerTexts();
  await expect.poll(items).toEqual(['bad']);
  await page.locator('.facets a', { hasText: 'failed' }).waitFor();
  expect([await page.locator('.item-row input').count(), await page.getByRole('button', { name: /^Act on/ }).count()]).toEqual([0, 0]);
  await expectNoBarriers(page);
  await page.locator('[data-filter]').fill('state:done');
  await page.getByText('No item matched state:done').waitFor();
  await page.locator('[data-filter]').fill('priority<0');
  await page.locator('.problem', { hasText: 'what priority an item had then was not kept' }).waitFor();
  await page.locator('[data-filter]').fill('state:failed error:"no such page"');
  await expect.poll(items).toEqual(['bad']);
  await page.locator('.item-row a').click();
  await page.locator('.attempt .error', { hasText: 'no such page' }).waitFor();
  expect(await page.locator('.waterfall .pill').allInnerTexts()).toEqual(['✕ failed']);
  expect([await page.locator('.item-actions').count(), await page.locator('.why-box').count()]).toEqual([0, 0]);
  await expectNoBarriers(page);
  // What was found later, and what was done later, is not there yet; before its first event there is nothing.
  await cli('retry', 'talks');
  await page.goto(`${page.url().split('#')[0]}#/items/2?at=${resumed}`);
  await page.getByText('there was no item 2 at that moment').waitFor();
  await visit(`#/errors?at=${resumed}`);
  await viewing(page, resumed);
  await page.locator('.kind', { hasText: 'no such page' }).waitFor();
  expect(await page.locator('.kind button:enabled, .kind select:enabled').count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Agree' }).getAttribute('title')).toContain('L leads back to now');
  await visit(`#/breakers?at=${resumed}`);
  await page.locator('.card', { hasText: 'talks' }).first().waitFor();
  expect(await page.getByRole('button', { name: 'Trip…' }).isDisabled()).toBe(true);
  await visit(`#/cost?at=${resumed}`);
  await page.getByRole('heading', { name: 'That day by then' }).waitFor();
  await visit(`#/config?at=${resumed}`);
  await page.getByRole('heading', { name: 'Revision 1 was in force' }).waitFor();
  expect(await page.getByRole('button', { name: 'Reload' }).isDisabled()).toBe(true);
  await visit(`#/system?at=${resumed}`);
  await page.locator('.card[aria-label="Not kept"]', { hasText: 'who was connected' }).waitFor();
  await page.locator('.card[aria-label="Actors"]', { hasText: 'stageWorker' }).waitFor();
  await expectNoBarriers(page);
  await visit(`#/events?at=${resumed}`);
  await page.locator('.events tbody tr').first().waitFor();
  await viewing(page, resumed);

  // Played to the end.
  await visit(`#/flow?at=${paused}`);
  await viewing(page, paused);
  await page.getByLabel('speed').selectOption('100');
  await page.locator('main').focus();
  await page.keyboard.press(' ');
  await expect.poll(() => page.locator('.node.stage dl').innerText()).toMatch(/done\s*1/);

  // A time that was typed, and one that is none.
  await page.getByLabel('Go to a time').fill('0s ago');
  await page.keyboard.press('Enter');
  await expect.poll(() => at(page)).toBeGreaterThan(resumed);
  await page.getByLabel('Go to a time').fill('tea time');
  await page.keyboard.press('Enter');
  await page.locator('.toast.failed', { hasText: '"tea time" is no time' }).waitFor();
  await page.locator('main').focus();

  await cli('pause', 'talks', 'now');
  await page.keyboard.press('L');
  await page.locator('.band').waitFor({ state: 'detached' });
  await page.locator('.lane .reason', { hasText: 'now' }).waitFor();
  expect(page.url()).not.toContain('at=');
  await visit('#/actors/job/nobody?at=5');
  await page.getByText('no actor with the path "job/nobody" has a past').first().waitFor();
  expect(complaints).toEqual([]);
});

test.skipIf(noBrowser)('from a moment an event can be tried, the journal replayed, a test taken, and the actor sent back; only that changes anything', async () => {
  const { page, complaints, paused, visit, cli, job, events } = await lived();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await visit(`#/actors/${LIFECYCLE}?at=${paused}`);
  const before = await events();

  await page.locator('.chart').getByRole('button', { name: 'Try RESUME' }).first().click();
  await page.locator('.what-if .outcome', { hasText: 'lifecycle.pause.running' }).waitFor();
  expect(await page.locator('.what-if .changes').innerText()).toContain('lunch');
  await page.getByLabel('Event', { exact: true }).fill('FLY');
  await page.getByLabel('Payload').fill('{"high": true}');
  await page.getByRole('button', { name: 'Try', exact: true }).click();
  await page.locator('.what-if .outcome', { hasText: 'it knows no such event' }).waitFor();
  await page.getByLabel('Payload').fill('high');
  await page.getByRole('button', { name: 'Try', exact: true }).click();
  await page.getByText('the payload must be a JSON object').waitFor();
  expect(await events()).toEqual(before);

  await page.getByText('Replay its journal').click();
  await page.getByRole('button', { name: 'Replay', exact: true }).click();
  await page.locator('.replay .good', { hasText: `Equal: what is stored follows from its ${before.length} events` }).waitFor();

  await page.getByText('Copy as test').click();
  await page.getByRole('button', { name: 'Its whole life' }).click();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.locator('.toast', { hasText: 'the test is in the clipboard' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`${(await cli('export-test', LIFECYCLE, '--from', '0', '--to', String(paused))).stdout.trimEnd()}\n`);

  await page.getByText('Rewind: let it go on').click();
  await expectNoBarriers(page);
  expect(await page.getByRole('button', { name: 'Rewind it' }).count()).toBe(0);
  await page.getByRole('button', { name: 'What would change' }).click();
  await page.locator('.rewind .changes', { hasText: 'lunch' }).waitFor();
  expect((await job()).state).toBe('running');
  await page.getByRole('button', { name: 'Rewind it' }).click();
  await page.locator('.band').waitFor({ state: 'detached' });
  await expect.poll(() => shown(page)).toContain('untilLifted');
  expect(await job()).toMatchObject({ state: 'paused', reason: 'lunch' });
  expect(await page.locator('.toast .undo').first().innerText()).toContain('rewind');
  expect(complaints).toEqual([]);
});
