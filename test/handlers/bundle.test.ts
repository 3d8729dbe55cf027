import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BundleError } from '../../runtime/handlers/bundle-error.ts';
import { bundleStage } from '../../runtime/handlers/bundle.ts';
import { projectRoot } from '../support/project-files.ts';
import { tempFolder } from '../support/temp.ts';

const FILES = {
  'handlers/job.ts': `import { handler, stage, z } from 'rivus';
import PROMPT from './extract.md' with { type: 'text' };
import { clean, unused } from './clean.ts';
import * as dates from './dates.ts';

/** What an item is. */
const Item = z.object({ url: z.string() });
const Facts = z.object({ n: z.number() }).extend({ day: z.string() }).strict();
const LIMIT = 5;

function only(html: string): string { return html.slice(0, LIMIT); }

const fetch = stage({
  item: Item,
  async run({ item, ctx }) { return { html: only(await ctx.http.text(item.url)) }; },
});
const extract = stage({
  needs: { fetch },
  out: Facts,
  run({ prev }) {
    const text = clean(prev.fetch.html); // comment
    return { n: (PROMPT + text).length, day: dates.day(0) };
  },
});
export const VERSION_DEPS = { fetch: [only], extract: [PROMPT] };
export default handler({ item: Item, stages: { fetch, extract }, validate({ stats }) { if (!stats.fetch) return 'no fetch'; } });
`,
  'handlers/extract.md': 'Extract the facts.\n',
  'handlers/clean.ts': `import { trim } from './trim.ts';\nexport const clean = (text: string) => trim(text).toLowerCase();\nexport function unused() { return 'never'; }\n`,
  'handlers/trim.ts': 'export const trim = (text: string): string => text.trim();\n',
  'handlers/dates.ts': 'export const day = (ms: number) => new Date(ms).toISOString();\nexport const hour = (ms: number) => ms / 3600000;\n',
};
type File = keyof typeof FILES;

async function hashes(files: Record<string, string> = FILES) {
  const root = tempFolder(files);
  const [fetch, extract] = await Promise.all([bundleStage(root, 'handlers/job.ts', 'fetch'), bundleStage(root, './handlers/job.ts', 'extract')]);
  return { fetch, extract };
}

function edit(file: File, from: string, to: string): Record<string, string> {
  expect(FILES[file]).toContain(from);
  return { ...FILES, [file]: FILES[file].replace(from, to) };
}

describe('the hash of a stage', () => {
  test.each<[string, File, string, string, { fetch: boolean; extract: boolean }]>([
    ['a comment', 'handlers/job.ts', '// comment', '// another\n // one', { fetch: false, extract: false }],
    ['a doc comment', 'handlers/job.ts', '/** What an item is. */', '', { fetch: false, extract: false }],
    ['whitespace', 'handlers/job.ts', 'const LIMIT = 5;', 'const   LIMIT\n   =   5', { fetch: false, extract: false }],
    ['a type', 'handlers/job.ts', 'only(html: string): string', 'only(html: `${string}`): `${string}`', { fetch: false, extract: false }],
    ['the name of a local', 'handlers/job.ts', 'const text = clean(prev.fetch.html); // comment\n    return { n: (PROMPT + text)', 'const words = clean(prev.fetch.html);\n    return { n: (PROMPT + words)', { fetch: false, extract: false }],
    ['an unrelated function', 'handlers/clean.ts', "'never'", "'ever'", { fetch: false, extract: false }],
    ['an unrelated function of a namespace', 'handlers/dates.ts', '3600000', '3600001', { fetch: false, extract: false }],
    ['an unrelated type and import', 'handlers/trim.ts', 'export const', "import type { X } from './x.ts';\nexport type Y = X;\nexport const", { fetch: false, extract: false }],
    ['validate', 'handlers/job.ts', "'no fetch'", "'nothing'", { fetch: false, extract: false }],
    ['the order of the stages', 'handlers/job.ts', '{ fetch, extract }', '{ extract, fetch, }', { fetch: false, extract: false }],
    ['a prompt', 'handlers/extract.md', 'facts', 'numbers', { fetch: false, extract: true }],
    ['a helper', 'handlers/clean.ts', 'toLowerCase', 'toUpperCase', { fetch: false, extract: true }],
    ['a helper of a helper', 'handlers/trim.ts', 'text.trim()', 'text.trimEnd()', { fetch: false, extract: true }],
    ['a helper in a namespace', 'handlers/dates.ts', 'toISOString', 'toJSON', { fetch: false, extract: true }],
    ['a constant', 'handlers/job.ts', 'LIMIT = 5', 'LIMIT = 6', { fetch: true, extract: false }],
    ['the code of an upstream', 'handlers/job.ts', 'only(await', 'only("" + await', { fetch: true, extract: false }],
    ['the schema of an output', 'handlers/job.ts', 'n: z.number()', 'n: z.int()', { fetch: false, extract: true }],
    ['the schema of the item', 'handlers/job.ts', 'url: z.string()', 'url: z.url()', { fetch: true, extract: true }],
    ['VERSION_DEPS', 'handlers/job.ts', 'extract: [PROMPT]', 'extract: [PROMPT, "gpt"]', { fetch: false, extract: true }],
  ])('after a change of %s', async (_what, file, from, to, changed) => {
    const [before, after] = await Promise.all([hashes(), hashes(edit(file, from, to))]);
    expect({ fetch: before.fetch.hash !== after.fetch.hash, extract: before.extract.hash !== after.extract.hash }).toEqual(changed);
  });

  test('does not depend on the folder', async () => {
    const [here, there] = await Promise.all([hashes(), hashes()]);
    expect(here.extract.hash).toBe(there.extract.hash);
    expect(here.extract.code).not.toContain('/handlers');
    expect(here.extract.code).not.toContain('extract.md');
  });
});

test.each([
  ['consts in an object', 'stages: { fetch, extract }', (text: string) => text],
  ['a const that holds the object', 'stages,', (text: string) => text.replace('export default', 'const stages = { fetch, extract };\nexport default').replace('stages: { fetch, extract }', 'stages')],
  ['a const that is exported', 'as default', (text: string) => `${text.replace('export default handler', 'const job = handler')}\nexport { job as default };`],
  ['a plain object', 'satisfies', (text: string) => text.replace('export default handler({', 'export default ({').replace(/\}\);\n$/, '} satisfies object);\n')],
  ['stages in place', 'extract: stage', (text: string) => text.replace('const extract = stage({', 'const extracting = ({').replace('{ fetch, extract }', '{ fetch, "extract": stage(extracting) }')],
])('stages are cut apart when they are written as %s', async (_what, _how, written) => {
  const one = { ...FILES, 'handlers/job.ts': written(FILES['handlers/job.ts']) };
  const two = { ...one, 'handlers/trim.ts': 'export const trim = (text: string) => text.trimStart();\n' };
  const [before, after] = await Promise.all([hashes(one), hashes(two)]);
  expect([before.fetch.whole, before.extract.whole]).toEqual([false, false]);
  expect(before.fetch.hash).toBe(after.fetch.hash);
  expect(before.extract.hash).not.toBe(after.extract.hash);
});

test('stages of other modules count only where they are used', async () => {
  const files = (limit: number) => ({
    'handlers/fetch.ts': `import { stage } from 'rivus'; export const fetch = stage({ run: () => ${limit} });`,
    'handlers/extract.ts': `import { stage } from 'rivus'; import { fetch } from './fetch.ts'; export const extract = stage({ needs: { fetch }, run: ({ prev }) => prev.fetch });`,
    'handlers/job.ts': `import { handler } from 'rivus'; import { fetch } from './fetch.ts'; import { extract } from './extract.ts'; export default handler({ stages: { fetch, extract } });`,
  });
  const [before, after] = await Promise.all([hashes(files(1)), hashes(files(2))]);
  expect(before.fetch.hash).not.toBe(after.fetch.hash);
  expect(before.extract.hash).toBe(after.extract.hash);
});

test('where the stages are no literal, the whole module counts, and that is said', async () => {
  const files = (n: number) => ({
    'handlers/job.ts': `import { handler, stage } from 'rivus'; const made = () => ({ fetch: stage({ run: () => ${n} }), extract: stage({ run: () => 0 }) }); export default handler({ stages: made() });`,
  });
  const [before, after] = await Promise.all([hashes(files(1)), hashes(files(2))]);
  expect([before.fetch.whole, before.extract.whole]).toEqual([true, true]);
  expect(before.extract.hash).not.toBe(after.extract.hash);
});

test('prompts are hashed for themselves: those of the stage, with or without an import attribute', async () => {
  const [plain, attributed, edited] = await Promise.all([
    hashes(edit('handlers/job.ts', " with { type: 'text' }", '')),
    hashes(),
    hashes(edit('handlers/extract.md', 'facts', 'numbers')),
  ]);
  expect(plain.extract.hash).toBe(attributed.extract.hash);
  expect(attributed.extract.prompts).toMatch(/^[0-9a-f]{64}$/);
  expect(attributed.extract.prompts).not.toBe(edited.extract.prompts);
  expect(attributed.fetch.prompts).toBe('');
});

test('the sources are all files of the operator that were read, for watching', async () => {
  const root = tempFolder(FILES);
  const { sources } = await bundleStage(root, 'handlers/job.ts', 'fetch');
  expect([...sources.keys()].map((file) => path.relative(root, file)).toSorted()).toEqual(Object.keys(FILES).toSorted());
});

test('packages are bundled, rivus and Node stay outside', async () => {
  const root = tempFolder({
    'handlers/job.ts': `import { handler, stage } from 'rivus'; import { gunzipSync } from 'node:zlib'; import leftPad from 'left'; export default handler({ stages: { work: stage({ run: () => [leftPad('a'), typeof gunzipSync] }) } });`,
    'node_modules/left/package.json': '{ "name": "left", "main": "index.js" }',
    'node_modules/left/index.js': 'module.exports = (text) => "left-" + text;',
  });
  const { code, sources } = await bundleStage(root, 'handlers/job.ts', 'work');
  expect(code).toContain('left-');
  expect([...code.matchAll(/from\s*["'`]([^"'`]+)["'`]/g)].map(([, from]) => from).toSorted()).toEqual(['node:zlib', 'rivus']);
  expect(sources.size).toBe(1);
});

describe('mistakes say where', () => {
  const job = (text: string) => ({ 'handlers/job.ts': text });
  const rest = 'export default handler({ stages: { work: stage({ run: () => 1 }) } });';
  test.each<[string, Record<string, string>, string | RegExp]>([
    ['a syntax error', job(`import { handler, stage } from 'rivus';\nconst a: = 1;\n${rest}`), 'handlers/job.ts:2:10 Unexpected token'],
    ['a syntax error in a helper', { ...job(`import './helper.ts'; ${rest}`), 'handlers/helper.ts': '\n\nexport function (' }, /^handlers\/helper\.ts:3:\d+ /],
    ['a file that is missing', job(`import { a } from './nowhere.ts'; a();\n${rest}`), "handlers/job.ts:1:19 Could not resolve './nowhere.ts'"],
    ['a package that is missing', job(`import a from 'nowhere'; a();\n${rest}`), "handlers/job.ts:1:15 Could not resolve 'nowhere'"],
    ['a prompt that is missing', job(`import a from './a.md'; a();\n${rest}`), "handlers/job.ts:1:15 Could not resolve './a.md'"],
    ['an export that is missing', { ...job(`import { a } from './b.ts'; a();\n${rest}`), 'handlers/b.ts': 'export const b = 1;' }, /^handlers\/job\.ts:1:10 "a" is not exported by "handlers\/b.ts"/],
    ['a stage that is missing', job("import { handler, stage } from 'rivus'; export default handler({ stages: { wrok: stage({ run: () => 1 }) } });"), 'handlers/job.ts has no stage "work", did you mean "wrok"?'],
    ['a handler that is missing', {}, /^there is no handler "handlers\/job\.ts" in /],
    ['an add-on', { ...job(`import a from './a.node'; a();\n${rest}`), 'handlers/a.node': '' }, /a\.node is a native add-on: handlers cannot use them/],
  ])('%s', async (_what, files, message) => {
    const root = tempFolder(files);
    const error = (await bundleStage(root, 'handlers/job.ts', 'work').catch((error: unknown) => error)) as BundleError;
    expect(error).toMatchObject({ name: 'BundleError', message: typeof message === 'string' ? message : expect.stringMatching(message) });
    // To be watched: the next edit may mend it.
    expect([...error.sources.keys()]).toContain(path.join(root, 'handlers/job.ts'));
  });

  test('a package with an add-on of its own', async () => {
    const root = tempFolder(job(`import Database from 'better-sqlite3'; ${rest.replace('() => 1', '() => new Database()')}\n${"import { handler, stage } from 'rivus';"}`));
    fs.symlinkSync(path.join(projectRoot, 'node_modules'), path.join(root, 'node_modules'));
    await expect(bundleStage(root, 'handlers/job.ts', 'work')).rejects.toThrow('the package better-sqlite3 has a native add-on: handlers cannot use it');
  });
});
