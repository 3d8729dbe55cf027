/** One entry under `jobs:`, as the operator writes it. */
import { z } from 'zod';
import { parsePattern } from '../routing/pattern.ts';
import { name, text, usd } from './words.ts';
import { backoff, burst, duration, formatDuration, rate } from './units.ts';
import { jobHttp } from './http.ts';
import { window } from './window.ts';

const SHORTEST_STALL_MS = 15_000;

/** The wait doubles from the first to the longest of `backoff`, with full jitter. */
const retry = z.strictObject({
  max: z.int().min(1).max(100).optional().describe('most tries in all, the first included'),
  backoff: backoff.optional(),
});

export const isolate = z
  .enum(['inline', 'thread'])
  .describe('`thread` runs the stage in a worker thread: for CPU-bound work, and for code that may hang or exit');

export const concurrency = z.int().min(1).max(1000).describe('most attempts in flight at once');

export const timeout = duration.describe('an attempt that takes longer is aborted, and tried again');

const stage = z
  .strictObject({
    name: name.describe('its name; also that of the stage in the handler module'),
    concurrency: concurrency.optional(),
    resource: z
      .union([name, z.array(name).min(1)], { error: 'must be the name of a resource, or a list of names' })
      .optional()
      .describe('shared resources; an attempt holds one slot of each'),
    timeout: timeout.optional(),
    retry: retry.optional().describe('what is left out comes from `defaults`'),
    isolate: isolate.optional(),
    max_cost: usd.optional().describe('US dollars that an attempt costs at most: as much is reserved before it starts'),
    daily_cost_limit: usd.optional().describe('US dollars a day for this stage; others go on when they are spent'),
  })
  .meta({ id: 'Stage', description: 'one step of the pipeline' });

const accepts = z
  .array(z.string().check(({ value, issues }) => {
    const parsed = parsePattern(value);
    if ('mistake' in parsed) issues.push({ code: 'custom', input: value, message: parsed.mistake });
  }))
  .meta({
    description: 'addresses of the web that `jobctl add-url` and POST /items bring to this job; the first job of the file that accepts one takes it',
    examples: [['example.com/news/**', '*.example.org']],
  });

/** The strategy's own options stand beside `strategy` and `every`; `checks/discovery.ts` holds them against its schema. */
export const discovery = z
  .looseObject({
    strategy: text.describe('how the job finds its work'),
    every: duration.optional().describe('time between two polls'),
  })
  .meta({ id: 'Discovery', description: 'how the job finds its work; each strategy has options of its own' });

const guards = z.strictObject({
  max_pending: z.int().min(1).optional().describe('discovery stops while so many tasks are pending; work goes on'),
  daily_cost_limit: usd.optional().describe('US dollars a day; the job pauses before it would spend more'),
  item_cost_limit: usd.optional().describe('US dollars for one item, over all its stages and attempts; what would cost more fails'),
  validate: z.boolean().default(false).describe("call the handler's validate() after batches and every minute; the job pauses with what it finds amiss"),
});

/** Also for `defaults`. */
export const restart = {
  max: z.int().min(0).max(100).describe('most restarts of what a job consists of, all together; one death more and the job is held'),
  within: duration.describe('in so long'),
  stalled_after: duration
    .refine((ms) => ms >= SHORTEST_STALL_MS, { error: `must be at least ${formatDuration(SHORTEST_STALL_MS)}: what has timed out may keep its slot for 10s` })
    .describe('a stage that starts nothing for so long, although tasks are ready and nothing is in its way, is restarted'),
};

const failuresInARow = z.int().min(1).max(100);

/** For one job; what is left out comes from `defaults`. */
export const breaker = z.strictObject({
  scope: z.enum(['job', 'stage']).optional().describe('what the failures of one stage hold: the whole job (default), or that stage alone'),
  systemic: failuresInARow.optional().describe('opens after so many systemic failures in a row at one stage (3)'),
  transient: failuresInARow.optional().describe('opens after so many transient failures in a row at one stage (10)'),
  code_bug: failuresInARow.optional().describe('opens when the same bug has hit so many different items (2)'),
  cool_down: backoff.optional().describe('until one attempt is tried again; doubles with each opening (1m..1h)'),
});

const requires = z.strictObject({
  env: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of an environment variable' })).default([]),
  bin: z.array(z.string().regex(/^[^/\s]+$/, { error: 'must be the name of a program, without a path' })).default([]),
  models: z.array(name).default([]).describe('of `models`: their keys must be set'),
});

export const priority = z.strictObject({
  ageing: z
    .union([duration, z.literal('never')], { error: 'must be a duration such as 30d, or never' })
    .optional()
    .describe('what has waited for so much longer goes first, whatever the priorities'),
});

const pacing = z
  .union([rate, z.strictObject({ rate, burst: burst.optional() })], { error: 'must be a rate such as 30/m, or a map with rate and burst' })
  .describe('how fast the tasks of this job start, over all its stages')
  .meta({ examples: ['30/m'] });

export const job = z
  .strictObject({
    emoji: z.string().min(1).max(16).optional().describe('shown beside the name'),
    pipeline: z
      .string()
      .regex(/^[a-z0-9_-]+\/\d+$/, { error: 'must be a name and a step, such as dep_radar/1' })
      .optional()
      .describe('name/step of the multi-job pipeline that the job belongs to'),
    handler: text.describe('path of the handler module, from the folder of this file; it lies in or below it'),
    discovery,
    accepts: accepts.optional(),
    stages: z.array(stage).min(1).describe('in order, unless stage_deps says otherwise'),
    stage_deps: z
      .record(name, z.array(name))
      .optional()
      .describe('which stages a stage needs; a stage that is no key here needs none'),
    guards: guards.prefault({}),
    restart: z.strictObject(restart).partial().optional().describe('how often what dies is started again; what is left out comes from `defaults`'),
    breaker: breaker.optional().describe('stops the job before it fails its way through the queue'),
    requires: requires.prefault({}).describe('without these the job pauses, and says so'),
    http: jobHttp.optional(),
    priority: priority.optional().describe('the order of its tasks'),
    pacing: pacing.optional(),
    window: window.optional(),
  })
  .meta({ id: 'Job', description: 'one job: a discovery, stages, a handler, guards' });
