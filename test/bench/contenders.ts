/** Who takes part in the comparison of throughputs. */
import { isInstalled } from './peers.ts';
import { hasRedis } from './redis.ts';

export type Contender = { name: string; arm: string; args: readonly string[]; needsRedis?: boolean };

const at = (concurrency: number) => ['--concurrency', String(concurrency)];

const OWN: readonly Contender[] = [
  { name: 'Rivus, 10', arm: 'arms/rivus', args: at(10) },
  { name: 'Rivus, 50', arm: 'arms/rivus', args: at(50) },
  { name: 'Rivus, 10, no journal, no snapshots', arm: 'arms/rivus', args: [...at(10), '--unrecorded'] },
  { name: 'Rivus, 50, of 100 priorities', arm: 'arms/rivus', args: [...at(50), '--priorities'] },
  { name: 'Rivus, 10, 1 viewer', arm: 'arms/rivus', args: [...at(10), '--viewers', '1'] },
  { name: 'Rivus, 10, 100 viewers', arm: 'arms/rivus', args: [...at(10), '--viewers', '100'] },
  { name: 'bare flush, 10', arm: 'flush', args: at(10) },
  { name: 'bare flush, 50', arm: 'flush', args: at(50) },
];
const PLAINJOB: readonly Contender[] = [{ name: 'plainjob', arm: 'arms/plainjob', args: [] }];
const BULLMQ: readonly Contender[] = [10, 50, 200].map((concurrency) => ({ name: `BullMQ, ${concurrency}`, arm: 'arms/bullmq', args: at(concurrency), needsRedis: true }));

/** Those that can, and why others cannot. */
export function contenders(): { taking: Contender[]; missing: string[] } {
  const missing: string[] = [];
  const taking = [...OWN];
  if (isInstalled('plainjob')) taking.push(...PLAINJOB);
  else missing.push('plainjob; `npm ci --prefix test/bench` installs it');
  if (isInstalled('bullmq') && hasRedis()) taking.push(...BULLMQ);
  else missing.push('BullMQ; it needs `npm ci --prefix test/bench` and a redis-server (Debian: `apt-get install redis-server`)');
  return { taking, missing };
}
