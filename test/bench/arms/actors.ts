/**
 * How long the runner takes, from the call to the moment at which it answers, when it has 300 actors to restore: each start in a process of its own,
 * which has loaded all modules. What loading takes is part of `start.ts`.
 */
import '../../../runtime/control/room.ts';
import { options, report, runArm } from '../arm.ts';
import { makeProject, removeProject, start, type Project } from '../project.ts';
import { median } from '../quantile.ts';
import path from 'node:path';

const [JOBS, STARTS] = [50, 7];

const { folder } = options();
await (folder === undefined ? measure() : startOnce(folder));

async function measure(): Promise<void> {
  const project = makeProject({ jobs: Array.from({ length: JOBS }, (_, n) => `job_${n}`) });
  try {
    await runArm('arms/actors', ['--folder', project.root]);
    const starts = [];
    for (let n = 0; n < STARTS; n++) starts.push(await runArm('arms/actors', ['--folder', project.root]));
    const waits = starts.map(({ ms }) => ms!);
    report({ cpuMs: median(starts.map(({ cpuMs }) => cpuMs!)), actors: starts[0]!['restored']!, median: median(waits), worst: Math.max(...waits) });
  } finally {
    removeProject(project);
  }
}

async function startOnce(root: string): Promise<void> {
  const project: Project = { root, config: path.join(root, 'jobs.yaml'), dataDir: path.join(root, 'data') };
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const runner = await start(project);
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const { restored } = runner.tree;
  await runner.stop();
  report({ ms, cpuMs: (user + system) / 1000, restored });
}
