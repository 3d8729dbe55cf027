/** From the start of the process to the first handler that begins, in ms: 15 jobs of three stages, 100,000 items in the file. The first start has to bundle the handlers. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { report } from '../arm.ts';
import { fill, makeProject, removeProject } from '../project.ts';
import { median } from '../quantile.ts';
import { spawnRunner } from '../runner-process.ts';

const [JOBS, ITEMS, STARTS] = [15, 100_000, 7];

const project = makeProject({
  jobs: Array.from({ length: JOBS }, (_, n) => `job_${n}`),
  concurrency: 1,
  // Says once when it began; what it is given then is all that this start takes.
  run: `async run() { globalThis.begun ??= console.log('begun ' + (performance.timeOrigin + performance.now())); await new Promise((end) => setTimeout(end, 100)); return { ok: true }; }`,
});
try {
  fill(project, ITEMS);
  const waits: number[] = [];
  for (let n = 0; n < STARTS; n++) waits.push(await startOnce());
  const [first, ...later] = waits as [number, ...number[]];
  report({ first, median: median(later), worst: Math.max(...later) });
} finally {
  removeProject(project);
}

async function startOnce(): Promise<number> {
  const startedAt = performance.timeOrigin + performance.now();
  const runner = spawnRunner(project);
  const exited = once(runner, 'exit');
  let begunAt: number | undefined;
  for await (const line of createInterface({ input: runner.stdout })) {
    begunAt = Number(/^begun ([\d.]+)/.exec(line)?.[1] ?? NaN);
    if (begunAt) break;
  }
  runner.kill('SIGTERM');
  const [code] = (await exited) as [number | null];
  if (!begunAt || code !== 0) throw new Error(`the runner ended with ${code}${begunAt ? '' : ' before a handler began'}`);
  return begunAt - startedAt;
}
