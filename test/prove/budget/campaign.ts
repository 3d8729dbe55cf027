/**
 * Kills the runner with -9, again and again, while 32 attempts pay. Before each life the limits are set to a little more than what is
 * used by then, so that they bite in every one. After each kill the file as it was left is held against them, and against
 * what was really paid.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Life } from '../life.ts';
import { wait } from '../moments.ts';
import { makePlace, reading, type Place } from '../place.ts';
import { Wire } from '../wire.ts';

const PROJECT = fileURLToPath(new URL('./project', import.meta.url));
const JOBS = ['north', 'south'] as const;
/** Micro-dollars, as in project/. */
const MOST_COST = 10_000;
/** Micro-dollars: the most that there is to spend in one life, by job, and the share of both together that the runner's own limit allows. */
const MOST_ROOM = 2_000_000;
const RUNNER_SHARE = 0.8;
const ITEMS_A_LIFE = 300;
/** Before it answers, so often. */
const EARLY = 0.1;
const EARLIEST_MS = 40;
const LATEST_MS = 700;

type Job = (typeof JOBS)[number];
/** Micro-dollars, of one kind and another. */
type Used = { settled: number; lost: number; reserved: number };
export type Death = {
  inFlight: number;
  limits: Record<Job | 'all', number>;
  used: Record<Job | 'all', Used>;
  paid: Record<Job | 'all', number>;
  /** A limit was in the way of one more. */
  bitten: boolean;
};
export type Report = { deaths: Death[]; outputs: number; findings: string[]; seconds: number };
/** `mostRoom`: micro-dollars for one life of a job; a little makes limits bite in every one, a lot lets work go on for long. */
type Plan = { kills: number; preload?: string; mostRoom?: number; tell?(line: string): void; until?(findings: readonly string[]): boolean };

export async function campaign({ kills, preload, mostRoom = MOST_ROOM, tell = () => {}, until = () => false }: Plan): Promise<Report> {
  const place = makePlace(undefined, PROJECT);
  const begin = performance.now();
  const [deaths, findings]: [Death[], string[]] = [[], []];
  let last: Life | undefined;
  const end = () => (last?.kill(), place.remove());
  process.once('exit', end);
  try {
    for (let n = 0; n < kills && !until(findings); n++) {
      const limits = setLimits(place, mostRoom);
      last = new Life(place, preload === undefined ? {} : { preload });
      await live(last, n);
      last.kill();
      await last.ended;
      const death = audit(place, limits);
      deaths.push(death);
      findings.push(...wrongIn(death).map((what) => `after kill ${n + 1}: ${what}`));
      tell(`${n + 1} kills, ${dollars(death.paid.all)} paid`);
    }
    const outputs = reading(place, (db) => db.prepare<[], number>('SELECT count(*) FROM output').pluck().get()!);
    return { deaths, findings, outputs, seconds: (performance.now() - begin) / 1000 };
  } finally {
    process.removeListener('exit', end);
    end();
  }
}

/** New items come before those that were there at a crash: these would have to run alone. */
async function live(life: Life, n: number): Promise<void> {
  if (n > 0 && Math.random() < EARLY) return wait(Math.random() * LATEST_MS);
  await life.ready;
  const address = life.address();
  if (!address) throw new Error(`the runner did not start:\n${life.lines.join('\n')}`);
  const wire = await Wire.open(address);
  const items = Array.from({ length: ITEMS_A_LIFE }, (_, m) => ({ key: `${n}-${m}`, data: {}, priority: -n }));
  await Promise.all(JOBS.map((job) => wire?.ask({ id: randomUUID(), command: { type: 'ADD', job, items } })));
  await wait(EARLIEST_MS + Math.random() * (LATEST_MS - EARLIEST_MS));
  wire?.close();
}

function setLimits(place: Place, mostRoom: number): Death['limits'] {
  const used = usedOf(place);
  const room = () => MOST_COST + Math.floor(Math.random() * (mostRoom - MOST_COST));
  const [north, south] = [sum(used.north) + room(), sum(used.south) + room()];
  const all = Math.max(sum(used.all), Math.floor(sum(used.all) + RUNNER_SHARE * (north + south - sum(used.all))));
  const [first, ...rest] = [all, north].map((limit) => `$${(limit / 1e6).toFixed(6)}`);
  const text = readFileSync(`${PROJECT}/jobs.yaml`, 'utf8').replace('$0.00', first!).replace('daily_cost_limit: $0.00 }', `daily_cost_limit: ${rest[0]} }`);
  writeFileSync(place.config, text.replace('south: *paid', `south:\n    <<: *paid\n    guards: { daily_cost_limit: $${(south / 1e6).toFixed(6)} }`));
  return { all, north, south };
}

function audit(place: Place, limits: Death['limits']): Death {
  const inFlight = reading(place, (db) => db.prepare<[], number>('SELECT count(*) FROM task WHERE state = 3').pluck().get()!);
  const used = usedOf(place);
  const bitten = ([...JOBS, 'all'] as const).some((whose) => limits[whose] - sum(used[whose]) < MOST_COST);
  return { inFlight, limits, used, paid: paidOf(place), bitten };
}

/** All that was used, whatever the day: a run that goes on over midnight is judged more strictly than it would have to be. */
function usedOf(place: Place): Death['used'] {
  const none = { settled: 0, lost: 0, reserved: 0 };
  const rows = tryReading(place, (db) => db.prepare<[], Used & { job: Job }>('SELECT job, sum(settled) AS settled, sum(lost) AS lost, sum(reserved) AS reserved FROM cost_day GROUP BY job').all()) ?? [];
  const of = (job: Job): Used => rows.find((row) => row.job === job) ?? none;
  const both = (part: keyof Used) => of('north')[part] + of('south')[part];
  return { north: of('north'), south: of('south'), all: { settled: both('settled'), lost: both('lost'), reserved: both('reserved') } };
}

/** Before the first life there is no database. */
function tryReading<T>(place: Place, look: Parameters<typeof reading<T>>[1]): T | undefined {
  try {
    return reading(place, look);
  } catch {
    return undefined;
  }
}

function paidOf({ ledger }: Place): Death['paid'] {
  const paid = { north: 0, south: 0, all: 0 };
  for (const line of readFileSync(ledger, 'utf8').split('\n')) {
    // The last line may have been cut off by the kill; then it was not paid.
    if (!line.endsWith('}')) continue;
    const { job, microUsd } = JSON.parse(line) as { job: Job; microUsd: number };
    paid[job] += microUsd;
    paid.all += microUsd;
  }
  return paid;
}

function wrongIn({ limits, used, paid }: Death): string[] {
  return ([...JOBS, 'all'] as const).flatMap((whose) => [
    ...(sum(used[whose]) > limits[whose] ? [`${whose}: ${dollars(sum(used[whose]))} are settled, lost or reserved, of ${dollars(limits[whose])}`] : []),
    ...(paid[whose] > limits[whose] ? [`${whose}: ${dollars(paid[whose])} were paid, of ${dollars(limits[whose])}`] : []),
    ...(paid[whose] > sum(used[whose]) ? [`${whose}: ${dollars(paid[whose])} were paid, and only ${dollars(sum(used[whose]))} are known of`] : []),
  ]);
}

export const sum = ({ settled, lost, reserved }: Used): number => settled + lost + reserved;
export const dollars = (microUsd: number): string => `$${(microUsd / 1e6).toFixed(4)}`;
