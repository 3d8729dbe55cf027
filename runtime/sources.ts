/** Joins the strategies to the world: reads their options, gives them what they may use, and watches what they yield. */
import { z } from 'zod';
import type { Budget, Candidate, Clock, Found, Log, OutputQuery, OutputRow, SourceContext, Sources, Strategy } from '../actors/ports.ts';
import type { JobSpec } from '../machines/spec.ts';
import { expand } from './config/expand.ts';
import { Meter } from './handlers/meter.ts';
import type { AskedModels } from './handlers/world.ts';
import type { Web } from './http/web.ts';
import { llmOver } from './llm/over.ts';
import { Purse } from './purse.ts';

/** What discovery reads from the store. */
export type SourceStore = {
  /** What the job's strategy stored last, parsed. */
  items: { cursor(job: string): unknown };
  outputs: { since(query: OutputQuery): OutputRow[] };
};

export type SourcesOptions = {
  /** Those that are known now: a reload may change them. */
  strategies(): Readonly<Record<string, Strategy>>;
  /** Folder of jobs.yaml, absolute. */
  root: string;
  clock: Clock;
  log: Log;
  web: Web;
  store: SourceStore;
  env: Readonly<Record<string, string | undefined>>;
  budget: Budget;
  models: AskedModels;
};

export function createSources(world: SourcesOptions): Sources {
  return {
    poll: (job, signal) => poll(job, signal, world),
    upstream: (job) => upstream(job, world),
  };
}

/** A job whose options cannot be used reads from nobody; its poll says why. */
function upstream(job: JobSpec, world: SourcesOptions): string[] {
  try {
    const strategy = strategyOf(job, world);
    return strategy.upstream?.(optionsOf(job, strategy, world)) ?? [];
  } catch {
    return [];
  }
}

async function* poll(job: JobSpec, signal: AbortSignal, world: SourcesOptions): AsyncGenerator<Found, void, void> {
  if (signal.aborted) return;
  const strategy = strategyOf(job, world);
  let saved: unknown;
  const purse = new Purse(job.id, world.budget);
  const source = contextOf(job, { signal, purse, saveCursor: (value) => (saved = value) }, world);
  const candidates = strategy.discover(optionsOf(job, strategy, world), source);
  // Nobody may be asking for the next candidate when the poll is aborted: what the strategy holds is freed all the same.
  const close = () => void candidates.return().catch((error: unknown) => world.log.warn(`closing the poll of ${job.id} failed: ${String(error)}`));
  signal.addEventListener('abort', close, { once: true });
  try {
    for (;;) {
      const step = await candidates.next();
      if (saved !== undefined && !signal.aborted) {
        yield { cursor: JSON.stringify(saved) };
        saved = undefined;
      }
      if (step.done || signal.aborted) return;
      yield { candidate: checked(step.value, strategy) };
    }
  } catch (error) {
    if (signal.aborted) return;
    // It may say where to begin after the failure.
    if (saved !== undefined) yield { cursor: JSON.stringify(saved) };
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
    await candidates.return();
    purse.close();
  }
}

type OfPoll = { signal: AbortSignal; purse: Purse; saveCursor(value: unknown): void };

function contextOf(job: JobSpec, { signal, purse, saveCursor }: OfPoll, { root, clock, log, web, store, models }: SourcesOptions): SourceContext {
  const meter = new Meter();
  return {
    job: job.id,
    signal,
    root,
    log,
    saveCursor,
    now: () => clock.now(),
    turn: () => new Promise((resolve) => clock.defer(resolve)),
    http: web.of(job.id, () => signal),
    llm: llmOver(models.for(() => ({ discovery: job.id, signal, meter })), () => {}),
    cost: purse,
    cursor: () => store.items.cursor(job.id),
    outputs: (query) => store.outputs.since(query),
  };
}

function strategyOf({ id, discovery }: JobSpec, { strategies }: SourcesOptions): Strategy {
  const known = strategies();
  if (Object.hasOwn(known, discovery.strategy)) return known[discovery.strategy]!;
  throw new Error(`job "${id}": unknown strategy "${discovery.strategy}"; known are ${Object.keys(known).join(', ')}`);
}

/** Checked again, for a text with `${VAR}` could not be before. */
function optionsOf({ id, discovery }: JobSpec, { options }: Strategy, { env }: SourcesOptions): Record<string, unknown> {
  try {
    return options.parse(expanded(discovery.options, env));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new Error(`job "${id}": the options of ${discovery.strategy} cannot be used: ${reason}`, { cause });
  }
}

function expanded(value: unknown, env: SourcesOptions['env']): unknown {
  if (typeof value === 'string') return expand(value, env);
  if (Array.isArray(value)) return value.map((one) => expanded(one, env));
  if (Object(value) !== value) return value;
  return Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, expanded(one, env)]));
}

/** A strategy may be the operator's own. What it yields goes into rows: a mistake is named here, before it fails a flush. */
function checked(candidate: Candidate, { name }: Strategy): Candidate {
  const { key, priority, data } = candidate;
  if (typeof key !== 'string' || key === '') throw new TypeError(`strategy ${name} yielded the key ${JSON.stringify(key)}; a key is a text that is not empty`);
  if (priority !== undefined && !Number.isFinite(priority)) throw new TypeError(`strategy ${name} yielded "${key}" with the priority ${priority}; it must be a finite number`);
  if (!isJson(data)) throw new TypeError(`strategy ${name} yielded "${key}" with data that is no JSON`);
  return candidate;
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
