import { z } from 'zod';
import type { OutputRow, Strategy } from '../ports.ts';

const options = z.strictObject({
  job: z.string().min(1).describe('the job to read from'),
  stage: z.string().min(1).optional().describe('read this stage; without it, the last ones: those that no other stage needs'),
  min_score: z.number().optional().describe('take only what has at least this number'),
  field: z.string().min(1).default('score').describe('where the number stands in the output, e.g. `review.score`'),
});
type Options = z.output<typeof options>;

/** Up to what was read, and by which options: other options may let pass what these filtered, so they begin anew. */
const Cursor = z.object({ seq: z.number(), by: z.string() }).catch({ seq: 0, by: '' });

const PAGE = 100;

/** Finds what another job has finished. An item that is reprocessed there is met again, with its new output. */
export const tracker_query: Strategy<Options> = {
  name: 'tracker_query',
  options,
  upstream: ({ job }) => [job],
  async *discover(options, source) {
    const by = JSON.stringify([options.job, options.stage, options.min_score, options.field]);
    const last = Cursor.parse(source.cursor());
    let since = last.by === by ? last.seq : 0;
    while (!source.signal.aborted) {
      const rows = source.outputs({ job: options.job, stage: options.stage, since, limit: PAGE });
      if (rows.length === 0) return;
      for (const row of rows) yield candidate(row, options);
      since = rows.at(-1)!.seq;
      source.saveCursor({ seq: since, by });
    }
  },
};

function candidate({ itemId, key, stage, data, output, hash, priority }: OutputRow, options: Options) {
  const score = numberAt(output, options.field);
  const found = { key, data: { upstream: { job: options.job, itemId, key, stage, data }, output, score }, priority, revision: hash };
  const filtered = options.min_score === undefined ? undefined : tooLow(score, options.field, options.min_score);
  return filtered === undefined ? found : { ...found, filtered };
}

function tooLow(score: number | undefined, field: string, least: number): string | undefined {
  if (score === undefined) return `there is no number at "${field}" in the output`;
  return score < least ? `${field} ${score} < ${least}` : undefined;
}

function numberAt(output: unknown, field: string): number | undefined {
  const found = field.split('.').reduce<unknown>((value, name) => (Object(value) === value && Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : undefined), output);
  return typeof found === 'number' ? found : undefined;
}
