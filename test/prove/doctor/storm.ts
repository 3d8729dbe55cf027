/** Ten thousand items fail in one second, while an operator pauses and resumes another job: what was asked and done, and how long the operator had to wait. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { FAILED, READY } from '../../../runtime/store/states.ts';
import { startOpenAi, type Behaviour } from '../../support/openai-server.ts';
import { Life } from '../life.ts';
import { makePlace, reading, type Place } from '../place.ts';
import { Wire } from '../wire.ts';

/** As many jobs as it takes: a stage has a thousand attempts in flight at most. */
const AT_ONCE = 1_000;
/** Items that fit into a frame. */
const A_FRAME = 100;
const THINKS_MS = 250;
/** After its start the runner makes ready what it will need. */
const QUIET_MS = 4_000;
const LOOK_MS = 250;
const PATIENCE_MS = 120_000;

/** How many items there are, how each fails, what the model says, and when all has come of it that will. */
export type Weather = { items: number; message(n: number): string; model: Behaviour; isOver(found: Found): boolean };
type Found = { attempts: number; kinds: number; answered: number; held: number; ready: number; failed: number; costUsd: number };
/** `acksMs`: of the commands that were sent from the moment of the failures until it was over; `settleMs`: until all were stored. */
export type Storm = Found & { asked: number; acksMs: number[]; settleMs: number; jobs: number };

export async function storm({ items: n, message, model, isOver }: Weather): Promise<Storm> {
  const server = await startOpenAi(thinks(model));
  const place = makePlace(undefined, fileURLToPath(new URL('./project', import.meta.url)));
  const jobs = Array.from({ length: Math.ceil(n / AT_ONCE) }, (_, index) => `storm${index}`);
  writeFileSync(place.config, jobsYaml(server.url, jobs));
  const life = new Life(place, { env: { RIVUS_PROVE_KEY: 'key' } });
  const end = () => (life.kill(), place.remove());
  process.once('exit', end);
  try {
    const address = await addressOf(life);
    const wire = (await Wire.open(address))!;
    const items = Array.from({ length: n }, (_, index) => ({ job: jobs[Math.floor(index / AT_ONCE)]!, key: `item ${index}`, data: { of: n, message: message(index) } }));
    await wait(QUIET_MS);
    await add(wire, items.slice(0, -1));
    const operator = new Worker(new URL('./operator.ts', import.meta.url), { workerData: address });
    await once(operator, 'message');
    const began = performance.now();
    await add(wire, items.slice(-1));
    await until(place, ({ attempts }) => attempts >= n);
    const settleMs = performance.now() - began;
    await until(place, isOver);
    operator.postMessage('over');
    const [acksMs] = (await once(operator, 'message')) as [number[]];
    await life.stop();
    return { ...found(place), asked: server.asked.length, acksMs, settleMs, jobs: jobs.length };
  } finally {
    end();
    process.removeListener('exit', end);
    await server.close();
  }
}

const thinks = (then: Behaviour): Behaviour => async (asked, response, released) => {
  await wait(THINKS_MS);
  await then(asked, response, released);
};

function jobsYaml(url: string, jobs: readonly string[]): string {
  const stage = `{ name: fetch, concurrency: ${AT_ONCE}, timeout: 5m, retry: { max: 3, backoff: 1h..2h } }`;
  const storms = jobs.map((job) => `  ${job}:\n    <<: *storm\n    stages: [${stage}]\n`);
  return `doctor:
  llm: { base_url: ${url}, model: slow, api_key: "\${RIVUS_PROVE_KEY}", price: { input: 1.00, output: 2.00 } }
  daily_cost_limit: 1.00
  rate: 1000/h
jobs:
  calm: &storm
    handler: ./handlers/storm.ts
    discovery: { strategy: manual, every: 1h }
    stages: [{ name: fetch }]
${storms.join('')}`;
}

async function addressOf(life: Life): Promise<{ url: string; token: string }> {
  await life.ready;
  const address = life.address();
  if (!address) throw new Error(`the runner did not start:\n${life.lines.join('\n')}`);
  return address;
}

async function add(wire: Wire, items: readonly { job: string; key: string; data: Record<string, string | number> }[]): Promise<void> {
  for (const [job, some] of Map.groupBy(items, ({ job }) => job)) {
    for (let from = 0; from < some.length; from += A_FRAME) {
      const answer = await wire.ask({ id: randomUUID(), command: { type: 'ADD', job, items: some.slice(from, from + A_FRAME).map(({ key, data }) => ({ key, data })) } });
      if (!answer?.ok) throw new Error(`items were not taken: ${JSON.stringify(answer)}`);
    }
  }
}

async function until(place: Place, holds: (found: Found) => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !holds(found(place)); await wait(LOOK_MS)) {
    if (performance.now() > end) throw new Error(`it did not end: ${JSON.stringify(found(place))}`);
  }
}

const found = (place: Place): Found =>
  reading(place, (db) => {
    const one = (sql: string) => db.prepare<[], number>(sql).pluck().get()!;
    const tasks = (state: number) => one(`SELECT count(*) FROM task WHERE state = ${state}`);
    return {
      attempts: one('SELECT count(*) FROM attempt'), kinds: one('SELECT count(*) FROM fingerprint'), answered: one('SELECT count(*) FROM verdict'),
      held: one("SELECT count(*) FROM hold WHERE cause = 'breaker'"), ready: tasks(READY), failed: tasks(FAILED), costUsd: one('SELECT coalesce(sum(cost_micro_usd), 0) FROM verdict') / 1e6,
    };
  });
