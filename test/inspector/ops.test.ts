/** The screens of an operator, in a real browser on one real runner: errors, breakers, money, the configuration, the system. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { StatusView } from '../../inspector/protocol.ts';
import { expectNoBarriers } from '../support/barriers.ts';
import { noBrowser, withBrowser } from '../support/browser.ts';
import { jobctl } from '../support/jobctl.ts';
import { says } from '../support/openai-server.ts';
import { openAi } from '../support/openai.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';

if (noBrowser) console.warn(`skipped: the operator's screens in a browser: ${noBrowser}`);
const browser = withBrowser();

/** Views of what no patch tells are read again every two seconds. */
const PATIENT = { timeout: 15_000 };
const HOSTILE = '<img src=x onerror=alert(1)>';
/** `door`: a file without which the key is not known. */
const HANDLER = `
import fs from 'node:fs';
import { Fatal, handler, stage } from 'rivus';
const fetch = stage({ run({ item }) {
  if (item.gone) throw new Fatal('no such page: ${HOSTILE}');
  if (item.door && !fs.existsSync(item.door)) throw Object.assign(new Error('401 Unauthorized: the key is not known'), { status: 401 });
  return { text: 'of ' + item.n };
} });
export default handler({ stages: { fetch } });
`;
const JOBS = `
resources: { web: { concurrency: 2, rate: 50/s } }
jobs:
  talks: { emoji: 🎙️, handler: ./talks.ts, discovery: { strategy: manual }, stages: [{ name: fetch, concurrency: 2, resource: web }] }
  papers: { handler: ./talks.ts, discovery: { strategy: manual }, stages: [{ name: fetch }] }
`;

async function running(jobs: string, more: Record<string, string> = {}) {
  const folder = tempFolder({ 'jobs.yaml': jobs, 'talks.ts': HANDLER, ...more });
  const runner = new RunnerProcess(folder);
  await runner.said(/Rivus runs/);
  const cli = (...args: string[]) => jobctl(runner.dataDir, args);
  const { page, complaints } = await browser.open((await cli('open', '--json')).json<{ url: string }>().url);
  await page.locator('.chip.live').waitFor();
  return { folder, cli, page, complaints };
}

/** By the keys that lead there. */
async function view(page: Page, key: string, shows: string): Promise<void> {
  await page.keyboard.press('Escape');
  await page.locator('main').focus();
  await page.keyboard.press('g');
  await page.keyboard.press(key);
  await page.locator(shows).first().waitFor();
}

test.skipIf(noBrowser)('an error that is corrected in the browser is a rule at once and stays one; what opened a breaker is seen, and a click clears it', async () => {
  const { folder, cli, page, complaints } = await running(JOBS);
  const door = path.join(folder, 'door');
  await cli('add', 'talks', 'one', JSON.stringify({ gone: true }), '--title', `a talk ${HOSTILE}`);
  await cli('add', 'papers', 'two', JSON.stringify({ door }));

  await view(page, 'x', '.kind');
  const gone = page.locator('.kind', { hasText: 'no such page' });
  expect(await gone.locator('.what').innerText()).toContain(HOSTILE);
  expect(await gone.locator('.verdict').innerText()).toMatch(/item_specific.*said by the rule/s);
  await gone.locator('select').selectOption('code_bug');
  await gone.getByRole('button', { name: 'Reclassify' }).click();
  await expect.poll(() => gone.locator('.verdict').innerText(), PATIENT).toMatch(/code_bug.*said by you, 100 % sure/s);
  const fingerprint = (await gone.getAttribute('aria-label'))!;
  const { errors } = (await cli('doctor', '--json')).json<{ errors: { fingerprint: string; verdict?: object }[] }>();
  expect(errors.find((one) => one.fingerprint === fingerprint)?.verdict).toMatchObject({ class: 'code_bug', by: 'operator' });
  expect(await gone.getByRole('button', { name: 'Agree' }).isDisabled()).toBe(true);

  await gone.locator('.what').click();
  await gone.locator('.samples li', { hasText: `a talk ${HOSTILE}` }).waitFor();
  expect(page.url()).toContain(`#/errors/${fingerprint}`);
  await expectNoBarriers(page);
  await gone.getByRole('button', { name: 'Retry 1 in talks' }).click();
  await page.locator('.toast', { hasText: 'talks: redoes what failed' }).waitFor();

  await view(page, 'b', '.card');
  const papers = page.locator('.card[aria-label="Breaker of papers"]');
  await expect.poll(() => papers.innerText(), PATIENT).toMatch(/tries one in \d\d:\d\d\s+Opened .* by 3 systemic failures in a row at fetch: .*401 Unauthorized/s);
  expect(await papers.locator('.mini-chart .active text').innerHTML()).toBe('coolingDown');
  expect(await page.locator('.rail a', { hasText: 'Breakers' }).locator('.badge').innerText()).toBe('1');
  // What an operator calls a bug counts as one.
  const talks = page.locator('.card[aria-label="Breaker of talks"]');
  await talks.locator('.counted li', { hasText: /fetch code_bug\s*1 of 2/ }).waitFor();
  await talks.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect.poll(() => talks.getByRole('button', { name: 'Clear', exact: true }).isDisabled(), PATIENT).toBe(true);
  expect(await page.locator('.card[aria-label="Resource web"]').innerText()).toMatch(/0 of 2 slots are taken.*may start now.*resources\.web\.rate/s);
  await expectNoBarriers(page);
  writeFileSync(door, '');
  await papers.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect.poll(() => papers.locator('.pill').innerText(), PATIENT).toContain('closed');
  expect((await cli('status', '--json')).json<StatusView>().jobs.find(({ id }) => id === 'papers')).toMatchObject({ state: 'running', stages: [{ done: 1 }] });
  expect(complaints).toEqual([]);
});

const ASKING = `
import { handler, stage } from 'rivus';
const score = stage({ run: ({ item, ctx }) => ctx.llm.text({ model: 'fast', prompt: 'Score it.', input: item, maxOutputTokens: 100 }) });
export default handler({ stages: { score } });
`;
const limited = (url: string, limit: string) => `models: { fast: { model: unheard-of, base_url: '${url}' } }
jobs:
  talks: { handler: ./talks.ts, discovery: { strategy: manual }, stages: [{ name: fetch }], guards: { daily_cost_limit: ${limit} } }
  asks: { handler: ./asks.ts, discovery: { strategy: manual }, stages: [{ name: score }] }
daily_cost_limit: 2
`;

test.skipIf(noBrowser)('a limit that is raised in jobs.yaml is in force and seen; what a reload would do is seen before it is done; a mistake is shown where it stands; unpriced calls are loud; the runner shows how it is', async () => {
  const server = await openAi(says('fine', { prompt_tokens: 1_000, completion_tokens: 50 }));
  const { folder, cli, page, complaints } = await running(limited(server.url, '0.5'), { 'asks.ts': ASKING });
  const file = path.join(folder, 'jobs.yaml');
  await cli('add', 'asks', 'one', '{}');

  await view(page, 'c', '.costs');
  const unpriced = page.locator('.unpriced');
  await expect.poll(() => unpriced.innerText(), PATIENT).toMatch(/1 call has no price.*unheard-of by asks: 1 call, 1,000 tokens in, 50 out.*models\.fast\.price/s);
  expect(await page.locator('.spent-by tbody tr', { hasText: 'asks' }).innerText()).toMatch(/unknown/);
  expect(await page.locator('.prices tbody tr', { hasText: 'unheard-of' }).innerText()).toMatch(/fast\s+No price is known: calls count as unpriced/);
  const money = page.locator('.card[aria-label="Money of talks"]');
  expect(await money.innerText()).toMatch(/\$0\.00\s+of \$0\.50/);
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await page.locator('.spent-by tbody tr', { hasText: 'unheard-of' }).waitFor();
  expect(page.url()).toContain('by=model');
  await expectNoBarriers(page);

  await view(page, 'k', '.configuration');
  const standing = page.locator('.configuration > .card');
  expect(await standing.innerText()).toMatch(/Revision 1 is in force.*the file is what runs/s);
  writeFileSync(file, limited(server.url, '7.5'));
  await expect.poll(() => standing.innerText(), PATIENT).toMatch(/Revision 2 is in force/);
  await expect.poll(() => page.locator('.compared .what-changes').innerText(), PATIENT).toMatch(/live\s+talks:\s+guards\.daily_cost_limit 0\.5 → 7\.5/);
  await view(page, 'c', '.costs');
  await expect.poll(() => money.innerText(), PATIENT).toMatch(/of \$7\.50/);

  // As if it were half written: that is taken only when somebody says so.
  await view(page, 'k', '.configuration');
  writeFileSync(file, limited(server.url, '7.5').replace('daily_cost_limit: 2\n', ''));
  await expect.poll(() => standing.innerText(), PATIENT).toMatch(/the file says something else.*A reload would do this\s+live\s+daily_cost_limit 2 → none/s);
  expect(await standing.locator('.diff .removed').innerText()).toContain('-daily_cost_limit: 2');
  await standing.getByRole('button', { name: 'Reload', exact: true }).click();
  await expect.poll(() => standing.innerText(), PATIENT).toMatch(/Revision 3 is in force.*the file is what runs/s);

  writeFileSync(file, `${limited(server.url, '7.5')}'${HOSTILE}': 1\nnotify: { targets: { me: { kind: slack, url: 'https://hooks.slack.com/services/T0/B0/abcdef' } } }\n`);
  await expect.poll(() => standing.innerText(), PATIENT).toMatch(/cannot be used.*2 mistakes/s);
  const problems = await standing.locator('.problems').innerText();
  expect(problems).toContain(`'${HOSTILE}': 1`);
  expect(problems).toMatch(/holds a secret itself.*https:\/\/hooks\.slack\.com\/‹hidden›/s);
  expect(problems).not.toContain('abcdef');
  expect(await page.locator('.rail a', { hasText: 'Config' }).locator('.badge').innerText()).toBe('1');
  expect(await standing.getByRole('button', { name: 'Reload', exact: true }).isDisabled()).toBe(true);
  await expectNoBarriers(page);

  await view(page, 's', '.system');
  expect(await page.locator('.card[aria-label=Runner]').innerText()).toMatch(/version\s+Rivus \d.*pid\s+\d+/s);
  expect(await page.locator('.card[aria-label=Connections]').innerText()).toMatch(/browser:\d+\s+controls/);
  await expect.poll(() => page.locator('.card[aria-label=Heartbeat]').innerText(), PATIENT).toMatch(/longest wait in the last \d+ s/);
  await page.getByRole('button', { name: 'Diagnose', exact: true }).click();
  await page.locator('.findings li', { hasText: 'journals' }).waitFor();
  expect(await page.locator('.findings li.bad').innerText()).toMatch(/✗\s+configuration.*npx jobctl check/s);
  await expectNoBarriers(page);
  expect(complaints).toEqual([]);
});
