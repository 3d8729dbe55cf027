/** What attempts logged and asked of the web, in the transaction that settles them. */
import { expect, test } from 'vitest';
import type { AttemptLog } from '../../actors/ports.ts';
import { readAttemptLog, readAttemptLogs } from '../../runtime/store/attempt-logs-view.ts';
import { readItem } from '../../runtime/store/items-view.ts';
import { statementsAsked } from '../support/statements.ts';
import { deskWith, done, failed, jobSpec } from '../support/store.ts';

const log: AttemptLog = { lines: [{ at: 5, level: 'warn', message: '\u001b[31mslow', facts: { n: 1 } }], linesLost: 3, calls: [{ at: 6, method: 'GET', url: 'https://example.org/?q=1', ms: 12, status: 200, bytes: 9 }], callsLost: 0 };
const line = () => deskWith(jobSpec('a', { fetch: [] }));
const rows = (desk: ReturnType<typeof line>) => desk.db.prepare('SELECT count(*) FROM attempt_log').pluck().get();

test('of one that is done and of one that has failed, each its own', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item, failed('transient'), { dueAt: desk.at, log });
  desk.run('a', 'fetch', item, done(), { log: { ...log, lines: [], linesLost: 0 } });
  const { callsLost, calls, lines, linesLost } = log;
  expect(readAttemptLog(desk.db, { item, stage: 'fetch', attempt: 1 })).toEqual({ lines, linesLost, calls, callsLost });
  expect(readAttemptLogs(desk.db, item)).toMatchObject([{ stage: 'fetch', attempt: 1 }, { stage: 'fetch', attempt: 2, lines: [], calls }]);
  expect(readItem(desk.db, item)!.attempts).toMatchObject([{ attempt: 1, lines: 4, requests: 1 }, { attempt: 2, requests: 1 }]);
});

test('one that the fence refuses leaves none', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  const late = desk.claimOne('a', 'fetch', item);
  desk.settle(late, failed('transient'), { dueAt: desk.at });
  desk.settle(late, done(), { log });
  expect(rows(desk)).toBe(0);
});

test('one whose result cannot be written keeps what it said', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item, done(), { startedAt: Number.NaN, log });
  expect([desk.states(item), rows(desk)]).toEqual([{ fetch: 'failed' }, 1]);
});

test('an attempt that has said nothing costs no statement', () => {
  const asked = statementsAsked(/attempt_log/);
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item);
  expect([asked(), rows(desk)]).toEqual([0, 0]);
});

test('they go with their attempts, when they are old, and when there are too many', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  const wait = () => desk.run('a', 'fetch', item, failed('temporal'), { log });
  for (let n = 0; n < 5; n++) (desk.at += 100, wait());
  const { prune } = desk.store;
  const left = () => desk.db.prepare('SELECT attempt FROM attempt_log').pluck().all();
  prune.attempts({ itemId: 0, stageId: 0, lease: 0 }, 1_000_150);
  expect(left()).toEqual([2, 3, 4, 5]);
  expect(prune.attemptLogs(1_000_250, 100)).toEqual({ removed: 1, next: undefined });
  expect(left()).toEqual([3, 4, 5]);
  prune.attemptLogs(0, 2);
  expect(left()).toEqual([4, 5]);
});
