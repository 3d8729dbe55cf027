import { expect, test } from 'vitest';
import type { Batch, ClaimRequest } from '../../runtime/store/types.ts';
import { deskWith, done, jobSpec, type Desk } from '../support/store.ts';
import { statementsAsked } from '../support/statements.ts';

const single = () => deskWith(jobSpec('a', { fetch: [] }));
const keys = (claims: readonly { key: string }[]) => claims.map(({ key }) => key);

test('a claim carries what the handler needs and the fence of its settlement', () => {
  const desk = single();
  const [item] = desk.find('a', { key: 'k', data: { url: 'x' }, priority: 2.5 }) as [number];
  expect(desk.claim('a', 'fetch')).toEqual([
    { job: 'a', stage: 'fetch', itemId: item, key: 'k', data: '{"url":"x"}', priority: 2.5, attempt: 1, tries: 0, lease: 1, upstream: '' },
  ]);
  expect(desk.task(item, 'fetch')).toMatchObject({ state: 'running', attempt: 1, lease: 1 });
});

test('lower priority numbers go first, then older items', () => {
  const desk = single();
  desk.find('a', ...[['b', 1], ['c', 0], ['d', 1], ['e', -0.5]].map(([key, priority]) => ({ key: key as string, data: {}, priority: priority as number })));
  expect(keys(desk.claim('a', 'fetch'))).toEqual(['e', 'c', 'b', 'd']);
});

test('not more than the limit, and none twice', () => {
  const desk = single();
  desk.find('a', 'b', 'c', 'd');
  expect(keys(desk.claim('a', 'fetch', 2))).toEqual(['b', 'c']);
  expect(keys(desk.claim('a', 'fetch', 2))).toEqual(['d']);
  expect(keys(desk.claim('a', 'fetch', 0))).toEqual([]);
});

test.each([
  ['held', { claiming: false, draining: false }],
  ['draining', { claiming: true, draining: true }],
])('nothing of a job that is %s, from the very flush that says so', (_, how) => {
  const desk = deskWith(jobSpec('a', { fetch: [] }), jobSpec('b', { fetch: [] }));
  desk.find('a', 'k');
  desk.find('b', 'l');
  const claims = [desk.request('a', 'fetch'), desk.request('b', 'fetch')];
  expect(keys(desk.flush({ jobs: [{ job: 'a', ...how, holds: {} }], claims }).claims)).toEqual(['l']);
  expect(keys(desk.flush({ jobs: [{ job: 'a', claiming: true, draining: false, holds: {} }], claims }).claims)).toEqual(['k']);
});

test('nothing of a job that is archived', () => {
  const desk = single();
  desk.find('a', 'k');
  desk.store.declare([jobSpec('b', { fetch: [] })]);
  expect(desk.claim('a', 'fetch')).toEqual([]);
});

test('what a flush makes ready can be claimed in the same flush', () => {
  const desk = deskWith(jobSpec('a', { fetch: [], score: ['fetch'] }));
  const [item] = desk.find('a', 'k') as [number];
  const claim = desk.claimOne('a', 'fetch', item);
  expect(desk.flush({ settlements: [desk.settlement(claim, done())], claims: [desk.request('a', 'score')] }).claims).toMatchObject([{ stage: 'score', itemId: item }]);
});

/** Four items at two stages that share resources. */
function sharing(): { desk: Desk; stages: (resources: readonly string[], limit?: number) => ClaimRequest[] } {
  const desk = deskWith(jobSpec('a', { one: [], two: [] }));
  desk.find('a', 'k', 'l', 'm', 'n');
  return { desk, stages: (resources, limit = 10) => ['one', 'two'].map((stage) => ({ job: 'a', stage, limit, resources })) };
}

test('stages that share a resource take no more slots of it than are free', () => {
  const { desk, stages } = sharing();
  expect(desk.flush({ claims: stages(['api']), slots: { api: 5 } }).claims).toHaveLength(5);
  expect(desk.flush({ claims: stages(['api']), slots: { api: 0 } }).claims).toEqual([]);
});

test('a task takes a slot of each of its resources or of none', () => {
  const { desk, stages } = sharing();
  expect(desk.flush({ claims: stages(['api', 'disk']), slots: { api: 5, disk: 2 } }).claims).toHaveLength(2);
});

test('what waits longest keeps the rest of what it needs from others, but not while its breaker lets nothing through', () => {
  const { desk, stages } = sharing();
  const [first, second] = stages(['api'], 1) as [ClaimRequest, ClaimRequest];
  const claimed = (lacking: string) => desk.flush({ claims: [{ ...first, resources: ['api', lacking], ticket: 1 }, { ...second, ticket: 2 }], slots: { api: 1, [lacking]: 0 } }).claims.map(({ stage }) => stage);
  expect(claimed('disk')).toEqual([]);
  expect(claimed('job/a/breaker')).toEqual(['two']);
});

test('stages that compete for a slot get it in turns', () => {
  const { desk, stages } = sharing();
  const turns = Array.from({ length: 4 }, () => desk.flush({ claims: stages(['api']), slots: { api: 1 } }).claims[0]!.stage);
  expect(new Set(turns.slice(0, 2))).toEqual(new Set(['one', 'two']));
  expect(turns.slice(2)).toEqual(turns.slice(0, 2));
});

const BUCKET = { tokens: 9, everyMs: 100 };

test('slots are counted in memory: a claim and its settling ask the database nothing for them, and for a rate once in a flush', () => {
  const asked = statementsAsked();
  const statements = (resources: readonly string[], { slots, tokens }: Pick<Batch, 'slots' | 'tokens'>): number => {
    const desk = deskWith(jobSpec('a', { one: [] }));
    desk.find('a', 'k', 'l', 'm', 'n');
    asked();
    const { claims } = desk.flush({ claims: [{ job: 'a', stage: 'one', limit: 4, resources }], slots, tokens });
    desk.flush({ settlements: claims.map((claim) => desk.settlement(claim, done())) });
    expect(claims).toHaveLength(4);
    return asked();
  };
  const alone = statements([], { slots: {}, tokens: {} });
  expect(alone, 'the counter counts').toBeGreaterThan(8);
  expect(statements([], { slots: { api: 9, disk: 9 }, tokens: { api: BUCKET, 'job/b': BUCKET } }), 'beside others that share').toBe(alone);
  expect(statements(['api', 'disk'], { slots: { api: 9, disk: 9 }, tokens: {} }), 'with slots of its own').toBe(alone);
  expect(statements(['api'], { slots: { api: 9 }, tokens: { api: BUCKET } }), 'with a rate').toBe(alone + 1);
});

test('a stage that was never declared is named', () => {
  const desk = single();
  expect(() => desk.claim('a', 'fecht')).toThrow('job "a" has no stage "fecht" in the store; it has fetch');
});
