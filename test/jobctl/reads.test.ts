import { expect, onTestFinished, test } from 'vitest';
import { itemDetail, itemsView, statusView } from '../../inspector/protocol.ts';
import { readEvents, readLastEvents } from '../../runtime/store/events-view.ts';
import { findItems, readItem, readItems } from '../../runtime/store/items-view.ts';
import { openStore, type Handle } from '../../runtime/store/open.ts';
import { storePending } from '../../runtime/store/pending.ts';
import { readStatus } from '../../runtime/store/status.ts';
import { storedJobs } from '../support/jobctl.ts';

const NOW = Date.parse('2027-03-01T12:00:00');

function store(): Handle {
  const db = openStore(storedJobs(NOW));
  onTestFinished(() => void db.close());
  return db;
}

const job = (db: Handle, id: string) => readStatus(db, NOW).jobs.find((job) => job.id === id)!;
const none = { blocked: 0, ready: 0, waiting: 0, running: 0, done: 0, skipped: 0, rejected: 0, failed: 0, dead: 0, stale: 0 };

test('the status has every job with its holds, money, discovery and stages', () => {
  const status = readStatus(store(), NOW, { state: 'running', pid: 7 });
  expect(statusView.parse(status)).toEqual(status);
  expect(status.runner).toEqual({ state: 'running', pid: 7 });
  expect(status.jobs.map((job) => job.id)).toEqual(['a16z', 'edgar']);
  expect(status.jobs[0]).toEqual({
    id: 'a16z', emoji: '📞', pipeline: 'calls/1', state: 'paused',
    holds: [{ cause: 'operator', reason: 'market closed', since: NOW - 60_000, until: NOW + 3 * 3_600_000 }],
    reason: 'market closed', resumeAt: NOW + 3 * 3_600_000, costToday: 0.25, reservedToday: 0, unpricedToday: 0, dailyCostLimit: 1.5, softLimit: false,
    discovery: { state: 'waiting', nextAt: NOW + 60_000, lastFound: 2 }, breaker: { state: 'closed' },
    stages: [
      { name: 'fetch', state: 'held', concurrency: 4, ...none, ready: 1, waiting: 1, done: 1, failed: 1, p50Ms: 12, p95Ms: 340.5 },
      { name: 'extract', concurrency: 4, ...none, blocked: 3, skipped: 1 },
    ],
  });
});

test('what does not exist yet is left out or null', () => {
  const { discovery, holds, reason, resumeAt, dailyCostLimit, costToday, stages } = job(store(), 'edgar');
  expect({ discovery, holds, reason, resumeAt, dailyCostLimit, costToday }).toEqual({ discovery: undefined, holds: [], reason: null, resumeAt: null, dailyCostLimit: null, costToday: 0 });
  expect(stages.map((stage) => stage.name)).toEqual(['fetch', 'extract']);
  expect(stages[0]).not.toHaveProperty('state');
});

test('a job with two holds goes on when the last one ends, and with one that does not end never by itself', () => {
  const db = store();
  const hold = db.prepare('INSERT INTO hold (job, cause, reason, since, until) VALUES (?, ?, ?, ?, ?)');
  hold.run('a16z', 'budget', 'spent', NOW, NOW + 5 * 3_600_000);
  expect(job(db, 'a16z')).toMatchObject({ state: 'paused', resumeAt: NOW + 5 * 3_600_000, reason: 'market closed; spent' });
  hold.run('a16z', 'guard', 'too many', NOW, null);
  expect(job(db, 'a16z')).toMatchObject({ state: 'paused', resumeAt: null });
});

test('a draining job is drained when its lifecycle says so, and without one when nothing runs', () => {
  const db = store();
  db.exec(`UPDATE job SET draining = 1; INSERT INTO task_count VALUES (3, 3, 2)`);
  expect([job(db, 'a16z').state, job(db, 'edgar').state]).toEqual(['draining', 'draining']);
  db.exec(`UPDATE task_count SET n = 0 WHERE state = 3; UPDATE actor SET snapshot = json_set(snapshot, '$.value.drain', 'drained') WHERE path = 'job/a16z/lifecycle'`);
  expect([job(db, 'a16z').state, job(db, 'edgar').state]).toEqual(['drained', 'drained']);
  db.exec('UPDATE job SET archived = 1');
  expect(job(db, 'a16z').state).toBe('archived');
});

test('items come newest first, page by page, with the state of every task', () => {
  const db = store();
  const first = readItems(db, 'a16z', { limit: 3 });
  expect(itemsView.parse(first)).toEqual(first);
  expect(first.items.map((item) => item.id)).toEqual([4, 3, 2]);
  expect(first.next).toBe(2);
  expect(readItems(db, 'a16z', { limit: 3, after: first.next! })).toEqual({
    items: [
      { id: 1, key: 'episode-1', title: 'The first', priority: -5, stages: { fetch: { state: 'done', attempts: 2, costUsd: 0.25, reservedUsd: 0.09 }, extract: { state: 'skipped', attempts: 1, reason: 'nothing said' } } },
    ],
  });
  expect(first.items[2]!.stages).toEqual({ fetch: { state: 'waiting', attempts: 1, dueAt: NOW + 60_000, error: { name: 'HttpError', message: 'answered 503' } }, extract: { state: 'blocked', attempts: 0 } });
});

test.each([
  [{ state: 'failed' }, [3]],
  [{ state: 'failed', stage: 'extract' }, []],
  [{ state: 'blocked' }, [4, 3, 2]],
  [{ state: 'blocked', stage: 'fetch' }, []],
  [{ state: 'ready', stage: 'fetch' }, [4]],
  [{ state: 'dead' }, []],
  [{ stage: 'extract' }, [4, 3, 2, 1]],
  [{ stage: 'nope' }, []],
] as const)('items with %j are %j', (filter, ids) => {
  expect(readItems(store(), 'a16z', { limit: 10, ...filter }).items.map((item) => item.id)).toEqual(ids);
});

test('the failed of one job are not those of another', () => {
  expect(readItems(store(), 'edgar', { limit: 10, state: 'rejected' }).items.map((item) => item.id)).toEqual([5]);
});

test('a reason that looks like an error and is none is a sentence', () => {
  expect(readItem(store(), 5)!.stages.extract).toEqual({ state: 'rejected', attempts: 1, reason: '{ not an error' });
});

test('an item shows every attempt of every task, those whose output was replaced too', () => {
  const item = readItem(store(), 1)!;
  expect(itemDetail.parse(item)).toEqual(item);
  expect(item).toMatchObject({ job: 'a16z', key: 'episode-1', data: { url: 'http://x/1' }, stages: { fetch: { output: { text: 'new' }, costUsd: 0.25 }, extract: { state: 'skipped' } } });
  expect(item.attempts).toEqual([
    { stage: 'fetch', attempt: 1, outcome: 'done', charged: false, startedAt: NOW - 5_000, finishedAt: NOW - 4_000, bundle: 'b1', outputSeq: 1, costUsd: 0.2 },
    {
      stage: 'fetch', attempt: 2, outcome: 'done', charged: false, startedAt: NOW - 3_000, finishedAt: NOW - 2_500, bundle: 'b2', outputSeq: 2, costUsd: 0.05,
      artifacts: [{ name: 'notes.txt', hash: 'h1', bytes: 12, media: 'text/plain' }],
    },
    { stage: 'extract', attempt: 1, outcome: 'skipped', charged: false, startedAt: NOW - 2_000, finishedAt: NOW - 1_900, reason: 'nothing said' },
  ]);
  expect(readItem(store(), 3)!.attempts).toMatchObject([{ outcome: 'failed', charged: true, class: 'item_specific', error: { name: 'Error', message: 'bad' } }]);
  expect(readItem(store(), 99)).toBeUndefined();
});

test.each([
  ['2', undefined, [2]],
  ['1', undefined, [1, 4]],
  ['1', 'edgar', []],
  ['episode-1', undefined, [1, 5]],
  ['episode-1', 'edgar', [5]],
  ['episode-9', undefined, []],
])('the name %s in job %s means the items %j', (name, job, ids) => {
  expect(findItems(store(), name, job).map((item) => item.id)).toEqual(ids);
});

test('the journal of an actor holds those below it, but not its namesakes', () => {
  const db = store();
  const seqs = (events: readonly { seq: number }[]) => events.map((event) => event.seq);
  expect(seqs(readEvents(db, { since: 0, limit: 10 }))).toEqual([1, 2, 3, 4]);
  expect(seqs(readEvents(db, { path: 'job/a16z', since: 0, limit: 10 }))).toEqual([2, 3]);
  expect(seqs(readEvents(db, { since: 1, limit: 2 }))).toEqual([2, 3]);
  expect(seqs(readLastEvents(db, { limit: 2 }))).toEqual([3, 4]);
  expect(readEvents(db, { path: 'job/a16z/lifecycle', since: 0, limit: 10 })).toEqual([
    { seq: 3, at: NOW - 2_000, path: 'job/a16z/lifecycle', event: { type: 'PAUSE', reason: 'market closed' }, source: 'job/a16z', cause: 2 },
  ]);
});

test('pending commands of one millisecond keep their order', () => {
  const db = store();
  for (const id of ['z', 'a', 'm']) storePending(db, { id, at: NOW, who: 'cli', command: { type: 'WAKE', job: 'a16z' } });
  expect(db.prepare(`SELECT id FROM command WHERE state = 'pending' ORDER BY at`).pluck().all()).toEqual(['z', 'a', 'm']);
});
