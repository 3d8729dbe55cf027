import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { strategies } from '../../actors/strategies/index.ts';
import { poll, worldOf, type World } from '../support/sources.ts';

const LONG_AGO = new Date('2020-01-01T00:00:00Z');

/** A folder with files that were written long ago, and a job that looks at it. */
function watching(written: Record<string, string>, options: Record<string, unknown>) {
  const world = worldOf({ strategy: strategies.files, options, files: written });
  const place = (name: string) => path.join(world.root, name);
  const age = (...names: string[]) => names.forEach((name) => fs.utimesSync(place(name), LONG_AGO, LONG_AGO));
  const write = (name: string, text: string) => (fs.mkdirSync(path.dirname(place(name)), { recursive: true }), fs.writeFileSync(place(name), text));
  age(...Object.keys(written));
  return Object.assign(world, { place, age, write, look: () => look(world) });
}

async function look(world: World) {
  const found = await poll(world);
  world.cursor = found.cursors.at(-1) ?? world.cursor;
  return found.candidates;
}

const keys = async (folder: ReturnType<typeof watching>) => (await folder.look()).map(({ key }) => key);

test('a file is an item: its path is its key', async () => {
  const folder = watching({ 'inbox/2020/a.txt': 'hello' }, { glob: 'inbox/**/*.txt' });
  expect(await folder.look()).toEqual([
    {
      key: 'inbox/2020/a.txt',
      title: 'inbox/2020/a.txt',
      data: { path: folder.place('inbox/2020/a.txt'), name: 'inbox/2020/a.txt', bytes: 5, mtime: '2020-01-01T00:00:00.000Z' },
      revision: '5-1577836800000',
    },
  ]);
});

test('what does not match, is hidden or not finished by its name, is left alone', async () => {
  const folder = watching({ 'a.txt': '', 'b.md': '', 'sub/c.txt': '', '.d.txt': '', '.git/e.txt': '', 'f.txt.part': '', 'g.txt~': '', '~$h.txt': '' }, { glob: ['**/*.txt', '*.part', '**/*~', '~*'] });
  expect(await keys(folder)).toEqual(['a.txt', 'sub/c.txt']);
});

test('names and paths can be left out, folders with all that is in them', async () => {
  const folder = watching({ 'a.txt': '', 'node_modules/x/b.txt': '', 'out/c.txt': '', 'sub/out/d.txt': '' }, { glob: '**/*.txt', ignore: ['node_modules', 'out/**'] });
  expect(await keys(folder)).toEqual(['a.txt', 'sub/out/d.txt']);
});

test('keys begin in `root`, wherever the folder is', async () => {
  const folder = watching({ 'inbox/a.txt': '' }, { glob: '*.txt', root: 'inbox' });
  expect(await keys(folder)).toEqual(['a.txt']);
  expect((await folder.look())[0]!.data).toMatchObject({ path: folder.place('inbox/a.txt') });
});

test('a file that several patterns find is one', async () => {
  const folder = watching({ 'in/a.txt': '', 'in/b.txt': '' }, { glob: ['in/*.txt', '**/a.*', '{in,in}/a.txt'] });
  expect((await keys(folder)).toSorted()).toEqual(['in/a.txt', 'in/b.txt']);
});

test('a file that has just changed is left for a later look', async () => {
  const folder = watching({ 'a.txt': '' }, { glob: '*.txt', settle: '1h' });
  folder.write('b.txt', 'new');
  expect(await keys(folder)).toEqual(['a.txt']);
  folder.age('b.txt');
  // It looks different from the last look, whatever its own date says now.
  expect(await keys(folder)).toEqual(['a.txt']);
});

test('a file is taken when it has looked the same for long enough, also when its clock is ahead of ours', async () => {
  const folder = watching({ 'a.txt': 'x' }, { glob: '*.txt', settle: '5s' });
  const ahead = new Date(Date.now() + 3_600_000);
  fs.utimesSync(folder.place('a.txt'), ahead, ahead);
  expect(await keys(folder)).toEqual([]);
  expect(await keys(folder)).toEqual([]);
  folder.passes(6000);
  expect(await keys(folder)).toEqual(['a.txt']);
});

test('a file that grows between two looks has not settled', async () => {
  const folder = watching({ 'a.txt': 'x' }, { glob: '*.txt', settle: '5s' });
  const ahead = new Date(Date.now() + 3_600_000);
  fs.utimesSync(folder.place('a.txt'), ahead, ahead);
  for (const text of ['xx', 'xxx']) {
    expect(await keys(folder)).toEqual([]);
    fs.writeFileSync(folder.place('a.txt'), text);
    fs.utimesSync(folder.place('a.txt'), ahead, ahead);
    folder.passes(6000);
  }
  expect(await keys(folder)).toEqual([]);
  folder.passes(6000);
  expect(await keys(folder)).toEqual(['a.txt']);
});

test('a changed file is a new item if that is wanted; one that was only touched is not', async () => {
  const folder = watching({ 'a.txt': 'one' }, { glob: '*.txt', on_change: 'new' });
  const [first] = await keys(folder);
  expect(first).toMatch(/^a\.txt@[0-9a-f]{32}$/);
  fs.utimesSync(folder.place('a.txt'), LONG_AGO, new Date('2020-01-02'));
  expect(await keys(folder)).toEqual([first]);
  folder.write('a.txt', 'two');
  folder.age('a.txt');
  const [second] = await keys(folder);
  expect(second).toMatch(/^a\.txt@/);
  expect(second).not.toBe(first);
});

test('links to files are files, links to folders are folders, once each; a loop ends', async () => {
  const folder = watching({ 'real/a.txt': 'a', 'elsewhere/b.txt': 'b' }, { glob: '**/*.txt' });
  fs.symlinkSync('.', folder.place('loop'));
  fs.symlinkSync('..', folder.place('real/up'));
  fs.symlinkSync('real', folder.place('again'));
  fs.symlinkSync('elsewhere/b.txt', folder.place('c.txt'));
  fs.symlinkSync('nowhere', folder.place('dead.txt'));
  fs.symlinkSync('self.txt', folder.place('self.txt'));
  expect(await keys(folder)).toEqual(['c.txt', 'elsewhere/b.txt', 'real/a.txt']);
});

test('what is neither file nor folder is left alone, and so is a folder with the name of a file', async () => {
  const folder = watching({ 'a.txt': '' }, { glob: '*.txt' });
  execFileSync('mkfifo', [folder.place('pipe.txt')]);
  fs.mkdirSync(folder.place('folder.txt'));
  fs.symlinkSync('folder.txt', folder.place('link.txt'));
  fs.symlinkSync('pipe.txt', folder.place('pipe-link.txt'));
  folder.passes(60_000);
  expect(await keys(folder)).toEqual(['a.txt']);
});

/** Root may read everything: then it is nobody who looks. */
async function asAnybody(look: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return look();
  process.seteuid!('nobody');
  try {
    await look();
  } finally {
    process.seteuid!(0);
  }
}

test('what may not be read is said once, and the rest is found', async () => {
  const folder = watching({ 'a.txt': '', 'secret/b.txt': '', 'z.txt': '' }, { glob: '**/*.txt', on_change: 'new' });
  fs.chmodSync(folder.place('secret'), 0);
  fs.chmodSync(folder.place('z.txt'), 0);
  fs.chmodSync(path.dirname(folder.place('a.txt')), 0o755);
  try {
    await asAnybody(async () => {
      expect((await keys(folder)).map((key) => key.split('@')[0])).toEqual(['a.txt']);
      expect(folder.warnings).toEqual([expect.stringMatching(/^files that cannot be read: z\.txt \(EACCES.*; secret \(EACCES/)]);
      await folder.look();
      expect(folder.warnings).toHaveLength(1);
    });
  } finally {
    fs.chmodSync(folder.place('secret'), 0o700);
  }
});

test('what goes while the folder is read does no harm', async () => {
  const names = Array.from({ length: 200 }, (_, i) => `${String(i).padStart(3, '0')}.txt`);
  const folder = watching(Object.fromEntries(names.map((name) => [name, ''])), { glob: '**/*.txt' });
  const found: string[] = [];
  for await (const step of folder.sources.poll(folder.job, new AbortController().signal)) {
    if (!('candidate' in step)) continue;
    if (found.length === 0) names.slice(100).forEach((name) => fs.rmSync(folder.place(name)));
    found.push(step.candidate.key);
  }
  expect(found).toEqual(names.slice(0, 100));
});

test('a folder that is not there is named, with what to do', async () => {
  await expect(poll(watching({}, { glob: 'inbox/*.txt' }))).rejects.toThrow(/there is no folder ".*inbox": create it, or change discovery\.glob/);
  await expect(poll(watching({}, { glob: '*.txt', root: 'in' }))).rejects.toThrow(/there is no folder ".*in": create it, or change discovery\.root/);
  await expect(poll(watching({ 'a.txt': '' }, { glob: 'a.txt/*' }))).rejects.toThrow(/"\S*a\.txt" is a file, and a folder is needed/);
});

test('a pattern that is none is refused', () => {
  expect(() => strategies.files.options.parse({ glob: '{a,b}'.repeat(11) })).toThrow(/stands for more than 1000 patterns/);
});
