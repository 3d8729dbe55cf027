import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock, isLocked, RunnerAlreadyRunning } from '../../runtime/store/lock.ts';
import { openStore } from '../../runtime/store/open.ts';

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'rivus-store-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a file that is opened again is as durable as at its first opening', () => {
  openStore(dir).close();
  const db = openStore(dir);
  expect(db.pragma('synchronous', { simple: true })).toBe(2);
  expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
  expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
  db.close();
});

test('a file from a newer version is refused and left as it is', () => {
  const db = openStore(dir);
  db.pragma('user_version = 999');
  db.close();
  const file = join(dir, 'rivus.db');
  const before = readFileSync(file);
  expect(() => openStore(dir)).toThrow(/has schema 999, this program knows \d+/);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a running task must name its epoch, a waiting one its time', () => {
  const db = openStore(':memory:');
  db.exec("INSERT INTO job (id, spec) VALUES ('a', '{}'); INSERT INTO stage (id, job, name, position) VALUES (1, 'a', 'fetch', 0)");
  db.exec("INSERT INTO item (id, job, key, data, created_at) VALUES (1, 'a', 'k', '{}', 0)");
  const insert = (state: number, epoch: number | null, dueAt: number | null) =>
    db.prepare('INSERT INTO task (item_id, stage_id, state, priority, rank, epoch, due_at) VALUES (1, 1, ?, 0, 0, ?, ?)').run(state, epoch, dueAt);
  expect(() => insert(3, null, null)).toThrow(/CHECK/);
  expect(() => insert(2, null, null)).toThrow(/CHECK/);
  expect(() => insert(9, null, null)).toThrow(/CHECK/);
  expect(insert(3, 1, null).changes).toBe(1);
  db.close();
});

test('a second runner is refused with the pid of the first, also by another name of the folder', () => {
  const lock = acquireLock(dir);
  lock.announce({ pid: process.pid, startedAt: 0 });
  const other = join(dir, 'again');
  symlinkSync(dir, other);
  for (const folder of [dir, other]) expect(() => acquireLock(folder)).toThrow(`pid ${process.pid}`);
  expect(() => acquireLock(dir)).toThrow(RunnerAlreadyRunning);
  lock.release();
  expect(isLocked(dir)).toBe(false);
  acquireLock(dir).release();
});

test('the lock of a process that was killed is free at once', async () => {
  const script = join(dir, 'holder.mjs');
  writeFileSync(script, `import { acquireLock } from ${JSON.stringify(join(import.meta.dirname, '../../runtime/store/lock.ts'))};
globalThis.held = acquireLock(${JSON.stringify(dir)});
process.stdout.write('held');
process.stdin.resume();`);
  const holder = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  expect(isLocked(dir)).toBe(true);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(isLocked(dir)).toBe(false);
});

test('a lock file that another program holds counts as a runner', () => {
  const other = new Database(join(dir, 'runner.lock'));
  other.exec('BEGIN EXCLUSIVE');
  expect(isLocked(dir)).toBe(true);
  other.close();
});
