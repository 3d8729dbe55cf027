import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bundleStage } from '../../runtime/handlers/bundle.ts';
import { KeptBundles, MAKERS } from '../../runtime/handlers/kept-bundles.ts';
import { storeBundle } from '../../runtime/handlers/load.ts';
import { ManualClock } from '../support/handlers.ts';
import { projectRoot } from '../support/project-files.ts';
import { tempFolder } from '../support/temp.ts';

const HANDLER = './handlers/job.ts';
const FILES = {
  'handlers/job.ts': `import { handler, stage } from 'rivus';
import { readFileSync } from 'node:fs';
import prompt from './prompt.md';
import table from './table.json';
import { help } from './help.js';
import { near } from './near';
import { far } from './far';
import dependency from 'dependency';
import { part } from '@scope/parts/lib/part';
const work = stage({ run() { return [prompt, table, help, near, far, dependency, part, readFileSync]; } });
const other = stage({ run() { return 1; } });
export default handler({ stages: { work, other } });
`,
  'handlers/prompt.md': 'Be brief.',
  'handlers/table.json': '{"one":1}',
  'handlers/help.js': 'export const help = "js";',
  'handlers/near.ts': 'export const near = "file";',
  'handlers/far/index.ts': 'export const far = "index";',
  'handlers/elsewhere.ts': 'export const help = "elsewhere";',
  'node_modules/dependency/package.json': '{"name":"dependency","version":"1.0.0","main":"lib/main","module":"lib/other.js"}',
  'node_modules/dependency/lib/main.js': 'module.exports = require("./deep");',
  'node_modules/dependency/lib/other.js': 'export default "other";',
  'node_modules/dependency/lib/deep/index.js': 'module.exports = "deep";',
  'node_modules/@scope/parts/package.json': '{"name":"@scope/parts","version":"1.0.0"}',
  'node_modules/@scope/parts/lib/part.js': 'exports.part = "part";',
};

const project = (files: Record<string, string> = FILES) => fs.realpathSync(tempFolder(files));
const dataIn = (root: string) => path.join(root, 'data');
const indexIn = (root: string) => path.join(dataIn(root), 'bundles/index');

function write(root: string, file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  fs.writeFileSync(path.join(root, file), text);
}

/** As a runner begins: asks for stages and stores what it gets. `changeMeanwhile` comes between the look at what is kept and the first question. */
async function start(root: string, { dataDir = dataIn(root), handler = HANDLER, stages = ['work', 'other'], changeMeanwhile = () => {} } = {}) {
  const bundled: string[] = [];
  let isReady = false;
  const bundle = (at: string, handler: string, stage: string) => {
    bundled.push(stage);
    return bundleStage(at, handler, stage);
  };
  const kept = new KeptBundles(new ManualClock(), dataDir, root, { bundle, getReady: () => void (isReady = true), close: () => {} });
  changeMeanwhile();
  const bundles = await Promise.all(stages.map((stage) => kept.bundle(root, handler, stage)));
  for (const made of bundles) await storeBundle(path.join(dataDir, 'bundles'), made);
  kept.settle();
  await kept.close();
  return { bundled, isReady, bundles };
}

afterEach(() => vi.unstubAllEnvs());

test('what has not changed is not bundled again, and is what it would be bundled to', async () => {
  const root = project();
  expect(await start(root)).toMatchObject({ bundled: ['work', 'other'], isReady: true });
  const { bundled, isReady, bundles } = await start(root);
  expect({ bundled, isReady }).toEqual({ bundled: [], isReady: false });
  expect(bundles[0]).toEqual({ ...(await bundleStage(root, HANDLER, 'work')), isStored: true });
});

test('the files are watched as they were before they were looked at', async () => {
  const root = project();
  await start(root);
  const { bundled, bundles } = await start(root, { changeMeanwhile: () => write(root, 'handlers/near.ts', 'export const near = "moved";') });
  expect(bundled).toEqual(['work', 'other']);
  expect(bundles[0]!.code).toContain('moved');
});

describe('is bundled again, to the code of now, after', () => {
  const link = (root: string, to: string, at: string) => {
    fs.rmSync(path.join(root, at), { force: true, recursive: true });
    fs.symlinkSync(to, path.join(root, at));
  };
  test.each<[string, (root: string) => void]>([
    ['an edit of the handler', (root) => write(root, 'handlers/job.ts', FILES['handlers/job.ts'].replace('return [', 'return ["new", '))],
    ['an edit of a helper', (root) => write(root, 'handlers/near.ts', 'export const near = "edit";')],
    ['an edit of a prompt', (root) => write(root, 'handlers/prompt.md', 'Be long.')],
    ['an edit of a table', (root) => write(root, 'handlers/table.json', '{"one":2}')],
    ['an edit that is as long, with the times of before', (root) => {
      const file = path.join(root, 'handlers/near.ts');
      const { atime, mtime } = fs.statSync(file);
      fs.writeFileSync(file, 'export const near = "life";');
      fs.utimesSync(file, atime, mtime);
    }],
    ['a file that is meant rather than the folder', (root) => write(root, 'handlers/far.ts', 'export const far = "file";')],
    ['a file with an ending that comes first', (root) => write(root, 'handlers/near.tsx', 'export const near = "tsx";')],
    ['a file without any ending', (root) => write(root, 'handlers/near', 'export const near = "bare";')],
    ['a package.json in a folder that is imported', (root) => {
      write(root, 'handlers/far/main.ts', 'export const far = "main";');
      write(root, 'handlers/far/package.json', '{"main":"./main.ts"}');
    }],
    ['a package.json that makes helpers free of effects', (root) => {
      write(root, 'handlers/near.ts', 'export const near = "file"; console.log("an effect");');
      write(root, 'handlers/package.json', '{"sideEffects":false}');
    }],
    ['a helper that becomes a link', (root) => link(root, 'elsewhere.ts', 'handlers/help.js')],
    ['an update of a package', (root) => write(root, 'node_modules/dependency/lib/deep/index.js', 'module.exports = "deeper";')],
    ['another entry of a package', (root) => write(root, 'node_modules/dependency/package.json', '{"name":"dependency","main":"lib/other.js"}')],
    ['exports of a package', (root) => write(root, 'node_modules/dependency/package.json', '{"name":"dependency","exports":"./lib/other.js"}')],
    ['a file within a package that comes first', (root) => write(root, 'node_modules/dependency/lib/deep.js', 'module.exports = "shallow";')],
    ['a part of a package that comes first', (root) => write(root, 'node_modules/@scope/parts/lib/part', 'exports.part = "bare";')],
    ['a package that is nearer', (root) => write(root, 'handlers/node_modules/dependency/index.js', 'module.exports = "nearer";')],
    ['a package that is a link to another folder', (root) => {
      write(root, 'mine/index.js', 'module.exports = "mine";');
      link(root, '../mine', 'node_modules/dependency');
    }],
  ])('%s', async (_what, change) => {
    const root = project();
    const before = await start(root, { stages: ['work'] });
    change(root);
    const after = await start(root, { stages: ['work'] });
    expect([after.bundled, after.isReady]).toEqual([['work'], true]);
    expect(after.bundles[0]!.code).toBe((await bundleStage(root, HANDLER, 'work')).code);
    expect(after.bundles[0]!.code).not.toBe(before.bundles[0]!.code);
    expect((await start(root, { stages: ['work'] })).bundled).toEqual([]);
  });

  test('a link that leads to another file', async () => {
    const root = project();
    link(root, 'near.ts', 'handlers/help.js');
    write(root, 'handlers/near.ts', 'export const near = "file", help = "near";');
    await start(root);
    link(root, 'elsewhere.ts', 'handlers/help.js');
    expect((await start(root)).bundles[0]!.code).toContain('elsewhere');
  });

  test('a handler that is another file now', async () => {
    const root = project();
    await start(root, { stages: ['other'] });
    write(root, 'handlers/next.ts', FILES['handlers/job.ts'].replace('return 1', 'return 2'));
    link(root, 'next.ts', 'handlers/job.ts');
    expect((await start(root, { stages: ['other'] })).bundled).toEqual(['other']);
  });

  test('a package that grows a native add-on, with the reason', async () => {
    const root = project();
    await start(root);
    fs.mkdirSync(path.join(root, 'node_modules/dependency/prebuilds'));
    await expect(start(root)).rejects.toThrow('the package dependency has a native add-on');
  });

  test('a package that was missing where it was only tried', async () => {
    const root = project({ ...FILES, 'node_modules/dependency/lib/main.js': 'try { module.exports = require("optional"); } catch { module.exports = "without"; }' });
    await start(root);
    write(root, 'node_modules/optional/index.js', 'module.exports = "with";');
    expect((await start(root)).bundles[0]!.code).toContain('with');
  });
});

describe('is bundled again when', () => {
  const bundlesAgain = async (root: string, options: Parameters<typeof start>[1] = {}) => expect((await start(root, options)).bundled).toEqual(['work', 'other']);

  test.each<[string, (text: string) => string]>([
    ['is cut off', (text) => text.slice(0, -20)],
    ['is empty', () => ''],
    ['has another letter in it', (text) => text.replace('"whole":false', '"whole":true ')],
    ['is of another form', () => '{"stages":{}}'],
  ])('the index %s', async (_how, damaged) => {
    const root = project();
    await start(root);
    fs.writeFileSync(indexIn(root), damaged(fs.readFileSync(indexIn(root), 'utf8')));
    await bundlesAgain(root);
    expect((await start(root)).bundled).toEqual([]);
  });

  test.each([/\.mjs$/, /\.mjs\.map$/])('a file %s is damaged or gone', async (ending) => {
    const root = project();
    await start(root);
    const folder = path.join(dataIn(root), 'bundles');
    const [one, two] = fs.readdirSync(folder).filter((name) => ending.test(name)).map((name) => path.join(folder, name)) as [string, string];
    const text = fs.readFileSync(one, 'utf8');
    fs.writeFileSync(one, text.slice(0, -1));
    fs.rmSync(two);
    expect(await start(root)).toMatchObject({ bundled: ['work', 'other'], isReady: true });
    expect(fs.readFileSync(one, 'utf8')).toBe(text);
  });

  test('the data belongs to another project folder', async () => {
    const [here, there] = [project(), project()];
    await start(here);
    await bundlesAgain(there, { dataDir: dataIn(here) });
    await bundlesAgain(here);
  });

  test('another Node runs', async () => {
    const root = project();
    await start(root);
    const real = Object.getOwnPropertyDescriptor(process, 'version')!;
    Object.defineProperty(process, 'version', { ...real, value: 'v99.0.0' });
    try {
      await bundlesAgain(root);
    } finally {
      Object.defineProperty(process, 'version', real);
    }
  });

  test('packages are also looked for elsewhere', async () => {
    vi.stubEnv('NODE_PATH', '/opt/modules');
    const root = project();
    await start(root);
    expect(await start(root)).toMatchObject({ bundled: ['work', 'other'], isReady: true });
  });

  test('an import leads where nobody can tell', async () => {
    const root = project({ ...FILES, 'package.json': '{"imports":{"#near":"./handlers/near.ts"}}', 'handlers/job.ts': FILES['handlers/job.ts'].replace("'./near'", "'#near'") });
    await start(root);
    expect(await start(root)).toMatchObject({ bundled: ['work', 'other'], isReady: true });
  });

  test('the start is over', async () => {
    const root = project();
    await start(root);
    const bundled: string[] = [];
    const kept = new KeptBundles(new ManualClock(), dataIn(root), root, { bundle: (...asked) => (bundled.push(asked[2]), bundleStage(...asked)), getReady: () => {}, close: () => {} });
    kept.settle();
    await kept.bundle(root, HANDLER, 'work');
    await kept.close();
    expect(bundled).toEqual(['work']);
  });
});

describe('is not bundled again', () => {
  test('when files are there with other times, and others stand beside them', async () => {
    const root = project();
    await start(root);
    for (const file of Object.keys(FILES)) fs.utimesSync(path.join(root, file), new Date(0), new Date(0));
    write(root, 'handlers/another.ts', 'export default 1;');
    expect((await start(root)).bundled).toEqual([]);
  });

  test('when the data folder was restored from a copy', async () => {
    const root = project();
    await start(root);
    fs.cpSync(dataIn(root), `${dataIn(root)}.copy`, { recursive: true });
    fs.rmSync(dataIn(root), { recursive: true });
    fs.renameSync(`${dataIn(root)}.copy`, dataIn(root));
    expect((await start(root)).bundled).toEqual([]);
  });

  test('when it was the other handler that has changed', async () => {
    const root = project();
    const another = { handler: './handlers/another.ts' };
    const edit = (value: string) => write(root, another.handler, FILES['handlers/job.ts'].replace('return [', `return [${value}, `).replace('return 1', `return ${value}`));
    edit('2');
    await start(root);
    await start(root, another);
    edit('3');
    expect(await start(root)).toMatchObject({ bundled: [], isReady: true });
    expect((await start(root, another)).bundled).toEqual(['work', 'other']);
  });
});

test('a handler that is gone is forgotten, so that it starts no bundler at every start', async () => {
  const root = project();
  await start(root);
  fs.rmSync(path.join(root, 'handlers/job.ts'));
  expect((await start(root, { stages: [] })).isReady).toBe(true);
  expect((await start(root, { stages: [] })).isReady).toBe(false);
});

test('a start at which nothing was bundled leaves the index as it is', async () => {
  const root = project();
  await start(root);
  const before = fs.statSync(indexIn(root)).ino;
  await start(root);
  expect(fs.statSync(indexIn(root)).ino).toBe(before);
});

test('all modules that make a bundle are part of who made it', () => {
  const folder = path.join(projectRoot, 'runtime/handlers');
  const importsOf = (name: string) => [...fs.readFileSync(path.join(folder, name), 'utf8').matchAll(/^import (?!type ).* from '\.\/([\w-]+\.ts)'/gm)].map(([, file]) => file!);
  const makers = new Set(['bundle.ts']);
  for (const name of makers) for (const file of importsOf(name)) makers.add(file);
  expect([...makers].filter((name) => !MAKERS.includes(name))).toEqual(['bundle-error.ts']);
});
