import { expect, test } from 'vitest';
import { openStore } from '../../runtime/store/open.ts';
import { replayAll } from '../../runtime/recorder/replay.ts';

/** A lifecycle that was paused, as the store holds it. */
function stored(reason: string) {
  const db = openStore(':memory:');
  const journal = db.prepare('INSERT INTO journal (seq, at, path, type, event) VALUES (?, 0, ?, ?, ?)');
  journal.run(1, 'job/a/lifecycle', 'xstate.init', JSON.stringify({ type: 'xstate.init', input: { at: 0 }, at: 0 }));
  journal.run(2, 'job/a/lifecycle', 'PAUSE', JSON.stringify({ type: 'PAUSE', reason: 'lunch', at: 5 }));
  journal.run(3, 'job/a/lifecycle', 'DRAIN', JSON.stringify({ type: 'DRAIN', at: 6 }));
  const snapshot = { value: { pause: { paused: 'untilLifted' }, drain: 'flowing' }, context: { holds: { operator: { reason, since: 5 } } } };
  db.prepare('INSERT INTO actor (path, parent, id, src, version, seq, snapshot) VALUES (?, ?, ?, ?, 1, 2, ?)').run(
    'job/a/lifecycle', 'job/a', 'lifecycle', 'lifecycle', JSON.stringify(snapshot));
  return db;
}

test('a stored snapshot equals its journal up to the entry that it holds', () => {
  expect(replayAll(stored('lunch'))).toEqual([{ path: 'job/a/lifecycle', entries: 2, ok: true }]);
});

test('a snapshot that differs from its journal is named with both states', () => {
  const [result] = replayAll(stored('dinner'), 'job/a/lifecycle');
  expect(result).toMatchObject({ ok: false, changes: [{ at: 'context.holds.operator.reason', before: 'dinner', after: 'lunch' }] });
});

test('an unknown path replays nothing', () => {
  expect(replayAll(stored('lunch'), 'job/b/lifecycle')).toEqual([]);
});
