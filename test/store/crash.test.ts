import { describe, expect, test } from 'vitest';
import type { Claim } from '../../actors/ports.ts';
import { deskWith, done, jobSpec, type Desk } from '../support/store.ts';

const line = () => deskWith(jobSpec('a', { fetch: [], score: ['fetch'] }));
const both = (desk: Desk) => ['fetch', 'score'].map((stage) => desk.request('a', stage));

describe('boot', () => {
  test('takes back what was running, with a crash mark and an attempt that is not charged', () => {
    const desk = line();
    const [item] = desk.find('a', 'k', 'l') as [number];
    desk.claimOne('a', 'fetch', item);
    const next = desk.restart();
    expect(next.task(item, 'fetch')).toMatchObject({ state: 'ready', crash: 1, soloCrash: 0, tries: 0, lane: 1 });
    expect(next.attempts(item)).toMatchObject([{ outcome: 'crashed', charged: 0, lease: 1, startedAt: desk.at, finishedAt: null }]);
    expect(next.claimOne('a', 'fetch', item)).toMatchObject({ attempt: 2, lease: 2 });
  });

  test('counts each life of the runner, and says what it found', () => {
    const desk = line();
    desk.find('a', 'k', 'l');
    desk.claim('a', 'fetch');
    expect(desk.store.boot()).toEqual({ epoch: 2, swept: 2, dead: 0, uncleanStop: true });
    desk.store.shutDownClean();
    expect(desk.store.boot()).toEqual({ epoch: 3, swept: 0, dead: 0, uncleanStop: false });
    expect(desk.store.boot()).toMatchObject({ uncleanStop: true });
  });

  test('the first one of a file is no unclean stop', () => {
    const desk = line();
    expect(desk.db.prepare('SELECT epoch, clean_shutdown FROM runner').get()).toEqual({ epoch: 1, clean_shutdown: 0 });
  });

  test('after a clean stop it blames nobody', () => {
    const desk = line();
    const [item] = desk.find('a', 'k') as [number];
    desk.claimOne('a', 'fetch', item);
    desk.store.shutDownClean();
    expect(desk.restart().task(item, 'fetch')).toMatchObject({ state: 'ready', crash: 0 });
  });

  test('what was reserved for an attempt that died counts as spent', () => {
    const desk = line();
    const [second, first] = desk.find('a', 'k', 'l') as [number, number];
    desk.run('a', 'fetch', second, done(), { cost: 40 });
    desk.flush({ claims: [{ ...desk.request('a', 'fetch', 1), maxCost: 700 }] });
    expect(desk.store.money.ofDay('a', '2026-11-24')).toEqual({ spent: 40, reserved: 700 });
    const next = desk.restart();
    expect(next.db.prepare('SELECT item_id AS item, kind, micro_usd AS usd FROM cost ORDER BY id').all()).toEqual([
      { item: second, kind: 'actual', usd: 40 }, { item: first, kind: 'lost', usd: 700 },
    ]);
    expect(next.store.money.ofDay('a', '2026-11-24')).toEqual({ spent: 740, reserved: 0 });
  });

  test('a task whose need was reopened while it ran is blocked', () => {
    const desk = line();
    const [item] = desk.find('a', 'k') as [number];
    desk.run('a', 'fetch', item);
    desk.claimOne('a', 'score', item);
    desk.edit('reprocess', 'a', { stage: 'fetch' });
    expect(desk.restart().states(item)).toEqual({ fetch: 'ready', score: 'blocked' });
  });

  test('done forgets the crash marks', () => {
    const desk = line();
    const [item] = desk.find('a', 'k') as [number];
    desk.claimOne('a', 'fetch', item);
    const next = desk.restart();
    next.run('a', 'fetch', item);
    expect(next.task(item, 'fetch')).toMatchObject({ crash: 0, soloCrash: 0 });
  });
});

/** Two tasks that were running at two crashes, and a third that never was. */
function withSuspects(): { desk: Desk; suspects: [number, number]; third: number } {
  let desk = line();
  const suspects = desk.find('a', 'k', 'l') as [number, number];
  for (let crash = 0; crash < 2; crash++) {
    desk.claim('a', 'fetch');
    desk = desk.restart();
  }
  const [third] = desk.find('a', { key: 'm', data: {}, priority: -9 }) as [number];
  return { desk, suspects, third };
}

describe('a suspect', () => {
  test('runs alone, one at a time, before everything else', () => {
    const { desk, suspects, third } = withSuspects();
    const flushed = desk.flush({ claims: both(desk) });
    expect(flushed).toMatchObject({ claims: [{ itemId: suspects[0], lease: 3 }], heldBack: true });
    expect(desk.flush({ claims: both(desk), inFlight: 1 })).toMatchObject({ claims: [], heldBack: true });
    expect(desk.flush({ settlements: [desk.settlement(flushed.claims[0]!, done())], claims: both(desk) }).claims).toMatchObject([{ itemId: suspects[1] }]);
    desk.settle({ ...flushed.claims[0]!, itemId: suspects[1] }, done());
    const free = desk.flush({ claims: both(desk) });
    expect(free.heldBack).toBe(false);
    expect(free.claims.map(({ itemId }) => itemId)).toEqual(expect.arrayContaining([third, ...suspects]));
  });

  test('waits until what is in flight has ended, and nothing new starts meanwhile', () => {
    const { desk, suspects } = withSuspects();
    expect(desk.flush({ claims: both(desk), inFlight: 3 })).toMatchObject({ claims: [], heldBack: true });
    expect(desk.flush({ claims: both(desk), inFlight: 0 }).claims).toMatchObject([{ itemId: suspects[0] }]);
  });

  test('stops nobody while its job is held', () => {
    const { desk } = withSuspects();
    desk.store.declare([jobSpec('a', { fetch: [], score: ['fetch'] }), jobSpec('b', { fetch: [] })]);
    const [other] = desk.find('b', 'x') as [number];
    const hold = { job: 'a', claiming: false, draining: false, holds: {} };
    expect(desk.flush({ jobs: [hold], claims: [...both(desk), desk.request('b', 'fetch')], inFlight: 2 })).toMatchObject({ claims: [{ itemId: other }], heldBack: false });
  });

  test('stops nobody while its stage does not ask, or finds no slot for ever', () => {
    const { desk } = withSuspects();
    desk.store.declare([jobSpec('a', { fetch: [], score: ['fetch'] }), jobSpec('b', { fetch: [] })]);
    const [x, y] = desk.find('b', 'x', 'y') as [number, number];
    const b = desk.request('b', 'fetch', 1);
    expect(desk.flush({ claims: [b, desk.request('a', 'fetch', 0)] }).claims).toMatchObject([{ itemId: x }]);
    const without = { ...desk.request('a', 'fetch'), resources: ['api'] };
    expect(desk.flush({ claims: [b, without], slots: { api: 0 } }).claims).toMatchObject([{ itemId: y }]);
  });

  test('with needs is told what it was given', () => {
    let desk = line();
    const [item] = desk.find('a', 'k') as [number];
    desk.run('a', 'fetch', item);
    const [claim] = desk.claim('a', 'score') as [Claim];
    desk = desk.restart();
    desk.claim('a', 'score');
    desk = desk.restart();
    expect(desk.flush({ claims: both(desk) })).toMatchObject({ claims: [{ itemId: item, upstream: claim.upstream, lease: 3 }], heldBack: true });
    expect(claim.upstream).toMatch(/^[0-9a-f]{64}$/);
  });

  test('that is skipped has proved itself too', () => {
    const { desk, suspects } = withSuspects();
    desk.settle(desk.flush({ claims: both(desk) }).claims[0]!, { kind: 'skipped', reason: 'no' });
    expect(desk.task(suspects[0], 'fetch')).toMatchObject({ crash: 0 });
  });

  test('dies at the third crash that happened while it ran alone', () => {
    let { desk, suspects } = withSuspects();
    for (let crash = 1; crash <= 3; crash++) {
      expect(desk.flush({ claims: both(desk) }).claims, `crash ${crash}`).toMatchObject([{ itemId: suspects[0] }]);
      if (crash === 1) desk.db.prepare('UPDATE task SET crash = 9 WHERE item_id = ?').run(suspects[1]);
      desk = desk.restart();
    }
    expect(desk.task(suspects[0], 'fetch')).toMatchObject({ state: 'dead', crash: 5, soloCrash: 3, reason: 'the process died 3 times while this ran alone' });
    expect(desk.states(suspects[0]).score).toBe('blocked');
    expect(desk.flush({ claims: both(desk) }).claims).toMatchObject([{ itemId: suspects[1] }]);
  });

  test('that is retried by hand runs alone again, and may die three times anew', () => {
    let { desk, suspects } = withSuspects();
    desk.force(suspects[0], 'fetch', 'dead', { crash: 5, soloCrash: 3 });
    desk.settle(desk.flush({ claims: both(desk) }).claims[0]!, done());
    expect(desk.edit('retry', 'a')).toBe(1);
    expect(desk.flush({ claims: both(desk) })).toMatchObject({ claims: [{ itemId: suspects[0] }], heldBack: true });
    desk = desk.restart();
    expect(desk.task(suspects[0], 'fetch')).toMatchObject({ state: 'ready', soloCrash: 1 });
  });
});

test('a poison item dies, and none of its neighbours, however often the process dies', () => {
  let desk = deskWith(jobSpec('a', { fetch: [] }));
  const ids = desk.find('a', ...Array.from({ length: 60 }, (_, n) => `k${n}`));
  const poison = ids[20]!;
  let lives = 1;
  let running: Claim[] = [];
  for (let flush = 0; flush < 500 && desk.db.prepare('SELECT count(*) FROM task WHERE state IN (1, 3)').pluck().get() !== 0; flush++) {
    const flushed = desk.flush({ settlements: running.map((claim) => desk.settlement(claim, done())), claims: [desk.request('a', 'fetch', 6)] });
    running = flushed.claims;
    if (!running.some(({ itemId }) => itemId === poison)) continue;
    desk = desk.restart();
    lives += 1;
    running = [];
  }
  expect(ids.filter((item) => desk.states(item).fetch !== 'done')).toEqual([poison]);
  expect(desk.states(poison).fetch).toBe('dead');
  expect(lives).toBe(6);
  desk.expectExactCounts();
});
