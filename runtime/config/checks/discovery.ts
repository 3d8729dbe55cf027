/** A job's discovery: a known strategy, options that it accepts, and chains between jobs that lead somewhere and never back. */
import { z } from 'zod';
import type { Strategy } from '../../../actors/ports.ts';
import { at, type Complaint } from '../complaint.ts';
import { complaintsOf } from '../issues.ts';
import type { Path } from '../locate.ts';
import type { JobOutline } from '../outline.ts';
import { didYouMean, didYouMeanOrList } from '../suggest.ts';
import { findCycles } from './cycle.ts';

export type Strategies = Readonly<Record<string, Strategy>>;

export function checkDiscovery(job: JobOutline, strategies: Strategies, data: unknown): Complaint[] {
  if (!job.strategy) return [];
  const { text, path } = job.strategy;
  const strategy = strategyOf(job, strategies);
  if (!strategy) return [{ path, message: `unknown strategy "${text}"${didYouMeanOrList(text, Object.keys(strategies))}` }];
  const error = optionsError(strategy, job.options);
  if (!error) return [];
  const schema = strategy.options instanceof z.ZodType ? strategy.options : z.unknown();
  return complaintsOf(error.issues.filter((issue) => !hangsOnVariable(job.options, issue.path)), schema, data, [...job.path, 'discovery']);
}

/** Jobs that read from other jobs: each must exist, and none may wait for itself. */
export function checkChains(jobs: readonly JobOutline[], strategies: Strategies): Complaint[] {
  const ids = jobs.map(({ id }) => id);
  const upstream = new Map(jobs.map((job) => [job.id, upstreamOf(job, strategies)]));
  const unknown = jobs.flatMap((job) => {
    const others = ids.filter((id) => id !== job.id);
    const missing = upstream.get(job.id)!.filter((id) => !ids.includes(id));
    return missing.map((id): Complaint => ({ path: optionPath(job, id), message: `there is no job "${id}" to read from${didYouMean(id, others)}` }));
  });
  const cycles = findCycles(upstream).map((cycle): Complaint => {
    const job = jobs.find(({ id }) => id === cycle[0])!;
    return { path: optionPath(job, cycle[1]!), message: `these jobs read from each other in a circle: ${cycle.join(' ← ')}` };
  });
  return [...unknown, ...cycles];
}

function upstreamOf(job: JobOutline, strategies: Strategies): string[] {
  const strategy = strategyOf(job, strategies);
  if (!strategy?.upstream) return [];
  // A mistake in one option, reported above, must not hide one in another: it is asked about the sound ones.
  const refused = new Set(optionsError(strategy, job.options)?.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : issue.path.slice(0, 1))));
  const sound = Object.fromEntries(Object.entries(job.options).filter(([key]) => !refused.has(key)));
  return optionsError(strategy, sound) ? [] : strategy.upstream(strategy.options.parse(sound));
}

function strategyOf({ strategy }: JobOutline, strategies: Strategies): Strategy | undefined {
  return strategy && Object.hasOwn(strategies, strategy.text) ? strategies[strategy.text] : undefined;
}

function optionsError(strategy: Strategy, options: unknown): z.ZodError | undefined {
  try {
    strategy.options.parse(options);
    return undefined;
  } catch (cause) {
    if (cause instanceof z.ZodError) return cause;
    throw cause;
  }
}

/** A text that holds a variable is checked when the variable is known: at use. */
function hangsOnVariable(options: unknown, path: Path): boolean {
  const value = at(options, path);
  return typeof value === 'string' && value.includes('${');
}

/** Where a job's options name another job, so that the carets point at it. */
function optionPath(job: JobOutline, text: string): Path {
  return [...job.path, 'discovery', ...pathOf(text, job.options)];
}

function pathOf(text: string, options: unknown): Path {
  if (Object(options) !== options) return [];
  for (const [key, value] of Object.entries(options as Record<string, unknown>)) {
    if (value === text) return [key];
    const below = pathOf(text, value);
    if (below.length > 0) return [key, ...below];
  }
  return [];
}
