/** The tab over half an hour, which passes in three minutes: the clocks of the runner and of the page go ten times as fast, so all that either does by time comes as often as it would. */
import type { BrowserContext, CDPSession } from 'playwright-core';
import { realClock } from '../../runtime/clock.ts';
import { hurried, hurryPage } from './hurried.ts';
import { paced } from './paced.ts';
import { start, type Project } from './project.ts';
import { slope } from './quantile.ts';

const SPEED = 10;
const MINUTES = { all: 30, warmUp: 5 };
/** Of the actor that is watched, by the hurried clock: a job at work. */
const STEPS_A_SECOND = 20;

/** What it grows by in the half hour, by the line through a measurement a minute: heap after a full collection, and nodes of the document. */
export async function halfHour(context: BrowserContext, project: Project, actor: string): Promise<{ grewMb: number; grewNodes: number; steps: number }> {
  const runner = await start(project, hurried(realClock, SPEED));
  const page = await context.newPage();
  await hurryPage(page, SPEED);
  await page.goto(runner.openUrl());
  await page.locator('.chip.live').waitFor();
  await page.goto(`${runner.url}/#/actors/${actor}`);
  await page.locator('.chart .state.active').first().waitFor();
  const devtools = await context.newCDPSession(page);
  const watched = runner.tree.actor(actor)!;
  const [heapMb, nodes]: [number[], number[]] = [[], []];
  let steps = 0;
  for (let minute = 1; minute <= MINUTES.all; minute++) {
    steps += await paced({ perSecond: STEPS_A_SECOND * SPEED, seconds: 60 / SPEED }, (n) => watched.send(pauseOrResume(n, realClock.now())));
    if (minute <= MINUTES.warmUp) continue;
    const memory = await memoryOf(devtools);
    heapMb.push(memory.heapMb);
    nodes.push(memory.nodes);
  }
  if (!(await page.locator('.chip.live').isVisible())) throw new Error('the page is not live any more');
  await page.close();
  await runner.stop();
  return { grewMb: slope(heapMb) * MINUTES.all, grewNodes: slope(nodes) * MINUTES.all, steps };
}

/** Every other one takes back what the one before has done. */
export const pauseOrResume = (n: number, at: number) => ({ type: n % 2 === 0 ? 'PAUSE' : 'RESUME', reason: 'measured', force: false, at }) as never;

/** What came in since the collection is no growth: of so many measurements the least counts. */
const LOOKS = 5;

/** After a full collection. */
export async function memoryOf(devtools: CDPSession): Promise<{ heapMb: number; nodes: number }> {
  let least = { heapMb: Infinity, nodes: Infinity };
  for (let look = 0; look < LOOKS; look++) {
    await devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await devtools.send('Runtime.getHeapUsage');
    const { nodes } = await devtools.send('Memory.getDOMCounters');
    least = { heapMb: Math.min(least.heapMb, usedSize / 2 ** 20), nodes: Math.min(least.nodes, nodes) };
  }
  return least;
}
