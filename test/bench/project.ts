/** The project that Rivus is measured with: jobs of three stages whose handlers do nothing, in a folder of its own, with its items in the file. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strategies } from '../../actors/strategies/index.ts';
import type { Clock, Log } from '../../actors/ports.ts';
import { realClock } from '../../runtime/clock.ts';
import { formatProblems, loadConfig } from '../../runtime/config/index.ts';
import { startRunner, type Runner } from '../../runtime/runner.ts';
import { daysIn } from '../../runtime/store/money/days.ts';
import { openStore } from '../../runtime/store/open.ts';
import { storeOn } from '../../runtime/store/store.ts';
import type { Batch } from '../../runtime/store/types.ts';

export const STAGES = ['fetch', 'extract', 'score'] as const;

/** What a stage does that does nothing. */
export const NO_OP = 'async run() { return { ok: true }; }';

export type Project = { root: string; config: string; dataDir: string };

/** @param run text of the handlers' `run`, the same for all stages */
export function makeProject({ jobs = ['bench'], concurrency = 10, run = NO_OP }: { jobs?: readonly string[]; concurrency?: number; run?: string } = {}): Project {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'rivus-bench-')));
  const stages = STAGES.map((name) => `{ name: ${name}, concurrency: ${concurrency} }`).join(', ');
  const job = (id: string) => `  ${id}:\n    handler: ./handlers/no-op.ts\n    discovery: { strategy: manual }\n    stages: [${stages}]\n`;
  mkdirSync(path.join(root, 'handlers'));
  writeFileSync(path.join(root, 'jobs.yaml'), `jobs:\n${jobs.map(job).join('')}`);
  writeFileSync(
    path.join(root, 'handlers/no-op.ts'),
    `import { handler, stage } from 'rivus';\n${STAGES.map((name) => `const ${name} = stage({ ${run.replaceAll('STAGE', `'${name}'`)} });`).join('\n')}\nexport default handler({ stages: { ${STAGES.join(', ')} } });\n`,
  );
  return { root, config: path.join(root, 'jobs.yaml'), dataDir: path.join(root, 'data') };
}

export const removeProject = ({ root }: Project): void => rmSync(root, { recursive: true, force: true });

/** The item with the number `n`, for Rivus and its peers alike. */
export const candidate = (n: number) => ({ key: `key-${n}`, title: `Item ${n}`, data: { url: `https://example.com/${n}` } });

/** The same with one of 100 priorities: items that follow each other in the claims then lie far apart in the file. */
const spread = (n: number) => ({ ...candidate(n), priority: (n * 7919) % 100 });

export function emptyBatch(at: number): Batch {
  return {
    at, day: daysIn('America/Los_Angeles').of(at), journal: [], snapshots: [], gone: [], jobs: [], commands: [], memos: [], notes: [], notices: [], calls: [], settlements: [], found: [], edits: [], money: [], claims: [], slots: {}, tokens: {}, inFlight: 0,
  };
}

const ITEMS_A_FLUSH = 5_000;

/** Puts `items` items into the file, in equal parts for all jobs, while no runner lives. `priorities`: not all the same. @returns items/s */
export function fill({ config, dataDir }: Project, items: number, { priorities = false } = {}): number {
  const checked = loadConfig(config, { strategies });
  if (!checked.ok) throw new Error(formatProblems(checked.problems));
  const store = storeOn(openStore(dataDir));
  store.declare(checked.spec.jobs);
  store.boot();
  const { jobs } = checked.spec;
  const startedAt = performance.now();
  for (let from = 0; from < items; from += ITEMS_A_FLUSH) {
    const numbers = Array.from({ length: Math.min(ITEMS_A_FLUSH, items - from) }, (_, n) => from + n);
    const found = jobs.map(({ id }, index) => ({ job: id, at: Date.now(), candidates: numbers.filter((n) => n % jobs.length === index).map(priorities ? spread : candidate) }));
    store.commit({ ...emptyBatch(Date.now()), found });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  store.shutDownClean();
  store.close();
  return items / seconds;
}

const say = (message: string, facts?: Record<string, unknown>) => console.error(message, facts ?? '');
const log: Log = { debug: () => {}, info: () => {}, warn: say, error: say };

export const start = ({ config, dataDir }: Project, clock: Clock = realClock): Promise<Runner> => startRunner({ config, dataDir, port: 0, clock, log, env: {} });
