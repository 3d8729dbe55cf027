/** `npm run docs:screens`: pictures of the inspector for the documents, from a real runner with jobs that have something to show. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Page } from 'playwright-core';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PICTURES = path.join(ROOT, 'docs/img');

/** What the handlers ask: it takes as long as the real ones do. */
const web = createServer(({ url = '' }, response) => void setTimeout(() => response.setHeader('content-type', 'application/json').end(JSON.stringify({ of: url, revenue: '+12 %', guidance: 'kept' })), 8 + (url.length % 5) * 12));
await new Promise<void>((listening) => web.listen(0, '127.0.0.1', listening));
const WEB = `127.0.0.1:${(web.address() as AddressInfo).port}`;

const HANDLER = `
import { Fatal, handler, stage } from 'rivus';
const pause = (ms) => new Promise((end) => setTimeout(end, ms));
const fetch = stage({ async run({ item }) { await pause(60 + (item.n % 7) * 40); if (item.n % 23 === 5) throw new Fatal('the page has no transcript'); return { text: 'Transcript of ' + item.title }; } });
const extract = stage({ needs: { fetch }, async run({ item, ctx }) { await pause(150 + (item.n % 5) * 60); ctx.cost.add(0.0031); return { facts: ['revenue up 12 %', 'guidance kept'], quarter: 'Q3' }; } });
const score = stage({ needs: { extract }, async run({ item }) { await pause(20); return { score: item.n % 100 }; } });
const qa = stage({ needs: { extract }, async run({ item, prev, ctx }) {
  ctx.log.info('checking what was extracted', { facts: prev.extract.facts.length, quarter: prev.extract.quarter });
  const filing = await ctx.http.json('http://${WEB}/filings/' + item.n + '/latest');
  await ctx.http.get('http://${WEB}/transcripts/' + item.n + '?part=answers');
  ctx.log.warn('the filing says it in other words', { said: prev.extract.facts[0], filed: filing.revenue });
  await pause(15);
  ctx.log.info('complete');
  return { complete: true, checked: ['revenue', 'guidance'] };
} });
export default handler({ stages: { fetch, extract, score, qa } });
`;
const BROKEN = `
import { handler, stage } from 'rivus';
const fetch = stage({ run() { throw Object.assign(new Error('401 Unauthorized: the key of the transcription service is not known'), { status: 401 }); } });
export default handler({ stages: { fetch } });
`;
const BEST = `
import { handler, stage } from 'rivus';
const letter = stage({ run: ({ item }) => ({ text: 'Worth reading: ' + item.upstream.key }) });
export default handler({ stages: { letter } });
`;
const job = (emoji: string, more = '') => `{ emoji: ${emoji}, handler: ./calls.ts, discovery: { strategy: manual }, stages: [{ name: fetch, concurrency: 4, resource: web }, { name: extract, concurrency: 6 }, { name: score }, { name: qa }], stage_deps: { extract: [fetch], score: [extract], qa: [extract] }, guards: { daily_cost_limit: 5 }${more} }`;
const JOBS = `
http: { allow_hosts: ['${WEB}'] }
resources: { web: { concurrency: 6 } }
jobs:
  earnings_calls: ${job('📞')}
  youtube_channels: ${job('📺')}
  company_news: ${job('📰')}
  best_calls: { emoji: 🏅, handler: ./best.ts, discovery: { strategy: tracker_query, job: earnings_calls, stage: score, min_score: 80, every: 5s }, stages: [{ name: letter }] }
  transcripts: { emoji: 🎧, handler: ./broken.ts, discovery: { strategy: manual }, stages: [{ name: fetch, concurrency: 2, resource: web }] }
`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rivus-screens-'));
fs.writeFileSync(path.join(folder, 'jobs.yaml'), JOBS);
fs.writeFileSync(path.join(folder, 'calls.ts'), HANDLER);
fs.writeFileSync(path.join(folder, 'broken.ts'), BROKEN);
fs.writeFileSync(path.join(folder, 'best.ts'), BEST);
const runner = spawn(process.execPath, [path.join(ROOT, 'runtime/start.js'), '--config', path.join(folder, 'jobs.yaml'), '--port', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
const ended = once(runner, 'exit');
const browser = await chromium.launch({ executablePath: process.env['RIVUS_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const url = await new Promise<string>((resolve) => createInterface({ input: runner.stderr }).on('line', (line) => hearLink(line, resolve)));
  await fillIn(url);
} finally {
  await browser.close();
  web.close();
  runner.kill('SIGTERM');
  await ended;
  fs.rmSync(folder, { recursive: true, force: true });
}

function hearLink(line: string, resolve: (url: string) => void): void {
  const [found] = /http:\/\/127\.0\.0\.1:\d+\/#c=[\w-]+/.exec(line) ?? [];
  if (found !== undefined) resolve(found);
}

async function fillIn(url: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 860 } });
  await page.goto(url);
  await page.locator('.chip.live').waitFor();
  await addItems();
  fs.mkdirSync(PICTURES, { recursive: true });
  // When a good number of items is through, there is something to see.
  const qa = page.locator('.lane[aria-label=company_news] .node.stage', { hasText: 'qa' });
  await qa.locator('.good dd', { hasText: /^[4-9]\d$/ }).waitFor();
  await command('pause', 'company_news', 'until the market opens', '--retry-in', '3h');
  await page.locator('.lane[aria-label=company_news] .pill', { hasText: 'paused' }).waitFor();
  await picture(page, 'flow', '#/flow', '.lane');
  await picture(page, 'actor', '#/actors/job/company_news/lifecycle', '.chart .state.active');
  await picture(page, 'actors-table', '#/actors?as=table&sort=rate', '.actor-table tbody tr');
  await chainOf(page, 'PAUSE');
  await picture(page, 'items', '#/items?filter=job%3Aearnings_calls', '.item-row a');
  await page.evaluate(`location.hash = '#/items?filter=state%3Afailed'`);
  await page.getByRole('button', { name: /^Act on all \d+…/ }).click();
  await page.locator('dialog.bulk tbody tr').first().waitFor();
  await page.screenshot({ animations: 'disabled', path: path.join(PICTURES, 'bulk.png') });
  await page.keyboard.press('Escape');
  await page.evaluate(`location.hash = '#/items?filter=job%3Aearnings_calls+stage%3Aqa+state%3Adone'`);
  await page.locator('.item-row', { hasText: '✓ qa' }).nth(3).locator('a').first().click();
  await page.locator('.log li').first().waitFor();
  await page.locator('.why-box', { hasText: 'Asking.' }).waitFor({ state: 'detached' });
  await page.screenshot({ animations: 'disabled', path: path.join(PICTURES, 'item.png') });
  await operations(page);
  await pastOf(page, 'job/company_news/lifecycle');
  await page.keyboard.press('t');
  await picture(page, 'flow-light', '#/flow', '.lane');
}

/** Errors, breakers, money, the configuration, the system. */
async function operations(page: Page): Promise<void> {
  await command('add', 'transcripts', 'a-recording', '{}');
  await picture(page, 'breakers', '#/breakers', '.card[aria-label="Breaker of transcripts"]:has(.opened) .mini-chart .active');
  await picture(page, 'errors', '#/errors', '.kind');
  await picture(page, 'cost', '#/cost', '.spent-by tbody tr');
  const file = path.join(folder, 'jobs.yaml');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('web: { concurrency: 6 }', 'web: { concurrency: 8 }').replaceAll('daily_cost_limit: 5', 'daily_cost_limit: 7.5'));
  await picture(page, 'config', '#/config', '.compared .diff');
  await page.evaluate(`location.hash = '#/system'`);
  await page.getByRole('button', { name: 'Diagnose', exact: true }).click();
  await page.locator('.findings li').first().waitFor();
  await page.screenshot({ animations: 'disabled', path: path.join(PICTURES, 'system.png') });
}

/** Where the actor was told something last, and what else it could have been told. */
async function pastOf(page: Page, actor: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/actors/${actor}`)}`);
  await page.locator('.chart .state.active').first().waitFor();
  await page.keyboard.press('[');
  await page.locator('.chart').getByRole('button', { name: 'Try RESUME' }).first().click();
  await page.locator('.what-if .outcome').waitFor();
  await page.screenshot({ animations: 'disabled', path: path.join(PICTURES, 'time.png') });
  await page.evaluate(`location.hash = '#/items?filter=job%3Acompany_news&' + /at=\\d+/.exec(location.hash)[0]`);
  await page.locator('.item-row a').first().waitFor();
  await page.locator('.facets a').first().waitFor();
  await page.screenshot({ animations: 'disabled', path: path.join(PICTURES, 'items-then.png') });
  await page.keyboard.press('L');
  await page.locator('.band').waitFor({ state: 'detached' });
}

/** The journal with what led to an event of this type, and what it led to; and the palette over it. */
async function chainOf(page: Page, type: string): Promise<void> {
  await page.evaluate(`location.hash = '#/events?types=${type}'`);
  await page.locator('.events tbody tr', { hasText: type }).first().locator('td:nth-child(2) a').click();
  await page.locator('.chain .chosen').waitFor();
  await page.locator('.tag').click();
  await page.locator('.events tbody tr').nth(40).waitFor();
  await page.screenshot({ animations: 'disabled', path: path.join(PICTURES, 'events.png') });
  await page.keyboard.press('Control+k');
  await page.locator('.palette').waitFor();
  await page.keyboard.type('co');
  await page.getByRole('option').first().waitFor();
  await page.screenshot({ animations: 'disabled', path: path.join(PICTURES, 'palette.png') });
  await page.keyboard.press('Escape');
}

/** `shows`: what is there when the view is. */
async function picture(page: Page, name: string, address: string, shows: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
  await page.locator(shows).first().waitFor();
  await page.screenshot({ animations: 'disabled', path: path.join(PICTURES, `${name}.png`) });
}

async function addItems(): Promise<void> {
  const lines = Array.from({ length: 300 }, (_, n) => JSON.stringify({ key: `call-${n}`, data: { n, title: `Company ${n}` }, title: `${['Acme', 'Globex', 'Initech', 'Umbrella', 'Soylent'][n % 5]} ${n} earnings call, third quarter` })).join('\n');
  const file = path.join(folder, 'items.ndjson');
  fs.writeFileSync(file, lines);
  for (const job of ['earnings_calls', 'youtube_channels', 'company_news']) await command('add', job, '--ndjson', file);
}

async function command(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [path.join(ROOT, 'runtime/jobctl.js'), ...args, '--config', path.join(folder, 'jobs.yaml')], { stdio: 'ignore' });
  await once(child, 'exit');
}
