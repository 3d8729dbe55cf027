/** What needs the operator, from a status alone. */
import { expect, test } from 'vitest';
import { needs } from '../../inspector/app/views/needs.ts';
import type { JobView, ResourceView, StatusView } from '../../inspector/protocol.ts';

const web = (breaker: ResourceView['breaker']): ResourceView => ({ name: 'web', state: 'idle', concurrency: 2, taken: 0, holders: [], waiters: [], ...(breaker && { breaker }) });
const job = (breaker: JobView['breaker']): JobView => ({
  id: 'papers', state: 'running', holds: [], reason: null, resumeAt: null, costToday: 0, reservedToday: 0, unpricedToday: 0, dailyCostLimit: null, softLimit: false, breaker, stages: [],
});
const status = (more: Partial<StatusView>): StatusView => ({ runner: { state: 'running' }, jobs: [], ...more });

test('a breaker of something shared that waits for somebody needs the operator; one that tries by itself does not', () => {
  expect(needs(status({ resources: [web(undefined), web({ state: 'open.coolingDown', until: 5 }), web({ state: 'halfOpen', until: null }), web({ state: 'halfOpen' })] }))).toEqual([]);
  expect(needs(status({ resources: [web({ state: 'open.untilMended', reason: 'the same bug in 2 items', until: null })] }))).toMatchObject([
    { what: 'nothing that needs web starts', why: 'the same bug in 2 items', tone: 'bad', action: { command: { type: 'SEND', path: 'resource/web/breaker', event: { type: 'CLEAR_ERRORS' } } } },
  ]);
});

test('a stage whose own breaker waits for other code needs the operator, for no hold of its job says so', () => {
  expect(needs(status({ jobs: [job({ state: 'open.coolingDown', stages: { fetch: 'open.coolingDown', score: 'halfOpen' } })] }))).toEqual([]);
  expect(needs(status({ jobs: [job({ state: 'open.untilMended', stages: { fetch: 'open.untilMended' } })] }))).toMatchObject([
    { what: 'papers fetch is stopped by its breaker', tone: 'bad', action: { command: { path: 'job/papers/breaker/fetch' } } },
  ]);
});
