/** How busy actors are. */
import { createActor, createMachine } from 'xstate';
import { expect, test } from 'vitest';
import { mailboxOf, withBusy } from '../../runtime/control/busy.ts';
import { readRates } from '../../runtime/store/events-view.ts';
import { operated } from '../support/operated.ts';
import { jobSpec } from '../support/store.ts';

test('events a second are those of the last ten; of less time, where very many were told', async () => {
  const { run } = await operated({ jobs: [jobSpec('watch', { fetch: [] })] });
  const { lastSeq, append } = run.alive.store.journal;
  const now = run.time.now + 3_600_000;
  const tell = (path: string, n: number, at: number) => {
    for (let first = lastSeq() + 1, i = 0; i < n; i++) append({ seq: first + i, at, path, type: 'nothing', event: '{"type":"nothing"}', source: null, cause: null, state: null });
  };
  run.db.exec('SAVEPOINT busy');
  tell('doctor', 30, now - 60_000);
  tell('doctor', 25, now - 9_000);
  tell('notifier', 10, now - 500);
  expect(readRates(run.db, now)).toEqual(new Map([['doctor', 2.5], ['notifier', 1]]));
  tell('notifier', 6_000, now - 1_000);
  expect(readRates(run.db, now).get('notifier')).toBe(5_000);
  run.db.exec('ROLLBACK TO busy; RELEASE busy');
});

test('a mailbox holds what the actor does now, and what waits for that', () => {
  const seen: number[] = [];
  const actor = createActor(createMachine({ on: { GO: { actions: ({ self }) => {
    for (const type of ['a', 'b', 'c']) self.send({ type });
    seen.push(mailboxOf(self));
  } } } })).start();
  actor.send({ type: 'GO' });
  expect(seen).toEqual([4]);
  expect([mailboxOf(actor), mailboxOf(undefined)]).toEqual([0, 0]);
  actor.stop();
});

test('an actor that is at rest has nothing said of it', () => {
  expect(withBusy([{ path: 'a', state: 'x' }, { path: 'b', state: 'y' }], new Map([['b', 3]]), (path) => (path === 'b' ? 2 : 0))).toEqual([{ path: 'a', state: 'x' }, { path: 'b', state: 'y', perSecond: 3, mailbox: 2 }]);
});
