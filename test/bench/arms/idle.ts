/** What a runner costs that has nothing to do: 15 jobs with their items done, for a minute. CPU in percent of a core, memory in MB. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRunner } from '../../../runtime/jobctl/runner.ts';
import { report } from '../arm.ts';
import { makeProject, removeProject, type Project } from '../project.ts';
import { spawnRunner } from '../runner-process.ts';

const JOBS = 15;
const [SETTLE_MS, MEASURE_MS] = [5_000, 60_000];
/** Of /proc/PID/stat; Linux says 100 on all its machines. */
const TICKS_A_SECOND = 100;

const project = makeProject({ jobs: Array.from({ length: JOBS }, (_, n) => `job_${n}`) });
try {
  const runner = spawnRunner(project);
  const exited = once(runner, 'exit');
  runner.stdout.resume();
  await ready(project);
  await sleep(SETTLE_MS);
  const before = cpuTicks(runner.pid!);
  const startedAt = performance.now();
  await sleep(MEASURE_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = ((cpuTicks(runner.pid!) - before) / TICKS_A_SECOND / seconds) * 100;
  const rssMb = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${runner.pid}/status`, 'utf8'))![1]) / 1024;
  runner.kill('SIGTERM');
  await exited;
  report({ cpu, rssMb });
} finally {
  removeProject(project);
}

async function ready({ dataDir }: Project): Promise<void> {
  while (!findRunner(dataDir)?.url) await sleep(50);
}

/** User and system time. The second field is the name, which may hold blanks. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
