import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { publishedText } from '../../handlers/npm/published-text.ts';
import { filesIn, UnreadableTarball } from '../../handlers/npm/tar.ts';
import { paxRecord, tar, tarball } from '../support/tarball.ts';

const all = () => true;
const LONG = `package/${'deep/'.repeat(30)}CHANGELOG.md`;

test('files come out with their paths and texts, one after the other', async () => {
  const archive = tarball({ 'package.json': '{}', 'README.md': 'ä'.repeat(400), 'empty.txt': '' });
  expect(await filesIn(archive, all, 10_000)).toEqual([
    { path: 'package/package.json', text: '{}' },
    { path: 'package/README.md', text: 'ä'.repeat(400) },
    { path: 'package/empty.txt', text: '' },
  ]);
});

test('only what is wanted comes out, cut at the limit', async () => {
  const archive = tarball({ 'lib/index.js': 'x'.repeat(5_000), 'README.md': 'y'.repeat(5_000) });
  expect(await filesIn(archive, (path) => path.endsWith('.md'), 1_000)).toEqual([{ path: 'package/README.md', text: 'y'.repeat(1_000) }]);
});

test('a long path may stand in a pax header or a GNU one, and holds for one file', async () => {
  const next = { path: 'package/b', body: 'b' };
  const pax = tar([{ path: 'x', body: `${paxRecord(LONG)}11 a=12345\n`, type: 'x' }, { path: 'package/cut', body: 'a' }, next]);
  const gnu = tar([{ path: '././@LongLink', body: `${LONG}\0`, type: 'L' }, { path: 'package/cut', body: 'a' }, next]);
  for (const archive of [pax, gnu]) expect((await filesIn(gzipSync(archive), all, 100)).map(({ path }) => path)).toEqual([LONG, 'package/b']);
});

test('the beginning of a path may stand in the prefix of its header', async () => {
  const archive = tar([{ path: 'CHANGELOG.md', body: 'a' }]);
  archive.write('package/docs', 345);
  expect(await filesIn(gzipSync(archive), all, 100)).toEqual([{ path: 'package/docs/CHANGELOG.md', text: 'a' }]);
});

test('folders and links are no files', async () => {
  const archive = tar([{ path: 'package/', body: '', type: '5' }, { path: 'package/link', body: '', type: '2' }, { path: 'package/a', body: 'a' }]);
  expect(await filesIn(gzipSync(archive), all, 100)).toEqual([{ path: 'package/a', text: 'a' }]);
});

test('a tarball without its end gives what came before', async () => {
  const noise = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i * 31 + i) % 251));
  const archive = tarball({ 'README.md': 'hello', 'binary.node': noise });
  const found = await filesIn(archive.subarray(0, archive.length / 2), all, 100);
  expect(found[0]).toEqual({ path: 'package/README.md', text: 'hello' });
});

test('what is no tarball is refused with the reason', async () => {
  await expect(filesIn(Buffer.from('<html>please log in</html>'), all, 100)).rejects.toThrow(UnreadableTarball);
  await expect(filesIn(gzipSync(tar([{ path: 'a', body: '', size: 'lots of it' }])), all, 100)).rejects.toThrow('it is damaged: a file in it has no size');
});

test('a small tarball that unpacks to a huge one is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(70 * 1024 * 1024));
  expect(bomb.length).toBeLessThan(200_000);
  await expect(filesIn(bomb, all, 100)).rejects.toThrow(UnreadableTarball);
});

test.each([
  [['README.md', 'CHANGELOG.md', 'HISTORY.md'], { kind: 'changelog', file: 'CHANGELOG.md' }],
  [['readme.markdown', 'History'], { kind: 'changelog', file: 'History' }],
  [['README', 'lib/CHANGELOG.md', 'docs/history.md', 'changelog.js'], { kind: 'readme', file: 'README' }],
  [['RELEASE-NOTES.md', 'NEWS'], { kind: 'changelog', file: 'RELEASE-NOTES.md' }],
] as const)('of %j the text to read is %j', async (files, expected) => {
  const archive = tarball(Object.fromEntries(files.map((file) => [file, `this is ${file}`])));
  expect(await publishedText(archive)).toEqual({ ...expected, text: `this is ${expected.file}` });
});

test('a package may bring no text at all', async () => {
  expect(await publishedText(tarball({ 'package.json': '{}' }))).toBeUndefined();
});
