/** What sources need of the world, with a folder of files and the outputs of other jobs in memory. */
import { onTestFinished } from 'vitest';
import type { Budget, Candidate, Found, OutputQuery, OutputRow, SourceContext, Sources, Strategy } from '../../actors/ports.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { realClock } from '../../runtime/clock.ts';
import { DEFAULT_HTTP } from '../../runtime/config/http.ts';
import { createWeb, type Web } from '../../runtime/http/web.ts';
import { unlimitedBudget } from '../../runtime/unlimited-budget.ts';
import { createSources } from '../../runtime/sources.ts';
import type { AskedModels } from '../../runtime/handlers/world.ts';
import { nobodyToAsk } from './nobody-to-ask.ts';
import { jobSpec } from './store.ts';
import { tempFolder } from './temp.ts';

export type World = {
  sources: Sources;
  job: JobSpec;
  /** What `jobctl` would see as stored; a test stores the cursors that come out of a poll. */
  cursor: unknown;
  /** Questions that strategies asked the store. */
  queries: OutputQuery[];
  warnings: string[];
  /** Folder of jobs.yaml. */
  root: string;
  /** The clock of the sources goes on by so many ms. */
  passes(ms: number): void;
};

type Setting = { strategy: Strategy<any>; options?: Record<string, unknown>; files?: Record<string, string>; outputs?: readonly OutputRow[]; env?: Record<string, string>; web?: Web; budget?: Budget; models?: AskedModels };

/** One job, `watch`, that looks for work by `strategy`. */
export function worldOf({ strategy, options = {}, files = {}, outputs = [], env = {}, web = noWeb, budget = unlimitedBudget, models = nobodyToAsk }: Setting): World {
  const world = { cursor: undefined as unknown, queries: [] as OutputQuery[], warnings: [] as string[] };
  const quiet = () => {};
  const root = tempFolder(files);
  let passed = 0;
  const sources = createSources({
    strategies: () => ({ [strategy.name]: strategy }),
    root,
    clock: { ...realClock, now: () => realClock.now() + passed },
    log: { debug: quiet, info: quiet, warn: (message) => void world.warnings.push(message), error: quiet },
    web,
    env,
    budget,
    models,
    store: {
      items: { cursor: () => world.cursor },
      outputs: {
        since(query) {
          world.queries.push(query);
          return outputs.filter(({ seq }) => seq > query.since).slice(0, query.limit);
        },
      },
    },
  });
  const job = jobSpec('watch', { take: [] }, { discovery: { strategy: strategy.name, everyMs: 60_000, options } });
  return Object.assign(world, { sources, job, root, passes: (ms: number) => void (passed += ms) });
}

const noWeb = createWeb({ clock: realClock, spec: () => DEFAULT_HTTP, transport: () => Promise.reject(new Error('this strategy is not supposed to use the network')) });

/** A poll to its end: every candidate, and the cursors that came between. */
export async function poll({ sources, job }: Pick<World, 'sources' | 'job'>): Promise<{ candidates: Candidate[]; cursors: unknown[]; steps: Found[] }> {
  const steps = await Array.fromAsync(sources.poll(job, new AbortController().signal));
  return {
    steps,
    candidates: steps.flatMap((step) => ('candidate' in step ? [step.candidate] : [])),
    cursors: steps.flatMap((step) => ('cursor' in step ? [JSON.parse(step.cursor)] : [])),
  };
}

/** An output that another job has committed. */
export function outputRow(seq: number, key: string, output: unknown): OutputRow {
  return { seq, itemId: seq, key, stage: 'qa', data: { of: key }, output, hash: `hash-${seq}`, priority: -seq };
}

/** A strategy for tests: it yields `keys`, tells what becomes of it, and may wait between them. */
export function tellingStrategy(keys: readonly string[], told: string[], wait?: (source: SourceContext) => Promise<void>): Strategy {
  return {
    name: 'telling',
    options: { parse: (value) => value as Record<string, unknown> },
    async *discover(_, source) {
      try {
        for (const key of keys) {
          await wait?.(source);
          told.push(`yields ${key}`);
          yield { key, data: null };
        }
      } finally {
        told.push('cleans up');
      }
    },
  };
}

/** An abort controller that the test need not think of again. */
export function abortable(): AbortController {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  return controller;
}
