/**
 * A million items in the file (`--items` for another number): what a claim costs then, and the memory of a runner that works on them.
 * `claimP99` is that of flushes with nothing but a claim in them, durable when they return; in ms.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { options, report } from '../arm.ts';
import { emptyBatch, fill, makeProject, removeProject, start, type Project } from '../project.ts';
import { quantile } from '../quantile.ts';
import { openStore } from '../../../runtime/store/open.ts';
import { storeOn } from '../../../runtime/store/store.ts';
import { watchFlushes } from '../when-done.ts';

const [CLAIMS, EXECUTIONS] = [2_000, 30_000];

const { items, concurrency, folder } = options();
if (folder) {
  // The filling has a process of its own: its memory is not the runner's.
  fill(JSON.parse(folder) as Project, items);
} else {
  const project = makeProject({ concurrency });
  try {
    const filled = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--items', String(items), '--folder', JSON.stringify(project)], { stdio: 'inherit' });
    if (filled.status !== 0) throw new Error(`the filling ended with ${filled.status}`);
    const claims = claimOften(project);
    const runner = await start(project);
    const startedAt = performance.now();
    await executed(runner);
    const seconds = (performance.now() - startedAt) / 1000;
    const rss = process.memoryUsage.rss();
    await runner.stop();
    report({ claimP50: quantile(claims, 0.5), claimP99: quantile(claims, 0.99), rate: EXECUTIONS / seconds, rssMb: rss / 2 ** 20 });
  } finally {
    removeProject(project);
  }
}

function claimOften({ dataDir }: Project): number[] {
  const store = storeOn(openStore(dataDir));
  store.boot();
  const waits = Array.from({ length: CLAIMS }, () => {
    const startedAt = performance.now();
    const { claims } = store.commit({ ...emptyBatch(Date.now()), claims: [{ job: 'bench', stage: 'fetch', limit: 1, resources: [] }] });
    if (claims.length !== 1) throw new Error('there was nothing to claim');
    return performance.now() - startedAt;
  });
  store.shutDownClean();
  store.close();
  return waits;
}

function executed(runner: Parameters<typeof watchFlushes>[0]): Promise<void> {
  let ended = 0;
  return new Promise((resolve) => watchFlushes(runner, ({ receipts }) => void ((ended += receipts.length) >= EXECUTIONS && resolve())));
}
