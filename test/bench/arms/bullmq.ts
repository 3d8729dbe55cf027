/** BullMQ on the Redis whose socket REDIS_SOCKET names: in memory only, and jobs are removed when they end, as is usual. A stage is a queue whose worker adds to the next. */
import { cpuOf, options, report } from '../arm.ts';
import { peer } from '../peers.ts';
import { candidate, STAGES } from '../project.ts';

type Job = { data: unknown };
type Queue = { add(name: string, data: unknown, options: object): Promise<void>; addBulk(jobs: object[]): Promise<void>; close(): Promise<void>; getJobCounts(): Promise<Record<string, number>> };
type BullMq = {
  Queue: new (name: string, options: object) => Queue;
  Worker: new (name: string, run: (job: Job) => Promise<void>, options: object) => { run(): Promise<void>; close(): Promise<void> };
};
type Redis = { flushall(): Promise<void>; quit(): Promise<void> };

const { items, concurrency } = options();
const { Queue, Worker } = await peer<BullMq>('bullmq');
const { Redis } = await peer<{ Redis: new (options: object) => Redis }>('ioredis');
const connection = new Redis({ path: process.env['REDIS_SOCKET'], maxRetriesPerRequest: null });
await connection.flushall();

const removed = { removeOnComplete: true };
const queues = STAGES.map((stage) => new Queue(stage, { connection }));
for (let from = 0; from < items; from += 1_000) {
  await queues[0]!.addBulk(Array.from({ length: Math.min(1_000, items - from) }, (_, n) => ({ name: 'item', data: candidate(from + n), opts: removed })));
}

let finished = 0;
const done = Promise.withResolvers<void>();
const run = (next: Queue | undefined) => async ({ data }: Job) => {
  if (next) await next.add('item', data, removed);
  else if (++finished === items) done.resolve();
};
const workers = STAGES.map((stage, n) => new Worker(stage, run(queues[n + 1]), { connection, concurrency, autorun: false }));
const cpu = cpuOf();
const startedAt = performance.now();
for (const worker of workers) void worker.run();
await done.promise;
const seconds = (performance.now() - startedAt) / 1000;
const cpuUs = cpu(items * STAGES.length);
await Promise.all(workers.map((worker) => worker.close()));
const left = await Promise.all(queues.map((queue) => queue.getJobCounts()));
if (left.some((counts) => (counts['failed'] ?? 0) + (counts['waiting'] ?? 0) > 0)) throw new Error(`BullMQ has left ${JSON.stringify(left)}`);
report({ rate: (items * STAGES.length) / seconds, cpuUs, rssMb: process.memoryUsage.rss() / 2 ** 20 });
await Promise.all(queues.map((queue) => queue.close()));
await connection.quit();
