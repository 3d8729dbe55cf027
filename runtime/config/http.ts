/** `http:` in jobs.yaml, at the top for all jobs and within a job for that one. */
import { z } from 'zod';
import type { HttpSpec } from '../../machines/spec.ts';
import { ALLOWED_HOST_WANTED, parseAllowedHost } from '../http/allowed-hosts.ts';
import { version } from '../version.ts';
import { duration } from './units.ts';

const allowHosts = z
  .array(z.string({ error: ALLOWED_HOST_WANTED }).refine((text) => parseAllowedHost(text) !== undefined, { error: ALLOWED_HOST_WANTED }))
  .describe('hosts and ranges that may be asked although they are not on the public internet, such as localhost:8080, "*.intra.example" or 10.0.0.0/8');
const userAgent = z.string().regex(/^[\x20-\x7e]+$/, { error: 'must be one line of ASCII' }).describe('says who asks');
const robots = z.boolean().describe('keep to robots.txt');
const perHost = z.strictObject({
  concurrency: z.int().min(1).max(100).optional().describe('most requests at once to one host'),
  gap: z.union([z.literal(0), duration], { error: 'must be 0, or a duration such as 100ms' }).optional().describe('between the starts of two requests to one host; 0 for none'),
});

const parts = { allow_hosts: allowHosts.optional(), user_agent: userAgent.optional(), robots: robots.optional(), per_host: perHost.optional() };

export const http = z.strictObject(parts).describe('how requests behave');
export const jobHttp = z.strictObject(parts).describe('where this job differs from `http` at the top; its allow_hosts come on top of those');

export type HttpConfig = z.output<typeof http>;

export const DEFAULT_HTTP: HttpSpec = { allowHosts: [], userAgent: `Rivus/${version} (+local)`, robots: false, perHost: { concurrency: 4, gapMs: 100 } };

/** What a job's part says goes before the top's. */
export function httpSpec(top: HttpConfig = {}, job: HttpConfig = {}): HttpSpec {
  const perHost = { ...top.per_host, ...job.per_host };
  return {
    allowHosts: [...(top.allow_hosts ?? []), ...(job.allow_hosts ?? [])],
    userAgent: job.user_agent ?? top.user_agent ?? DEFAULT_HTTP.userAgent,
    robots: job.robots ?? top.robots ?? DEFAULT_HTTP.robots,
    perHost: { concurrency: perHost.concurrency ?? DEFAULT_HTTP.perHost.concurrency, gapMs: perHost.gap ?? DEFAULT_HTTP.perHost.gapMs },
  };
}
