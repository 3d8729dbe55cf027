/** How long `jobctl backup` keeps the runner's event loop waiting while work flows, in ms, beside the same time without a backup. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { options, report } from '../arm.ts';
import { fill, makeProject, removeProject, start } from '../project.ts';

const BACKUPS = 5;

const { items, concurrency } = options();
// Handlers that wait: no-ops at full speed are nobody's work, and fill the loop by themselves.
const project = makeProject({ concurrency, run: 'async run() { await new Promise((end) => setTimeout(end, 20)); return { ok: true }; }' });
try {
  fill(project, items * 4);
  const runner = await start(project);
  const took: number[] = [];
  const during = await stallOf(async () => {
    for (let n = 0; n < BACKUPS; n++) took.push(await backup(n));
  });
  const without = await stallOf(() => new Promise((resolve) => setTimeout(resolve, took.reduce((sum, ms) => sum + ms, 0))));
  if (runner.ledger.inFlight() === 0) throw new Error('the work was over before the backups: take more items');
  await runner.stop();
  report({ stall: during, without, took: Math.max(...took) });
} finally {
  removeProject(project);
}

/** The longest time for which the loop did not turn. */
async function stallOf(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return delay.max / 1e6;
}

async function backup(n: number): Promise<number> {
  const startedAt = performance.now();
  const entry = fileURLToPath(new URL('../../../runtime/jobctl.js', import.meta.url));
  const child = spawn(process.execPath, [entry, 'backup', path.join(project.root, `backup-${n}`), '--config', project.config, '--data', project.dataDir], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`jobctl backup ended with ${code}`);
  return performance.now() - startedAt;
}
