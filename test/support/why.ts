/** `jobctl why` asked in a test, and the jobs that it is asked about. */
import { expect } from 'vitest';
import type { Explanation } from '../../inspector/protocol.ts';
import type { JobSpec } from '../../machines/spec.ts';
import type { Operated } from './operated.ts';
import type { Work } from './simulated-runtime.ts';
import { jobSpec } from './store.ts';

export const HOUR = 3_600_000;
export const work = jobSpec('work', { fetch: [], extract: ['fetch'] });
export const other = jobSpec('other', { fetch: [] });
export const slowly: Work = (_claim, _signal, run) => run.sleep(30_000);
/** With all of its stages so. */
export const changed = (job: JobSpec, stage: Partial<JobSpec['stages'][number]>): JobSpec => ({ ...job, stages: job.stages.map((one) => ({ ...one, ...stage })) });
/** Each attempt may cost a dime, and so much may be spent in a day. */
export const paid = (day: number): JobSpec => ({ ...changed(work, { maxCost: 0.1 }), guards: { validate: false, dailyCostLimit: day } });

/** Of an explanation and of what it waits for. */
export const deeply = (one: Explanation): Explanation[] => [one, ...(one.because ?? []).flatMap(deeply)];

export async function why({ jobctl }: Operated, asked: string[]): Promise<Explanation[]> {
  const ran = await jobctl('why', ...asked, '--json');
  expect(ran, ran.stdout).toMatchObject({ code: 0 });
  return ran.json<{ explanations: Explanation[] }>().explanations.flatMap(deeply);
}
