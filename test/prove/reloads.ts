/**
 * `npm run prove:reloads [-- SECONDS]`: a hundred times a second, for a minute, jobs.yaml says something else and is reloaded,
 * while items flow. Prints one table; ends with 1 when a task was lost or ran twice, or memory did not stay level.
 */
import { renameSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { JobView } from '../../inspector/protocol.ts';
import { Life } from './life.ts';
import { JOBS, makePlace, reading, STAGES, type Job, type Place } from './place.ts';
import { quantile } from './quantile.ts';
import { SideEffects } from './side-effects.ts';
import { table, type Row } from './table.ts';
import { Wire } from './wire.ts';

const PER_SECOND = 100;
const HEAP = new URL('./heap.ts', import.meta.url).href;
/** Until then code is compiled and pools fill. */
const WARM_UP_SECONDS = 8;
const MB = 2 ** 20;
/** Compiled code still grows a little; a leak of 1 KB a reload would be more. */
const LEVEL_BYTES = 5 * MB;

const seconds = Number(process.argv[2] ?? '60');
if (!(seconds >= 1)) {
  console.error('usage: npm run prove:reloads [-- SECONDS], from 1');
  process.exit(2);
}

const place = makePlace();
const effects = new SideEffects(place.ledger);
const life = new Life(withPatience(place), { preload: HEAP });
process.once('exit', () => {
  life.kill();
  place.remove();
});
// So that nothing is left behind.
process.once('SIGINT', () => process.exit(130));

await life.ready;
const address = life.address();
if (!address) throw new Error(`the runner did not start:\n${life.lines.join('\n')}`);
// One connection may send 50 messages a second.
const wires = (await Promise.all([1, 2, 3, 4].map(() => Wire.open(address)))) as [Wire, ...Wire[]];
const texts = variants(readFileSync(place.config, 'utf8'));
const added = new Set<string>();
const answers = { accepted: 0, refused: 0, ms: [] as number[] };

await storm(WARM_UP_SECONDS);
const before = await memory();
const [reloadsBefore, at] = [answers.accepted + answers.refused, performance.now()];
await storm(seconds);
const rate = (answers.accepted + answers.refused - reloadsBefore) / ((performance.now() - at) / 1000);
const after = await memory();
writeFileSync(place.config, texts[0]!);
await reload(wires[0]);
await quiet();
const { code } = await life.stop();
effects.read();
console.log(table(rows()));
process.exitCode = rows().every(({ holds }) => holds !== false) ? 0 : 1;
effects.close();

// ---------------------------------------------------------------- the storm

async function storm(seconds: number): Promise<void> {
  const begin = performance.now();
  const asked: Promise<void>[] = [];
  for (let n = 0; n < seconds * PER_SECOND; n++) {
    write(texts[n % texts.length]!, n % 2 === 0);
    asked.push(reload(wires[1 + (n % 3)]!));
    if (n % 10 === 0) asked.push(add(JOBS[(n / 10) % JOBS.length]!, n));
    await wait(Math.max(0, begin + ((n + 1) * 1000) / PER_SECOND - performance.now()));
  }
  await Promise.all(asked);
}

/** As editors do: some replace the file, some write into it. */
function write(text: string, byRename: boolean): void {
  if (!byRename) return writeFileSync(place.config, text);
  writeFileSync(`${place.config}~`, text);
  renameSync(`${place.config}~`, place.config);
}

async function reload(wire: Wire): Promise<void> {
  const at = performance.now();
  const answer = await wire.ask({ id: crypto.randomUUID(), command: { type: 'RELOAD', dryRun: false } });
  answers.ms.push(performance.now() - at);
  if (answer?.ok) answers.accepted += 1;
  else if (answer && answer.code === 'invalid_config') answers.refused += 1;
  else throw new Error(`a reload was answered ${JSON.stringify(answer)}`);
}

/** A job that is archived at the moment takes nothing. */
async function add(job: Job, n: number): Promise<void> {
  const items = [0, 1, 2].map((m) => ({ key: `${performance.now()}-${n}-${m}`, data: {} }));
  const answer = await wires[0].ask({ id: crypto.randomUUID(), command: { type: 'ADD', job, items } });
  if (answer?.ok) for (const { key } of items) added.add(`${job} ${key}`);
}

/** What is changed: a number, a stage, a job, nothing that counts, all at once; and files that cannot be used. */
function variants(text: string): string[] {
  const withoutWest = text.replace(/^ {2}west: .*\n/m, '');
  return [
    text,
    text.replace('concurrency: 2', 'concurrency: 5'),
    `# a remark\n${text}`,
    withoutWest,
    text.replace(', { name: score }]', ']'),
    text.slice(0, text.length / 2),
    withoutWest.replace('backoff: 5ms..20ms', 'backoff: 7ms..30ms').replace('every: 1h', 'every: 2h'),
    text.replace('handlers/flow.ts', 'handlers/flwo.ts'),
  ];
}

/** A time-out would be a second start, and one that is allowed. */
function withPatience(place: Place): Place {
  writeFileSync(place.config, readFileSync(place.config, 'utf8').replace('timeout: 150ms', 'timeout: 5m'));
  return place;
}

// ---------------------------------------------------------------- what came of it

async function memory(): Promise<{ heapUsed: number; rss: number }> {
  const seen = life.lines.length;
  life.signal('SIGUSR2');
  for (;;) {
    const line = life.lines.slice(seen).find((one) => one.startsWith('memory '));
    if (line) return JSON.parse(line.slice('memory '.length)) as { heapUsed: number; rss: number };
    await wait(10);
  }
}

async function quiet(): Promise<void> {
  const isDone = ({ stages }: JobView) => stages.every(({ done, blocked, ready, waiting, running }) => done > 0 && blocked + ready + waiting + running === 0);
  for (let n = 0; n < 600; n++) {
    if ((await wires[0].jobs())?.every(isDone)) return;
    await wait(100);
  }
}

function rows(): Row[] {
  const starts = Map.groupBy(effects.starts, ({ job, key, stage }) => `${job} ${key} ${stage}`);
  const twice = [...starts.values()].filter(({ length }) => length > 1).length;
  const outputs = reading(place, (db) => db.prepare<[], number>('SELECT count(*) FROM output').pluck().get()!);
  const revisions = reading(place, (db) => db.prepare<[], number>('SELECT count(*) FROM config_revision').pluck().get()!);
  const wanted = added.size * STAGES.length;
  const grown = after.heapUsed - before.heapUsed;
  return [
    { what: 'reloads answered', evidence: `${answers.accepted} in force, ${answers.refused} refused, ${rate.toFixed(0)} a second, p50 ${quantile(answers.ms, 0.5).toFixed(0)} ms, p99 ${quantile(answers.ms, 0.99).toFixed(0)} ms; ${revisions} revisions`, holds: rate > 0.9 * PER_SECOND && answers.refused > 0 },
    { what: 'no task is lost', evidence: `${added.size} items added, ${outputs} of ${wanted} tasks done`, holds: added.size > 0 && outputs === wanted && starts.size === wanted },
    { what: 'no task runs twice', evidence: `${effects.starts.length} handler starts, ${twice} tasks started again`, holds: twice === 0 },
    { what: 'memory is level', evidence: `heap ${(before.heapUsed / MB).toFixed(1)} → ${(after.heapUsed / MB).toFixed(1)} MB after collection, RSS ${(before.rss / MB).toFixed(0)} → ${(after.rss / MB).toFixed(0)} MB`, holds: grown < LEVEL_BYTES },
    { what: 'the runner lives', evidence: `it ended with ${code} when it was asked to`, holds: code === 0 },
  ];
}
