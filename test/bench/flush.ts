/**
 * The bare flush: the transactions that every execution goes through, without actors, handlers or a pump around them.
 * `node test/bench/flush.ts [--items N] [--concurrency N]`
 */
import type { Claim, Settlement } from '../../actors/ports.ts';
import { openStore } from '../../runtime/store/open.ts';
import { storeOn } from '../../runtime/store/store.ts';
import { cpuOf, options, report } from './arm.ts';
import { emptyBatch, fill, makeProject, removeProject, STAGES } from './project.ts';

const { items, concurrency, priorities } = options();
const OUTPUT = JSON.stringify({ ok: true });

const project = makeProject({ concurrency });
try {
  fill(project, items, { priorities });
  const store = storeOn(openStore(project.dataDir));
  store.boot();
  const hashes = { bundle: 'a', prompts: 'b', model: 'c', config: 'd', schema: 'e' };
  const versions = new Map<string, number>(STAGES.map((stage) => [stage, store.versionId('bench', stage, hashes, Date.now())]));
  const settled = (claim: Claim): Settlement => ({
    claim, result: { outcome: { kind: 'done', output: OUTPUT }, costMicroUsd: 0, artifacts: [] }, startedAt: Date.now(), finishedAt: Date.now(), version: versions.get(claim.stage)!, lastTry: false,
  });
  const claims = STAGES.map((stage) => ({ job: 'bench', stage, limit: concurrency, resources: [] }));

  let running: Claim[] = [];
  let [executions, flushes] = [0, 0];
  const cpu = cpuOf();
  const startedAt = performance.now();
  do {
    running = store.commit({ ...emptyBatch(Date.now()), settlements: running.map(settled), claims }).claims;
    executions += running.length;
    flushes += 1;
  } while (running.length > 0);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuUs = cpu(executions);
  const done = store.counts.ofJob('bench').get('score')!.done;
  store.close();
  if (done !== items) throw new Error(`${done} of ${items} items are done`);
  report({ rate: executions / seconds, cpuUs, perFlush: executions / flushes, rssMb: process.memoryUsage.rss() / 2 ** 20 });
} finally {
  removeProject(project);
}
