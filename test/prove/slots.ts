/**
 * `npm run prove:slots [-- KILLS [ITEMS]]`: 8 jobs of 4 stages each share 3 resources, while the runner is killed with -9, limits are
 * reloaded, and attempts fail and run over their time. Prints one table, and writes it into docs/operations.md when it was the whole of it; ends with 1 when a limit was passed, a slot was lost, or a
 * stage had to wait for too long.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { StatusView } from '../../inspector/protocol.ts';
import { Life } from './life.ts';
import { rewrite, written } from './document.ts';
import { makePlace } from './place.ts';
import { audit } from './slots/audit.ts';
import { LimitsInForce, type Limits } from './slots/limits.ts';
import { table, type Row } from './table.ts';
import { Wire } from './wire.ts';

const [KILLS, ITEMS] = [10, 60];
const [kills, items] = [process.argv[2] ?? KILLS, process.argv[3] ?? ITEMS].map(Number) as [number, number];
if (!(Number.isInteger(kills) && kills >= 0 && Number.isInteger(items) && items >= 1)) {
  console.error('usage: npm run prove:slots [-- KILLS [ITEMS]], whole numbers');
  process.exit(2);
}

const JOBS = Array.from({ length: 8 }, (_, n) => `job${n}`);
/** By stage, for jobs with an even and an odd number: alone, in pairs, all three. */
const USES: Record<string, string[]>[] = [{ a: ['api'], b: ['gpu'], c: ['disk'], d: ['api', 'gpu'] }, { a: ['disk'], b: ['api', 'disk'], c: ['gpu'], d: ['api', 'gpu', 'disk'] }];
const LIMITS: Limits[] = [{ api: 4, gpu: 2, disk: 3 }, { api: 2, gpu: 1, disk: 1 }, { api: 5, gpu: 3, disk: 2 }];
const usesOf = (job: string): Record<string, string[]> => USES[Number(job.at(-1)) % 2]!;
/** Attempts take up to 40 ms, late ones 340: who waits for so long is forgotten. */
const LONGEST_WAIT_MS = 10_000;
const LIFE_MS = [800, 2_500] as const;
const RELOAD_MS = 200;
const PATIENCE_MS = 180_000;

const place = makePlace(undefined, fileURLToPath(new URL('./slots/project', import.meta.url)));
const limits = new LimitsInForce();
const seen = { reloads: 0, longestWaitMs: 0, waits: 0, most: '' };
let life: Life | undefined;
process.once('exit', () => {
  life?.kill();
  place.remove();
});
// So that nothing is left behind.
process.once('SIGINT', () => process.exit(130));

const began = performance.now();
write(LIMITS[0]!);
for (let n = 0; n <= kills; n++) {
  life = new Life(place);
  await life.ready;
  const wire = await Wire.open(life.address()!);
  if (!wire) throw new Error(`the runner does not answer:\n${life.lines.join('\n')}`);
  limits.inForce(Date.now());
  if (n === 0) await addItems(wire);
  if (n === kills) break;
  const moment = LIFE_MS[0] + Math.random() * (LIFE_MS[1] - LIFE_MS[0]);
  await Promise.race([unrest(wire), wait(moment)]);
  life.kill();
  await life.ended;
}
const last = (await Wire.open(life!.address()!))!;
const restless = unrest(last);
const status = await untilDone(last);
const [counts, held] = [countsOf(status), status.resources!];
last.close();
await restless;
const { code } = await life!.stop();
const rows = verdict();
const done = `${kills} kills, ${seen.reloads} reloads in ${((performance.now() - began) / 1000).toFixed(0)} s`;
console.log(`${done}\n\n${table(rows)}`);
const holds = rows.every((row) => row.holds === true);
if (holds && kills >= KILLS && items >= ITEMS) rewrite('slots', () => written(done, rows));
process.exitCode = holds ? 0 : 1;

// ---------------------------------------------------------------- what happens

function write(now: Limits): void {
  const resources = Object.entries(now).map(([name, n]) => `  ${name}: { concurrency: ${n} }`);
  const jobs = JOBS.map((job) => {
    const stages = Object.entries(usesOf(job)).map(([name, uses]) => `{ name: ${name}, resource: [${uses.join(', ')}] }`);
    return `  ${job}:\n    handler: ./handlers/shared.ts\n    discovery: { strategy: manual, every: 1h }\n    stages: [${stages.join(', ')}]`;
  });
  const text = `defaults: { concurrency: 4, timeout: 150ms, retry: { max: 50, backoff: 5ms..20ms } }\nresources:\n${resources.join('\n')}\njobs:\n${jobs.join('\n')}\n`;
  // Only once it is known that it may be in force.
  limits.written(now, Date.now());
  writeFileSync(`${place.config}~`, text);
  renameSync(`${place.config}~`, place.config);
}

/** One of ten fails at first, one of ten runs over its time. */
async function addItems(wire: Wire): Promise<void> {
  for (const job of JOBS) {
    const all = Array.from({ length: items }, (_, n) => ({ key: `k${n}`, data: n % 10 < 2 ? { trouble: { stage: 'abcd'[n % 4], kind: n % 10 === 0 ? 'fails' : 'late' } } : {} }));
    const answer = await wire.ask({ id: `add-${job}`, command: { type: 'ADD', job, items: all } });
    if (!answer?.ok) throw new Error(`items were not taken: ${JSON.stringify(answer)}`);
  }
}

/** Other limits again and again, and a look at who waits, until the connection is gone. */
async function unrest(wire: Wire): Promise<void> {
  for (let n = 0; !wire.isClosed; n++) {
    write(LIMITS[n % LIMITS.length]!);
    const answer = await wire.ask({ id: crypto.randomUUID(), command: { type: 'RELOAD', dryRun: false } });
    if (answer?.ok) {
      limits.inForce(Date.now());
      seen.reloads += 1;
    }
    look(await statusOf(wire));
    await wait(RELOAD_MS);
  }
}

function look(status: StatusView | undefined): void {
  for (const { name, waiters } of status?.resources ?? []) {
    for (const { job, stage, since } of waiters) {
      seen.waits += 1;
      const ms = Date.now() - since;
      if (ms > seen.longestWaitMs) [seen.longestWaitMs, seen.most] = [ms, `${job} ${stage} for ${name}`];
    }
  }
}

async function statusOf(wire: Wire): Promise<StatusView | undefined> {
  const answer = await wire.ask({ id: crypto.randomUUID(), query: { type: 'status' } });
  return answer?.ok && 'view' in answer ? (answer.view as StatusView) : undefined;
}

/** Nothing is open any more, and nothing holds a slot; or patience is over. */
async function untilDone(wire: Wire): Promise<StatusView> {
  for (const end = performance.now() + PATIENCE_MS; ; await wait(100)) {
    const status = await statusOf(wire);
    if (!status) throw new Error(`the runner ended:\n${life!.lines.slice(-20).join('\n')}`);
    const { open } = countsOf(status);
    if ((open === 0 && status.resources!.every(({ taken }) => taken === 0)) || performance.now() > end) return status;
  }
}

// ---------------------------------------------------------------- what came of it

function countsOf({ jobs }: StatusView): { done: number; open: number } {
  const stages = jobs.flatMap(({ stages }) => stages);
  return { done: stages.reduce((sum, { done }) => sum + done, 0), open: stages.reduce((sum, { blocked, ready, waiting, running }) => sum + blocked + ready + waiting + running, 0) };
}

function verdict(): Row[] {
  const { starts, most, above, usedWhole } = audit(place.ledger, limits, (job, stage) => usesOf(job)[stage]!);
  for (const line of above.slice(0, 10)) console.error(line);
  const wanted = JOBS.length * items * 4;
  const text = (record: Record<string, number>) => Object.entries(record).sort().map(([name, n]) => `${name} ${n}`).join(', ');
  return [
    { what: 'never above a limit', evidence: `${starts} starts; most at once: ${text(most)}; ${above.length} above`, holds: above.length === 0 && starts >= wanted },
    { what: 'limits are used', evidence: `starts that took the last slot: ${text(usedWhole)}`, holds: Object.keys(usedWhole).length === 3 },
    { what: 'no slot is lost', evidence: `at the end taken: ${held.map(({ name, taken }) => `${name} ${taken}`).join(', ')}`, holds: held.length === 3 && held.every(({ taken, waiters }) => taken === 0 && waiters.length === 0) },
    { what: 'no deadlock: everything is done', evidence: `${counts.done} of ${wanted} tasks`, holds: counts.done === wanted },
    { what: 'nobody starves', evidence: `the longest of ${seen.waits} waits seen: ${(seen.longestWaitMs / 1000).toFixed(2)} s (${seen.most})`, holds: seen.waits > 0 && seen.longestWaitMs < LONGEST_WAIT_MS },
    { what: 'the runner lives', evidence: `it ended with ${code} when it was asked to`, holds: code === 0 },
  ];
}
