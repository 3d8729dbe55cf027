import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { createArtifacts } from '../../runtime/artifacts.ts';
import { BackupFailed, backUp } from '../../runtime/backup/back-up.ts';
import { restore } from '../../runtime/backup/restore.ts';
import { contentsOf, problemsOf } from '../../runtime/store/contents-view.ts';
import { HighWater } from '../../runtime/store/high-water.ts';
import { acquireLock } from '../../runtime/store/lock.ts';
import { openStore } from '../../runtime/store/open.ts';
import { jobctl, jobctlEach, storedJobs } from '../support/jobctl.ts';
import { tempFolder } from '../support/temp.ts';

const NOW = new Date('2026-11-25T04:00:00Z');
const DB = 'rivus.db';

/** A data folder with jobs, items, and one artifact that an attempt refers to. */
async function stored(): Promise<{ data: string; hash: string }> {
  const data = storedJobs();
  const { hash } = await createArtifacts(data).write('notes.txt', 'as heard');
  change(data, (db) => {
    db.prepare('INSERT INTO artifact (hash, bytes, media, at) VALUES (?, 8, ?, 0)').run(hash, 'text/plain');
    db.prepare('DELETE FROM artifact_use').run();
    db.prepare('INSERT INTO artifact_use (item_id, stage_id, lease, name, hash) VALUES (1, 1, 2, ?, ?)').run('notes.txt', hash);
  });
  return { data, hash };
}

function change(data: string, write: (db: InstanceType<typeof Database>) => void): void {
  const db = openStore(data);
  write(db);
  db.close();
}
const keysIn = (folder: string): string[] => {
  const db = new Database(path.join(folder, DB), { readonly: true });
  try {
    return db.prepare<[], string>('SELECT key FROM item ORDER BY id').pluck().all();
  } finally {
    db.close();
  }
};
const back = (data: string, name = 'copy') => backUp({ data, target: path.join(path.dirname(data), name), artifacts: true });
const put = (data: string, from: string, dryRun = false) => restore({ from, data, at: NOW, dryRun });

test('a backup is whole, and what came later is not in what is restored from it', async () => {
  const { data, hash } = await stored();
  const before = keysIn(data);
  const { folder, contents, artifacts } = await back(data);
  expect([contents, artifacts]).toEqual([expect.objectContaining({ jobs: 2, items: 5, outputs: 3 }), 1]);
  expect(fs.readdirSync(folder).sort()).toEqual(['artifacts', DB]);
  change(data, (db) => db.prepare(`UPDATE item SET key = 'changed' WHERE id = 1`).run());
  fs.rmSync(path.join(data, 'artifacts'), { recursive: true });

  const { aside, replaced } = put(data, folder);
  expect(keysIn(data)).toEqual(before);
  expect(String(await createArtifacts(data).read(hash))).toBe('as heard');
  expect(replaced).toMatchObject({ items: 5 });
  expect(keysIn(aside!)[0]).toBe('changed');
});

test('a start takes what was restored for what it is, although it is older than what was there', async () => {
  const { data } = await stored();
  const { folder } = await back(data);
  const db = openStore(data);
  db.exec('UPDATE runner SET commit_seq = commit_seq + 1');
  new HighWater(data, db, (error) => expect.unreachable(error.message)).close();
  db.close();
  put(data, folder);
  expect(() => openStore(data).close()).not.toThrow();
});

test('a copy of a database that is being written is as it was at one moment', async () => {
  const { data } = await stored();
  const file = path.join(data, DB);
  const script = `const db = new (require('better-sqlite3'))(${JSON.stringify(file)}); db.pragma('synchronous = OFF'); db.exec('CREATE TABLE a (n INTEGER PRIMARY KEY, pad TEXT); CREATE TABLE b (n INTEGER PRIMARY KEY, pad TEXT)');
    const [a, b] = ['a', 'b'].map((name) => db.prepare('INSERT INTO ' + name + ' (pad) VALUES (?)')); const both = db.transaction(() => { a.run('x'.repeat(2000)); b.run('y'.repeat(2000)); });
    const go = () => { for (let n = 0; n < 50; n++) both(); process.stdout.write('.'); setImmediate(go); }; go();`;
  const writer = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void writer.kill('SIGKILL'));
  let batches = 0;
  writer.stdout.on('data', (dots: Buffer) => (batches += dots.length));
  await once(writer.stdout, 'data');
  for (const name of ['one', 'two', 'three']) {
    const since = batches;
    const { folder } = await back(data, name);
    const db = new Database(path.join(folder, DB), { readonly: true });
    const [a, b] = ['a', 'b'].map((table) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
    expect([problemsOf(db), a]).toEqual([[], b]);
    db.close();
    while (batches === since) await once(writer.stdout, 'data');
  }
});

test('a damaged database is not backed up as if it were sound', async () => {
  const { data } = await stored();
  change(data, (db) => db.pragma('wal_checkpoint(TRUNCATE)'));
  const handle = fs.openSync(path.join(data, DB), 'r+');
  for (let page = 10; page < 30; page++) fs.writeSync(handle, Buffer.alloc(2_000, 0xa5), 0, 2_000, page * 4096);
  fs.closeSync(handle);
  await expect(back(data)).rejects.toThrow(/damaged/);
  expect(fs.readdirSync(path.dirname(data)).filter((name) => name.startsWith('copy'))).toEqual([]);
});

test('an existing folder is never written into', async () => {
  const { data } = await stored();
  await back(data);
  await expect(back(data)).rejects.toThrow(BackupFailed);
});

test('what is no good backup is refused before anything is touched', async () => {
  const { data } = await stored();
  const { folder } = await back(data);
  const before = fs.readFileSync(path.join(data, DB));
  const newer = tempFolder();
  fs.cpSync(folder, newer, { recursive: true });
  const db = new Database(path.join(newer, DB));
  db.pragma('user_version = 999');
  db.close();
  expect(() => put(data, newer)).toThrow('has schema 999, this program knows');
  expect(() => put(data, tempFolder())).toThrow('is no backup: it has no rivus.db');
  expect(() => put(data, tempFolder({ [DB]: 'not a database at all' }))).toThrow('cannot be read');
  expect(fs.readFileSync(path.join(data, DB)).equals(before)).toBe(true);
});

test('a living runner is never replaced', async () => {
  const { data } = await stored();
  const { folder } = await back(data);
  const lock = acquireLock(data);
  expect(() => put(data, folder)).toThrow('already works on');
  lock.release();
  expect(put(data, folder).contents.items).toBe(5);
});

test('what was damaged, or never there, can be replaced', async () => {
  const { data } = await stored();
  const { folder } = await back(data);
  fs.writeFileSync(path.join(data, DB), 'ruined');
  expect(put(data, folder)).toMatchObject({ replaced: { items: 0 } });
  expect(keysIn(data)).toHaveLength(5);
  const empty = tempFolder();
  expect(put(empty, folder)).not.toHaveProperty('aside');
  const db = openStore(empty);
  expect(contentsOf(db).items).toBe(5);
  db.close();
});

test('a dry run says what it would do and does nothing', async () => {
  const { data } = await stored();
  const { folder } = await back(data);
  const before = fs.readdirSync(data);
  expect(put(data, folder, true)).toMatchObject({ contents: { items: 5 }, replaced: { items: 5 } });
  expect(fs.readdirSync(data)).toEqual(before);
});

test('jobctl backs up, restores and says where everything is', async () => {
  const { data } = await stored();
  const target = path.join(path.dirname(data), 'kept');
  const [made, again, dry, done] = await jobctlEach(data, [['backup', target, '--json'], ['backup', target], ['restore', target, '--dry-run'], ['restore', target]]);
  expect(made!.json()).toMatchObject({ ok: true, folder: target, contents: { items: 5 }, artifacts: 1, missing: 0 });
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') });
  expect(dry!.stdout).toBe('would restore 2 jobs, 5 items, 3 outputs, in the place of 2 jobs, 5 items, 3 outputs\n');
  expect(done!.stdout).toMatch(/^restored 2 jobs, 5 items, 3 outputs.*\n {2}what was there: .*before-restore-.*\n {2}start: npx jobctl run\n$/);
});

test('items and outputs are exported line by line', async () => {
  const { data } = await stored();
  const out = path.join(path.dirname(data), 'items.csv');
  const [lines, one, table, again, all] = await jobctlEach(data, [
    ['export', 'a16z'], ['export', 'a16z', '--stage', 'fetch'], ['export', 'a16z', '--format', 'csv', '--out', out], ['export', 'a16z', '--format', 'csv', '--out', out], ['export', '--format', 'csv'],
  ]);
  const items = lines!.stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, any>);
  expect(items.map(({ key }) => key)).toEqual(['episode-1', 'episode-2', 'episode-3', '1']);
  expect(items[0]).toMatchObject({ job: 'a16z', data: { url: 'http://x/1' }, stages: { fetch: { state: 'done', output: { text: 'new' } }, extract: { state: 'skipped' } } });
  expect(Object.keys((JSON.parse(one!.stdout.split('\n')[0]!) as { stages: object }).stages)).toEqual(['fetch']);
  expect(table!.stderr).toBe(`wrote 4 items to ${out}\n`);
  const [header, first] = fs.readFileSync(out, 'utf8').split('\n');
  expect(header).toBe('job,id,key,title,priority,created_at,data,fetch_state,fetch_output,extract_state,extract_output');
  expect(first).toMatch(/^a16z,1,episode-1,The first,-5,\d{4}-.*Z,"\{""url"":""http:\/\/x\/1""\}",done,"\{""text"":""new""\}",skipped,$/);
  expect([again!.code, all!.code]).toEqual([1, 2]);
});

test('what a spreadsheet would run as a formula is exported as text', async () => {
  const { data } = await stored();
  change(data, (db) => db.prepare(`UPDATE item SET title = '=HYPERLINK("http://x")', priority = -5 WHERE id = 1`).run());
  const { stdout } = await jobctl(data, ['export', 'a16z', '--format', 'csv']);
  expect(stdout.split('\n')[1]).toContain(`,"'=HYPERLINK(""http://x"")",-5,`);
});
