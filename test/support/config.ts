/** A jobs.yaml in a folder of its own, checked against strategies that stand in for the real ones. */
import path from 'node:path';
import { z } from 'zod';
import type { Strategy } from '../../actors/ports.ts';
import { loadConfig, type Checked, type CheckOptions, type Problem } from '../../runtime/config/index.ts';
import { tempFolder } from './temp.ts';

async function* nothing() {}

/** As strategies look to the configuration: a name, options, and what they read from. */
export const strategies: Record<string, Strategy> = {
  manual: { name: 'manual', options: z.strictObject({}), discover: nothing },
  feed: { name: 'feed', options: z.strictObject({ url: z.url(), limit: z.int().min(1).default(20) }), discover: nothing },
  tracker_query: {
    name: 'tracker_query',
    options: z.strictObject({ job: z.string(), min_score: z.number().optional() }),
    discover: nothing,
    upstream: (options) => [String(options.job)],
  },
};

/** Loads `text` as jobs.yaml beside `handlers/job.ts`. */
export function load(text: string, options: Partial<CheckOptions> = {}): Checked {
  const folder = tempFolder({ 'jobs.yaml': text, 'handlers/job.ts': 'export default {}' });
  return loadConfig(path.join(folder, 'jobs.yaml'), { strategies, ...options });
}

/** The configuration in force; fails the test with the problems if there are any. */
export function accepted(text: string, options: Partial<CheckOptions> = {}) {
  const checked = load(text, options);
  if (!checked.ok) throw new Error(checked.problems.map(({ message, frame }) => `${message}\n${frame}`).join('\n'));
  return checked;
}

/** What is wrong with `text`, as `line:column message`. */
export function mistakes(text: string): string[] {
  const checked = load(text);
  return checked.ok ? [] : checked.problems.map(placed);
}

export function placed({ line, column, message }: Problem): string {
  return `${line}:${column} ${message}`;
}

/** A file with one job, `a16z`, whose lines are `body` (indented by four blanks). */
export function oneJob(body: string, rest = ''): string {
  return `${rest}jobs:\n  a16z:\n${body.replace(/^/gm, '    ')}\n`;
}
