/** plainjob: a queue on SQLite, here with the settings that it makes itself (WAL, synchronous NORMAL). A stage is a type of job whose end adds the next. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { cpuOf, options, report } from '../arm.ts';
import { peer } from '../peers.ts';
import { candidate, STAGES } from '../project.ts';

type Job = { data: string };
type Queue = { add(type: string, data: unknown): void; addMany(type: string, data: unknown[]): void; countJobs(query: { type: string; status: number }): number; close(): void };
type PlainJob = {
  better(db: unknown): unknown;
  defineQueue(options: object): Queue;
  defineWorker(type: string, run: (job: Job) => Promise<void>, options: object): { start(): Promise<void>; stop(): Promise<void> };
  JobStatus: { Done: number };
};

const { items } = options();
const { better, defineQueue, defineWorker, JobStatus } = await peer<PlainJob>('plainjob');
const silent = { debug() {}, info() {}, warn() {}, error: console.error };
const folder = mkdtempSync(path.join(tmpdir(), 'rivus-bench-'));
try {
  const queue = defineQueue({ connection: better(new Database(path.join(folder, 'jobs.db'))), logger: silent });
  queue.addMany('fetch', Array.from({ length: items }, (_, n) => candidate(n)));

  let finished = 0;
  const done = Promise.withResolvers<void>();
  const run = (next: string | undefined) => async ({ data }: Job) => {
    const item: unknown = JSON.parse(data);
    if (next) queue.add(next, item);
    else if (++finished === items) done.resolve();
  };
  // One worker a stage: it runs one job after the other, and more of them are not faster.
  const workers = STAGES.map((stage, n) => defineWorker(stage, run(STAGES[n + 1]), { queue, pollIntervall: 1, logger: silent }));
  const cpu = cpuOf();
  const startedAt = performance.now();
  for (const worker of workers) void worker.start();
  await done.promise;
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuUs = cpu(items * STAGES.length);
  await Promise.all(workers.map((worker) => worker.stop()));
  const marked = STAGES.reduce((sum, type) => sum + queue.countJobs({ type, status: JobStatus.Done }), 0);
  if (marked !== items * STAGES.length) throw new Error(`${marked} jobs are done, not ${items * STAGES.length}`);
  report({ rate: marked / seconds, cpuUs, rssMb: process.memoryUsage.rss() / 2 ** 20 });
  queue.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
