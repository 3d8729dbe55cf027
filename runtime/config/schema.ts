/**
 * jobs.yaml as one zod schema: it validates, gives defaults, types the code, and prints jobs.schema.json.
 * What one part of the file says about another (a resource that is not declared) is checked in `checks/`.
 */
import { z } from 'zod';
import { doctor } from './doctor.ts';
import { http } from './http.ts';
import { breaker, concurrency, isolate, job, priority, restart, timeout } from './job.ts';
import { notify } from './notify.ts';
import { backoff, burst, duration, rate, size } from './units.ts';
import { models } from './model.ts';
import { name, text, usd, zone } from './words.ts';

const defaults = z.strictObject({
  discovery: z.strictObject({ every: duration.prefault('60s').describe('time between two polls') }).prefault({}),
  concurrency: concurrency.default(1),
  timeout: timeout.prefault('10m'),
  retry: z
    .strictObject({
      max: z.int().min(1).max(100).default(3).describe('most tries in all, the first included'),
      backoff: backoff.prefault('30s..1h'),
    })
    .prefault({}),
  isolate: isolate.default('inline'),
  restart: z.strictObject({ max: restart.max.default(5), within: restart.within.prefault('60s'), stalled_after: restart.stalled_after.prefault('60s') }).prefault({}),
  breaker: breaker.prefault({}),
  priority: z.strictObject({ ageing: priority.shape.ageing.unwrap().prefault('30d') }).prefault({}).describe('the order of tasks'),
});

const resource = z
  .strictObject({
    concurrency: concurrency.default(1).describe('slots, over all jobs'),
    rate: rate.optional().describe('starts, over all jobs'),
    burst: burst.optional(),
    breaker: breaker.omit({ scope: true, code_bug: true }).optional().describe('of what several jobs use: stops all that needs it when the same error comes in two of them. What is left out comes from `defaults`'),
  })
  .refine(({ rate, burst }) => rate !== undefined || burst === undefined, { path: ['burst'], error: 'must have a rate beside it, such as rate: 10/s' });

const day = z.strictObject({
  tz: zone.default('America/Los_Angeles').describe('a day of money begins and ends at midnight there'),
});

const inspector = z.strictObject({ port: z.int().min(0).max(65_535).default(4600).describe('on 127.0.0.1, from the next start on; 0 takes any free one. --port and RIVUS_PORT go first') });

const retention = z.strictObject({
  journal: z
    .strictObject({ age: duration.prefault('30d'), rows: z.int().min(1_000).default(500_000).describe('of the newest entries') })
    .prefault({})
    .describe('what actors were told; each actor keeps a beginning, so that it can still be replayed'),
  attempts: duration.prefault('90d').describe('attempts that ended without an output, but for the last one of a task'),
  logs: z.strictObject({ age: duration.prefault('30d'), attempts: z.int().min(1_000).default(100_000).describe('of the newest ones') }).prefault({}).describe('what attempts logged and asked of the web'),
  outputs: duration.prefault('90d').describe('outputs that newer ones replaced'),
  artifacts: duration.prefault('7d').describe('files that no attempt refers to any more'),
  http: z.strictObject({ age: duration.prefault('30d'), size: size.prefault('256MB') }).prefault({}).describe('answers that can be asked about again, since they were last of use'),
  llm: z.strictObject({ age: duration.prefault('90d'), size: size.prefault('256MB') }).prefault({}).describe('answers of models, since they were last of use'),
  commands: duration.prefault('90d').describe('what operators sent, and the answers; what the doctor did, and messages about it'),
  config: z
    .strictObject({ age: duration.prefault('365d'), revisions: z.int().min(1).default(500).describe('at most so many, the newest') })
    .prefault({})
    .describe('earlier texts of jobs.yaml, since another took their place; the one in force is always kept'),
});

/** The whole file. Keys at the top that begin with `x-` are left to the operator (anchors); `check.ts` takes them out before. */
export const Config = z
  .strictObject({
    defaults: defaults.prefault({}).describe('for all jobs'),
    resources: z.record(name, resource).default({}).describe('shared by all jobs'),
    strategies: text.optional().describe("folder with the operator's own strategies"),
    daily_cost_limit: usd.optional().describe('US dollars a day for all jobs together, and the doctor; whoever costs money pauses before more would be spent'),
    day: day.prefault({}).describe('what a day is'),
    models: models.default({}),
    doctor: doctor.optional().describe('how errors are understood'),
    notify: notify.optional().describe('who is told what is amiss'),
    http: http.prefault({}),
    retention: retention.prefault({}).describe('how long things are kept once they are no longer current'),
    inspector: inspector.prefault({}),
    jobs: z.record(name, job),
  })
  .meta({ title: 'jobs.yaml', description: 'What Rivus watches, and what it does with what it finds.' });

export type Config = z.output<typeof Config>;
