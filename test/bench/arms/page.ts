/**
 * The inspector in a real Chromium: how soon something is painted, how soon a pause that one browser asks for is seen in another one, and what the tab does while the
 * actor that it shows takes 200 steps a second: its longest task, its frames, and what its heap grows by.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type CDPSession, type Page } from 'playwright-core';
import type { Runner } from '../../../runtime/runner.ts';
import { CHROMIUM } from '../../support/chromium.ts';
import { report } from '../arm.ts';
import { makeProject, removeProject, start } from '../project.ts';
import { median, quantile } from '../quantile.ts';

const JOBS = Array.from({ length: 15 }, (_, n) => `job_${n}`);
const ACTOR = `job/${JOBS[0]}/lifecycle`;
const [LOADS, PAUSES] = [7, 15];
const STEPS = { perSecond: 200, seconds: 20 };

const project = makeProject({ jobs: JOBS });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--enable-precise-memory-info'] });
try {
  const runner = await start(project);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(runner.openUrl());
  await isLive(page);
  const paint = await firstPaints(page, runner.url);
  const other = await context.newPage();
  await other.goto(`${runner.url}/#/flow`);
  await show(page, runner.url);
  const seen = await pausesSeen(page, other);
  await other.close();
  const tab = await restless(page, runner);
  await runner.stop();
  report({ paint: median(paint), seen: quantile(seen, 0.5), seenWorst: Math.max(...seen), ...tab });
} finally {
  await browser.close();
  removeProject(project);
}

function isLive(page: Page): Promise<void> {
  return page.locator('.chip.live').waitFor();
}

async function show(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/#/actors/${ACTOR}`);
  await page.locator('.chart .state.active').first().waitFor();
}

/** With what the browser has kept of it, in ms. */
async function firstPaints(page: Page, url: string): Promise<number[]> {
  const paints = [];
  for (let n = 0; n < LOADS; n++) {
    await page.goto('about:blank');
    await page.goto(`${url}/#/flow`);
    await isLive(page);
    paints.push(await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0].startTime`) as number);
  }
  return paints;
}

/** From the click on the chart to the word in the other browser, by the clock that both share, in ms. What lies between is stored. */
async function pausesSeen(page: Page, other: Page): Promise<number[]> {
  const waits = [];
  for (let n = 0; n < PAUSES; n++) {
    const [event, word] = n % 2 === 0 ? ['PAUSE', 'paused'] : ['RESUME', 'running'];
    const seen = other.evaluate(`new Promise((done) => { const look = () => { if (document.querySelector('.lane .pill').textContent.includes('${word}')) done(Date.now()); else requestAnimationFrame(look); }; look(); })`) as Promise<number>;
    const button = page.locator('.drawer button.event', { hasText: event! }).first();
    await button.waitFor();
    await page.evaluate(`addEventListener('click', () => (window.clickedAt = Date.now()), { capture: true, once: true })`);
    await button.click();
    const at = await seen;
    waits.push(at - ((await page.evaluate('window.clickedAt')) as number));
  }
  return waits;
}

async function restless(page: Page, runner: Runner): Promise<{ longest: number; fps: number; growthMb: number; moved: number }> {
  const actor = runner.tree.actor(ACTOR)!;
  const step = (n: number) => actor.send({ type: n % 2 === 0 ? 'PAUSE' : 'RESUME', reason: 'measured', force: false, at: Date.now() } as never);
  const devtools = await page.context().newCDPSession(page);
  await steps(step, 5);
  const before = await heapMb(devtools, page);
  await page.evaluate(`window.tasks = [0]; new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
    window.frames = 0; const count = () => { window.frames += 1; requestAnimationFrame(count); }; count();`);
  const moved = await steps(step, STEPS.seconds);
  const [longest, frames] = (await page.evaluate('[Math.max(...window.tasks), window.frames]')) as [number, number];
  return { longest, fps: frames / STEPS.seconds, growthMb: (await heapMb(devtools, page)) - before, moved: moved / STEPS.seconds };
}

/** @returns how many were taken */
async function steps(step: (n: number) => void, seconds: number): Promise<number> {
  const begin = performance.now();
  let n = 0;
  while (performance.now() - begin < seconds * 1000) {
    while (n < ((performance.now() - begin) / 1000) * STEPS.perSecond) step(n++);
    await sleep(2);
  }
  return n;
}

async function heapMb(devtools: CDPSession, page: Page): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage');
  return ((await page.evaluate('performance.memory.usedJSHeapSize')) as number) / 2 ** 20;
}
