import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openStore, type Handle } from '../../runtime/store/open.ts';

/** Of a statement that is compiled anew SQLite can see that the index has all that is asked for. */
function planFor(db: Handle, state: number): string {
  db.exec('CREATE TABLE trial (state INTEGER, at INTEGER); CREATE INDEX of_one ON trial (at) WHERE state = 1');
  const plan = db.prepare<[number], { detail: string }>('EXPLAIN QUERY PLAN SELECT at FROM trial WHERE state = ? ORDER BY at LIMIT 1');
  return plan.all(state).map(({ detail }) => detail).join();
}

test('a statement of the store is compiled once, whatever is bound to it; by itself SQLite does it again and again', () => {
  const bare = new Database(':memory:');
  expect(planFor(bare, 1)).toContain('of_one');
  bare.close();
  const db = openStore(':memory:');
  expect(planFor(db, 1)).not.toContain('of_one');
  db.close();
});

test('what is bound is found as it is', () => {
  const db = openStore(':memory:');
  db.exec('CREATE TABLE trial (value, n INTEGER)');
  const values = [7, -7.5, 'seven', '', '7', Buffer.from([7]), null];
  values.forEach((value, n) => db.prepare('INSERT INTO trial VALUES (?, ?)').run(value, n));
  const found = db.prepare<[unknown, number], number>('SELECT n FROM trial WHERE value IS ? LIMIT ?').pluck();
  expect(values.map((value) => found.all(value, 9))).toEqual(values.map((_, n) => [n]));
  const changed = db.prepare<[object]>('UPDATE trial SET value=@to WHERE n=@n');
  for (const [n, to] of values.entries()) changed.run({ n, to });
  expect(db.prepare<[], unknown>('SELECT value FROM trial ORDER BY n').pluck().all()).toEqual(values);
  db.close();
});
