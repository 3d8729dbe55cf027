/**
 * `npm run bench`: every figure of the design's table that can be measured by now, Rivus and its peers in the same run, in turn,
 * so that a busy moment of the machine hits all of them. Prints medians, and ratios taken round by round.
 *
 *   npm run bench -- [--rounds 5] [--items 20000] [--million] [--only throughput,hand-over,command,backup,articles,start,actors,page,clients,idle]
 *
 * BullMQ takes part where `npm ci --prefix test/bench` was run and there is a redis-server (Debian: apt-get install redis-server),
 * plainjob where the former was.
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { runArm, type Facts } from './arm.ts';
import { contenders, type Contender } from './contenders.ts';
import { median } from './quantile.ts';
import { startRedis } from './redis.ts';
import { figures, throughput, type Rounds } from './results.ts';
import { table } from './table.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    items: { type: 'string', default: '20000' },
    million: { type: 'boolean', default: false },
    only: { type: 'string', default: 'throughput,hand-over,command,backup,articles,start,actors,page,clients,idle' },
  },
});
const [rounds, items, only] = [Number(values.rounds), values.items, values.only.split(',')];

console.log(`Node ${process.versions.node}, ${os.cpus()[0]?.model.trim()} × ${os.availableParallelism()}, ${rounds} rounds of ${items} items × 3 stages that do nothing`);
const { taking, missing } = contenders();
for (const reason of missing) console.log(`not here: ${reason}`);

if (only.includes('throughput')) console.log(`\n${table(throughput(await compete(taking)))}`);
const measured: Record<string, Facts> = {};
for (const name of ['hand-over', 'command', 'backup', 'articles']) if (only.includes(name)) await measure(name, () => repeat(name));
if (only.includes('start')) await measure('start', () => said('start', () => runArm('arms/start')));
if (only.includes('actors')) await measure('actors', () => said('start with 300 actors', () => runArm('arms/actors')));
if (only.includes('page')) await measure('page', () => said('the inspector', () => runArm('arms/page')));
if (only.includes('clients')) await measure('clients', () => said('100 clients', () => runArm('arms/clients')));
if (only.includes('idle')) await measure('idle', () => said('idle for a minute', () => runArm('arms/idle')));
if (values.million) await measure('million', () => said('a million items', () => runArm('arms/million', ['--items', '1000000'])));
if (Object.keys(measured).length > 0) console.log(`\n${table(figures(measured))}`);

/** One that fails does not take the others with it. */
async function measure(name: string, run: () => Promise<Facts>): Promise<void> {
  try {
    measured[name] = await run();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}

/** All contenders in each round, the first of them another one each time. */
async function compete(all: readonly Contender[]): Promise<Rounds> {
  const facts: Rounds = new Map(all.map(({ name }) => [name, []]));
  const redis = all.some(({ needsRedis }) => needsRedis) ? await startRedis() : undefined;
  try {
    for (let round = 0; round < rounds; round++) {
      for (let n = 0; n < all.length; n++) {
        const { name, arm, args } = all[(round + n) % all.length]!;
        facts.get(name)!.push(await said(`round ${round + 1}: ${name}`, () => runArm(arm, ['--items', items, ...args], redis && { REDIS_SOCKET: redis.socket })));
      }
    }
  } finally {
    await redis?.stop();
  }
  return facts;
}

async function repeat(name: string): Promise<Facts> {
  const facts: Facts[] = [];
  for (let round = 0; round < rounds; round++) facts.push(await said(`round ${round + 1}: ${name}`, () => runArm(`arms/${name}`, ['--items', items])));
  return medians(facts);
}

function medians(rounds: readonly Facts[]): Facts {
  return Object.fromEntries(Object.keys(rounds[0]!).map((name) => [name, median(rounds.map((facts) => facts[name]!))]));
}

/** Says what goes on: the whole takes minutes. */
async function said(what: string, run: () => Promise<Facts>): Promise<Facts> {
  const facts = await run();
  console.error(`${what}: ${Object.entries(facts).map(([name, value]) => `${name} ${value < 100 ? value.toFixed(1) : Math.round(value)}`).join(', ')}`);
  return facts;
}
