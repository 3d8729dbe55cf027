/** What must be true of machines together with the store, the pumps and the group commit. A machine that holds or starts work adds its laws here. */
import { test } from 'vitest';
import { lawfulAtWork, type Laws } from '../support/at-work.ts';

const laws: Laws = {
  'held or draining: nothing is claimed after the acknowledgement': ({ starts }) => starts.every(({ at, freeAt }) => at >= freeAt),
  'a task is never at work twice': ({ starts }) => starts.every(({ twice }) => !twice),
  'no attempt begins where as many are at work as may be': ({ starts }) => starts.every(({ others, concurrency }) => others < concurrency),
  'while a breaker is half open, one attempt is at work and no other, whatever was killed and when': ({ starts }) => starts.every(({ breaker, othersOfJob }) => breaker !== 'halfOpen' || othersOfJob === 0),
  'every hold has a reason, and says whether it ends by itself': ({ holds }) =>
    Object.values(holds).every(({ reason, since, until }) => reason !== '' && Number.isFinite(since) && (until === undefined || Number.isFinite(until))),
};

test('whatever happens to a job at work, no law is broken, and in the end no work is left', { timeout: 120_000 }, () => lawfulAtWork(laws, 20));
