/**
 * The inspector in a real Chromium: how soon something is painted, how soon a pause that one browser asks for is seen in another one, and what the tab does while the
 * actor that it shows takes 200 steps a second: its longest task, its frames, and what its heap grows by, then and over half an hour.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import type { Runner } from '../../../runtime/runner.ts';
import { CHROMIUM } from '../../support/chromium.ts';
import { report } from '../arm.ts';
import { halfHour, memoryOf, pauseOrResume } from '../half-hour.ts';
import { paced } from '../paced.ts';
import { makeProject, removeProject, start } from '../project.ts';
import { median, quantile } from '../quantile.ts';
import { longestTask, type Task } from '../tasks.ts';

const JOBS = Array.from({ length: 15 }, (_, n) => `job_${n}`);
const ACTOR = `job/${JOBS[0]}/lifecycle`;
const [LOADS, PAUSES] = [7, 15];
const STEPS = { perSecond: 200, seconds: 20 };
/** Loaded anew each: the lanes, and a chart beside the tree of actors. */
const VIEWS = ['flow', `actors/${ACTOR}`];
/** What comes in after the first paint is there by then. */
const SETTLED_MS = 1_500;

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
  const load = await firstLoad(page, runner.url);
  await page.close();
  await runner.stop();
  const long = await halfHour(context, project, ACTOR);
  report({ paint: median(paint), seen: quantile(seen, 0.5), seenWorst: Math.max(...seen), load: load.wall, loadCpu: load.cpu, ...tab, ...long });
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

/** Its longest tasks, from an empty page to what is live and has been for a while. */
async function firstLoad(page: Page, url: string): Promise<Task> {
  const devtools = await page.context().newCDPSession(page);
  const tasks: Task[] = [];
  for (const view of VIEWS) {
    await page.goto('about:blank');
    tasks.push(
      await longestTask(devtools, async () => {
        await page.goto(`${url}/#/${view}`);
        await isLive(page);
        await sleep(SETTLED_MS);
      }),
    );
  }
  return { wall: Math.max(...tasks.map(({ wall }) => wall)), cpu: Math.max(...tasks.map(({ cpu }) => cpu)) };
}

async function restless(page: Page, runner: Runner) {
  const actor = runner.tree.actor(ACTOR)!;
  const step = (n: number) => actor.send(pauseOrResume(n, Date.now()));
  const devtools = await page.context().newCDPSession(page);
  await paced({ ...STEPS, seconds: 5 }, step);
  const { heapMb } = await memoryOf(devtools);
  await page.evaluate('window.frames = 0; const count = () => { window.frames += 1; requestAnimationFrame(count); }; count();');
  let moved = 0;
  const { wall, cpu } = await longestTask(devtools, async () => (moved = await paced(STEPS, step)));
  const frames = (await page.evaluate('window.frames')) as number;
  return { longest: wall, longestCpu: cpu, fps: frames / STEPS.seconds, growthMb: (await memoryOf(devtools)).heapMb - heapMb, moved: moved / STEPS.seconds };
}
