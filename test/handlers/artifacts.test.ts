import { createHash } from 'node:crypto';
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArtifactError, createArtifacts } from '../../runtime/artifacts.ts';
import { handlerOf, handlersIn } from '../support/handlers.ts';
import { tempFolder } from '../support/temp.ts';

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
/** All files below a folder, relative. */
const filesIn = (folder: string) => fs.readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [] : [path.relative(folder, path.join(entry.parentPath, entry.name))])).toSorted();

describe('an artifact', () => {
  test('lies where its content says, and is read back by its hash', async () => {
    const dataDir = tempFolder();
    const artifacts = createArtifacts(dataDir);
    const hash = sha256('hélas');
    expect(await artifacts.write('page.html', 'hélas')).toEqual({ hash, name: 'page.html', bytes: 6, media: 'text/html' });
    expect(filesIn(dataDir)).toEqual([`artifacts/${hash.slice(0, 2)}/${hash.slice(2)}`]);
    expect((await artifacts.read(hash)).toString()).toBe('hélas');
  });

  test('is one file, however often and under whatever names its content is written', async () => {
    const dataDir = tempFolder();
    const artifacts = createArtifacts(dataDir);
    const refs = await Promise.all(Array.from({ length: 20 }, (_, n) => artifacts.write(`${n}.txt`, Buffer.from('same'))));
    expect(new Set(refs.map(({ hash }) => hash))).toEqual(new Set([sha256('same')]));
    expect(filesIn(dataDir)).toHaveLength(1);
  });

  test.each<[string, string | Uint8Array, string | undefined, string]>([
    ['a.json', '{}', undefined, 'application/json'],
    ['a.PNG', new Uint8Array([1]), undefined, 'image/png'],
    ['a', 'text', undefined, 'text/plain'],
    ['a.odd', new Uint8Array([1]), undefined, 'application/octet-stream'],
    ['a.json', '{}', 'application/ld+json', 'application/ld+json'],
    ['empty.txt', '', undefined, 'text/plain'],
  ])('%s has a media type', async (name, data, given, media) => {
    const artifacts = createArtifacts(tempFolder());
    const ref = await artifacts.write(name, data, given);
    expect(ref.media).toBe(media);
    expect(await artifacts.read(ref.hash)).toEqual(Buffer.from(data));
  });

  test('that is damaged is not handed out, and mended when it is written again', async () => {
    const dataDir = tempFolder();
    const artifacts = createArtifacts(dataDir);
    const { hash } = await artifacts.write('a.txt', 'whole');
    fs.writeFileSync(path.join(dataDir, filesIn(dataDir)[0]!), 'hole');
    await expect(artifacts.read(hash)).rejects.toThrow(`artifact ${hash} is damaged: its bytes hash to ${sha256('hole')}`);
    await artifacts.write('a.txt', 'whole');
    expect((await artifacts.read(hash)).toString()).toBe('whole');
  });

  test('that is not there is an error that says what to do; another failure is shown as what it is', async () => {
    const dataDir = tempFolder();
    const artifacts = createArtifacts(dataDir);
    const hash = sha256('never');
    await expect(artifacts.read(hash)).rejects.toMatchObject({ name: 'ArtifactError', message: `there is no artifact ${hash}; was the data folder cleaned? Reprocess the stage that wrote it` });
    fs.mkdirSync(path.join(dataDir, 'artifacts', hash.slice(0, 2), hash.slice(2)), { recursive: true });
    await expect(artifacts.read(hash)).rejects.toMatchObject({ code: 'EISDIR' });
  });

  test.each(['', '../../rivus.db', 'a'.repeat(63), `${'a'.repeat(62)}/.`, 'A'.repeat(64), undefined])('is not read by what is no hash: %s', async (hash) => {
    await expect(createArtifacts(tempFolder()).read(hash as string)).rejects.toThrow('is no artifact; give what ctx.artifacts.write() returned, or its hash');
  });

  test.each([[null], [{ a: 1 }], [5], [undefined], [['a']]])('is text or bytes, not %j', async (data) => {
    await expect(createArtifacts(tempFolder()).write('a.txt', data as never)).rejects.toThrow('the artifact "a.txt" must be text or bytes');
  });
});

describe('names', () => {
  test.each(['a', 'page.html', 'charts/day.svg', 'a b – é 📞.md', 'a/b/c/d/e/f/g/h', 'é'.repeat(100), 'a..b', '-rf'])('%s is one', async (name) => {
    const dataDir = tempFolder();
    await createArtifacts(dataDir).publish('watch', name, 'text');
    expect(filesIn(dataDir)).toEqual([`published/watch/${name}`]);
  });

  test.each(['', '.', '..', '../a', 'a/../../b', '/etc/passwd', 'a//b', 'a/', '.hidden', 'a/.hidden', 'a\\..\\b', 'a\0b', 'a\nb', 'é'.repeat(101), 'a/b/c/d/e/f/g/h/i', null, 5, {}])(
    '%j is none',
    async (name) => {
      const dataDir = tempFolder();
      const artifacts = createArtifacts(dataDir);
      await expect(artifacts.write(name as string, 'text')).rejects.toMatchObject({ name: 'ArtifactError', message: expect.stringContaining('is no name for an artifact: it must be a relative path') });
      await expect(artifacts.publish('watch', name as string, 'text')).rejects.toBeInstanceOf(ArtifactError);
      expect(filesIn(dataDir)).toEqual([]);
    },
  );

  test('whatever they are, nothing is written outside the folder of the job', async () => {
    const root = tempFolder();
    const artifacts = createArtifacts(path.join(root, 'data'));
    const part = fc.oneof(fc.constantFrom('..', '.', '', 'a', '~', 'C:', '%2e%2e', '\\'), fc.string({ unit: 'binary', maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        await artifacts.publish('watch', parts.join('/'), 'text').catch((error: NodeJS.ErrnoException) => {
          // One name may be a folder of the other.
          if (!(error instanceof ArtifactError || ['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].includes(error.code!))) throw error;
        });
      }),
      { numRuns: 300 },
    );
    expect(filesIn(root).filter((file) => !file.startsWith('data/published/watch/'))).toEqual([]);
  });
});

describe('on the way to the disk', () => {
  /** What the file system is asked for while `run` runs, in order; what is passed on really happens. */
  async function stepsOf(dataDir: string, run: () => Promise<unknown>): Promise<string[]> {
    const steps: string[] = [];
    const { open, rename } = fsp;
    const shown = (file: unknown) => path.relative(dataDir, String(file)).replace(/\.\d+-\d+\.tmp$/, 'TEMP') || '.';
    fsp.open = async (...given: Parameters<typeof open>) => {
      const handle = await open(...given);
      const [sync, write] = [handle.sync.bind(handle), handle.writeFile.bind(handle)];
      handle.sync = async () => void (await sync(), steps.push(`sync ${shown(given[0])}`));
      handle.writeFile = async (...data: Parameters<typeof write>) => void (await write(...data), steps.push(`write ${shown(given[0])}`));
      return handle;
    };
    fsp.rename = async (from, to) => void (await rename(from, to), steps.push(`rename ${shown(from)} ${shown(to)}`));
    await run().finally(() => Object.assign(fsp, { open, rename }));
    return steps;
  }

  const hash = sha256('text');
  const [folder, file] = [`artifacts/${hash.slice(0, 2)}`, `artifacts/${hash.slice(0, 2)}/${hash.slice(2)}`];

  test('a file is whole before it has its name, and the name is there before `write` resolves, with the folders it lies in', async () => {
    const dataDir = tempFolder();
    const write = () => createArtifacts(dataDir).write('a.txt', 'text');
    const always = [`write ${folder}/TEMP`, `sync ${folder}/TEMP`, `rename ${folder}/TEMP ${file}`, `sync ${folder}`, 'sync artifacts'];
    expect(await stepsOf(dataDir, write)).toEqual([...always, 'sync .']);
    expect(await stepsOf(dataDir, write)).toEqual(always);
  });

  test('what fails leaves neither a name nor a temporary file behind', async () => {
    const dataDir = tempFolder();
    const target = path.join(dataDir, file);
    fs.mkdirSync(path.join(target, 'in the way'), { recursive: true });
    await expect(createArtifacts(dataDir).write('a.txt', 'text')).rejects.toMatchObject({ code: expect.stringMatching(/^(EISDIR|ENOTEMPTY|EEXIST)$/) });
    expect(filesIn(dataDir)).toEqual([]);
  });

  test('only the operator can read it', async () => {
    const dataDir = path.join(tempFolder(), 'data');
    await createArtifacts(dataDir).write('a.txt', 'text');
    expect([dataDir, path.join(dataDir, file)].map((place) => fs.statSync(place).mode & 0o777)).toEqual([0o700, 0o600]);
  });
});

describe('ctx.artifacts', () => {
  /** A stage `work` with this body, and the files that it left. */
  async function working(body: string) {
    const at = handlersIn({ 'handlers/job.ts': handlerOf(body) }, { work: [] });
    await at.prepare('work');
    const result = await at.run('work');
    return { ...result, dataDir: at.dataDir, published: path.join(at.dataDir, 'published') };
  }

  test('answers a reference that another stage can read by, as bytes and as text', async () => {
    const { outcome } = await working(`const { write, read, text } = ctx.artifacts; const ref = await write('a.txt', 'hélas');
      return [ref, (await read(ref)).length, await text(ref.hash)];`);
    expect(outcome).toEqual({ kind: 'done', output: JSON.stringify([{ hash: sha256('hélas'), name: 'a.txt', bytes: 6, media: 'text/plain' }, 6, 'hélas']) });
  });

  test('lists what was written with the result, the last of each name, also when the attempt fails', async () => {
    const { artifacts, outcome } = await working(`await ctx.artifacts.write('a.txt', 'one'); await ctx.artifacts.write('b.txt', 'two', { media: 'text/x-b' });
      await ctx.artifacts.write('a.txt', 'three'); throw new Fatal('no');`);
    expect(outcome.kind).toBe('failed');
    expect(artifacts).toEqual([
      { hash: sha256('two'), name: 'b.txt', bytes: 3, media: 'text/x-b' },
      { hash: sha256('three'), name: 'a.txt', bytes: 5, media: 'text/plain' },
    ]);
  });

  test('publishes a copy for people, replaced as a whole', async () => {
    const { published } = await working(`await ctx.artifacts.write('kept.txt', 'kept'); await ctx.artifacts.write('out/a.md', 'old', { publish: true }); await ctx.artifacts.write('out/a.md', 'new', { publish: true });`);
    expect(filesIn(published)).toEqual(['watch/out/a.md']);
    expect(fs.readFileSync(path.join(published, 'watch/out/a.md'), 'utf8')).toBe('new');
  });

  test('does not let a name out of its folder', async () => {
    const { outcome, artifacts, dataDir } = await working(`await ctx.artifacts.write('../../handlers/job.ts', 'gone', { publish: true });`);
    expect(outcome).toMatchObject({ kind: 'failed', class: 'item_specific', error: { name: 'ArtifactError' } });
    expect(artifacts).toEqual([]);
    expect(fs.existsSync(path.join(dataDir, 'artifacts'))).toBe(false);
  });
});
