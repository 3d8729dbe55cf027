/**
 * How long `jobctl backup` keeps the runner's event loop waiting while work flows, in ms, beside the same time without a backup. The runner
 * is a process of its own: a process of its size would itself stand still for 15 to 50 ms whenever it starts `jobctl`.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { options, report } from '../arm.ts';
import { fill, makeProject, removeProject, start, type Project } from '../project.ts';

const BACKUPS = 5;
const MODULE = fileURLToPath(import.meta.url);
const JOBCTL = fileURLToPath(new URL('../../../runtime/jobctl.js', import.meta.url));

/** What the runner's process is asked, and answers with a number: the longest time, in ms, for which its loop did not turn since it was asked last. */
type Question = 'listen' | 'stall' | 'stop';

const { items, concurrency, folder } = options();
await (folder === undefined ? measure() : work({ root: folder, config: path.join(folder, 'jobs.yaml'), dataDir: path.join(folder, 'data') }));

async function measure(): Promise<void> {
  // Handlers that wait: no-ops at full speed are nobody's work, and fill the loop by themselves.
  const project = makeProject({ concurrency, run: 'async run() { await new Promise((end) => setTimeout(end, 20)); return { ok: true }; }' });
  try {
    fill(project, items * 4);
    const runner = fork(MODULE, ['--folder', project.root]);
    await ask(runner, 'listen');
    const took: number[] = [];
    for (let n = 0; n < BACKUPS; n++) took.push(await backUp(project, n));
    const during = await ask(runner, 'stall');
    await new Promise((end) => setTimeout(end, took.reduce((sum, ms) => sum + ms, 0)));
    const without = await ask(runner, 'stall');
    await Promise.all([once(runner, 'exit'), ask(runner, 'stop')]);
    report({ stall: during, without, took: Math.max(...took) });
  } finally {
    removeProject(project);
  }
}

async function ask(runner: ChildProcess, question: Question): Promise<number> {
  runner.send(question);
  const [answer] = (await Promise.race([once(runner, 'message'), once(runner, 'exit').then(() => Promise.reject(new Error('the runner has ended')))])) as [number];
  return answer;
}

async function backUp({ root, config, dataDir }: Project, n: number): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [JOBCTL, 'backup', path.join(root, `backup-${n}`), '--config', config, '--data', dataDir], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`jobctl backup ended with ${code}`);
  return performance.now() - startedAt;
}

/** The process of the runner. */
async function work(project: Project): Promise<void> {
  const runner = await start(project);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  process.on('message', async (question: Question) => {
    const stall = delay.max / 1e6;
    delay.reset();
    if (question === 'listen') delay.enable();
    if (question === 'stop') {
      if (runner.ledger.inFlight() === 0) throw new Error('the work was over before the backups: take more items');
      await runner.stop();
    }
    process.send!(stall, () => question === 'stop' && process.exit());
  });
}
