import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { handlerOf, handlersIn } from '../support/handlers.ts';

const PIPELINE = {
  'handlers/job.ts': `import { handler, stage, z } from 'rivus';
import { clean } from './clean.ts';
const fetch = stage({ run: () => ({ html: ' x ' }) });
const extract = stage({ needs: { fetch }, uses: ['gpt', { limit: 1 }], out: z.object({ text: z.string() }), run: ({ prev }) => ({ text: clean(prev.fetch.html) }) });
export default handler({ stages: { fetch, extract } });`,
  'handlers/clean.ts': `import { trim } from './trim.ts';\nexport const clean = (text) => trim(text);`,
  'handlers/trim.ts': 'export const trim = (text) => text.trim();',
};
const NEEDS = { fetch: [], extract: ['fetch'] };

describe('versions', () => {
  test('an edit of a helper of a helper is a new version of just the stages that use it, and runs after the next prepare', async () => {
    const at = handlersIn(PIPELINE, NEEDS);
    at.store.bodies.set('1/fetch', '{"html":" x "}');
    await at.prepare('fetch', 'extract');
    const before = [at.handlers.version('watch', 'fetch'), at.handlers.version('watch', 'extract')];
    expect((await at.run('extract')).outcome).toEqual({ kind: 'done', output: '{"text":"x"}' });

    at.write('handlers/trim.ts', 'export const trim = (text) => text.trimStart();');
    expect((await at.run('extract')).outcome).toEqual({ kind: 'done', output: '{"text":"x"}' });
    await at.prepare('fetch', 'extract');
    expect(at.handlers.version('watch', 'fetch')).toBe(before[0]);
    expect(at.handlers.version('watch', 'extract')).not.toBe(before[1]);
    expect((await at.run('extract')).outcome).toEqual({ kind: 'done', output: '{"text":"x "}' });
  });

  test('going back to the old text is the old version', async () => {
    const at = handlersIn(PIPELINE, NEEDS);
    await at.prepare('extract');
    const before = at.handlers.version('watch', 'extract');
    at.write('handlers/trim.ts', 'export const trim = (text) => text;');
    await at.prepare('extract');
    at.write('handlers/trim.ts', `${PIPELINE['handlers/trim.ts']} // as it was`);
    await at.prepare('extract');
    expect(at.handlers.version('watch', 'extract')).toBe(before);
  });

  test.each<[string, string, string, string[]]>([
    ['code', 'clean(prev', 'clean("" + prev', ['bundle']],
    ['what it uses', "'gpt'", "'gpt-2'", ['bundle', 'model']],
    ['the schema of its output', 'text: z.string()', 'text: z.string().min(1)', ['bundle', 'schema']],
    ['what its needs are', 'needs: { fetch }, uses', 'uses', ['bundle']],
  ])('a change of %s shows in its own hash', async (_what, from, to, changed) => {
    const at = handlersIn(PIPELINE, NEEDS);
    await at.prepare('extract');
    const before = at.version('extract');
    at.write('handlers/job.ts', PIPELINE['handlers/job.ts'].replace(from, to));
    await at.prepare('extract');
    const after = at.version('extract');
    const facets = ['bundle', 'prompts', 'model', 'config', 'schema'] as const;
    expect(facets.filter((facet) => before[facet] !== after[facet])).toEqual(changed);
  });

  test('what a stage uses is hashed by its value, whatever the order of its keys', async () => {
    const uses = (text: string) => handlersIn({ 'handlers/job.ts': handlerOf('return 1;', { top: 'const M = JSON.parse(process.env.RIVUS_TEST_MODEL);', stage: 'uses: [M],' }) }, { work: [] }, { env: { text } });
    const versions = [];
    for (const model of ['{"a":1,"b":{"c":2,"d":[3]}}', '{"b":{"d":[3],"c":2},"a":1}', '{"a":1,"b":{"c":2,"d":[4]}}']) {
      process.env.RIVUS_TEST_MODEL = model;
      const at = uses(model);
      await at.prepare('work');
      versions.push(at.version('work'));
    }
    delete process.env.RIVUS_TEST_MODEL;
    expect(versions[0]!.bundle).toBe(versions[2]!.bundle);
    expect(versions[0]!.model).toBe(versions[1]!.model);
    expect(versions[0]!.model).not.toBe(versions[2]!.model);
  });

  test("the seed's VERSION_DEPS counts as what the stage uses", async () => {
    const module = (deps: string) => `${handlerOf('return 1;')}\nfunction parse(text) { return text.length + ${deps}; }\nexport const VERSION_DEPS = { work: [parse, 'prompt'], other: [Math.random()] };`;
    const at = handlersIn({ 'handlers/job.ts': module('1') }, { work: [] });
    await at.prepare('work');
    const before = at.version('work');
    await at.prepare('work');
    expect(at.version('work')).toEqual(before);
    at.write('handlers/job.ts', module('2'));
    await at.prepare('work');
    expect(at.version('work').model).not.toBe(before.model);
  });

  test('how often, how long and how many at once is no part of it; which stages it reads from is', async () => {
    const at = handlersIn(PIPELINE, NEEDS);
    await at.prepare('fetch');
    const before = at.version('fetch');
    Object.assign(at.specs[0]!.stages[0]!, { concurrency: 99, timeoutMs: 1, retry: { max: 9, baseMs: 1, capMs: 1 }, resources: ['net'], isolate: 'thread' });
    await at.prepare('fetch');
    expect(at.version('fetch')).toEqual(before);
    at.specs[0]!.stages[0]!.needs = ['extract'];
    await at.prepare('fetch');
    expect(at.version('fetch').config).not.toBe(before.config);
  });

  test('asking for one that was never prepared says so', async () => {
    const at = handlersIn(PIPELINE, NEEDS);
    expect(() => at.handlers.version('watch', 'fetch')).toThrow('the handler of job "watch" stage "fetch" is not prepared');
    expect((await at.run('fetch')).outcome).toMatchObject({ kind: 'failed', class: 'code_bug', error: { name: 'NotPrepared' } });
  });
});

describe('reloading', () => {
  test('an attempt in flight ends on the code that it began with', async () => {
    const at = handlersIn({ 'handlers/job.ts': handlerOf('await ctx.outputs("work"); await new Promise(setImmediate); return "old";') }, { work: [] });
    await at.prepare('work');
    const inFlight = at.run('work');
    at.write('handlers/job.ts', handlerOf('return "new";'));
    await at.prepare('work');
    expect((await at.run('work')).outcome).toEqual({ kind: 'done', output: '"new"' });
    expect((await inFlight).outcome).toEqual({ kind: 'done', output: '"old"' });
  });

  test('a mistake leaves the loaded version running, and its files watched', async () => {
    const at = handlersIn(PIPELINE, NEEDS);
    await at.prepare('fetch');
    at.write('handlers/job.ts', 'const a: = 1;');
    await expect(at.prepare('fetch')).rejects.toThrow('handlers/job.ts:1:10 Unexpected token');
    expect((await at.run('fetch')).outcome.kind).toBe('done');
    expect(at.handlers.sources('watch', 'fetch')).toEqual([path.join(at.root, 'handlers/job.ts')]);
    at.write('handlers/job.ts', PIPELINE['handlers/job.ts']);
    await at.prepare('fetch');
    expect(at.handlers.sources('watch', 'fetch')).toHaveLength(3);
  });

  test('of two prepares at once the later look counts', async () => {
    const at = handlersIn({ 'handlers/job.ts': handlerOf('return 1;') }, { work: [] });
    const first = at.prepare('work');
    at.write('handlers/job.ts', handlerOf('return 2;'));
    await Promise.all([first, at.prepare('work')]);
    expect((await at.run('work')).outcome).toEqual({ kind: 'done', output: '2' });
  });
});

test('all are prepared when the last one is, also one in vain', async () => {
  const at = handlersIn(PIPELINE, { ...NEEDS, missing: [] });
  const asked = ['fetch', 'extract', 'missing'].map((stage) => at.handlers.prepare('watch', stage));
  const prepared = at.handlers.prepared().then(() => at.handlers.isReady('watch', 'extract'));
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(await prepared).toBe(true);
});

describe('bundles on disk', () => {
  test('are named by their hash and stay callable', async () => {
    const at = handlersIn({ 'handlers/job.ts': handlerOf('return "first";') }, { work: [] });
    await at.prepare('work');
    const first = at.version('work').bundle;
    at.write('handlers/job.ts', handlerOf('return "second";'));
    await at.prepare('work');
    expect((await at.run('work')).outcome).toEqual({ kind: 'done', output: '"second"' });
    const folder = path.join(at.dataDir, 'bundles');
    expect(fs.readdirSync(folder).toSorted()).toEqual([first, at.version('work').bundle].flatMap((hash) => [`${hash}.mjs`, `${hash}.mjs.map`]).toSorted());
    const old = await import(pathToFileURL(path.join(folder, `${first}.mjs`)).href);
    expect(await old.definition.stages.work.run({ item: {}, prev: {} })).toBe('first');
  });

  test('a damaged one is written again', async () => {
    const at = handlersIn({ 'handlers/job.ts': handlerOf('return "whole";') }, { work: [] });
    await at.prepare('work');
    const file = path.join(at.dataDir, 'bundles', `${at.version('work').bundle}.mjs`);
    const code = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, code.slice(0, 20));
    await at.prepare('work');
    expect(fs.readFileSync(file, 'utf8')).toBe(code);
  });

  test('find rivus in a worker thread as well, after the same call', async () => {
    const at = handlersIn({ 'handlers/job.ts': handlerOf('throw new Fatal("from the thread");') }, { work: [] });
    await at.prepare('work');
    const folder = path.join(at.dataDir, 'bundles');
    const hook = new URL('../../runtime/handlers/resolve-rivus.ts', import.meta.url).href;
    const bundle = pathToFileURL(path.join(folder, `${at.version('work').bundle}.mjs`)).href;
    const code = `const { resolveRivusBelow } = await import(${JSON.stringify(hook)}); resolveRivusBelow(${JSON.stringify(folder)});
      const { definition } = await import(${JSON.stringify(bundle)}); const { parentPort } = await import('node:worker_threads');
      definition.stages.work.run({}).catch((error) => parentPort.postMessage(error.message));`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const message = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
    expect(message).toBe('from the thread');
  });
});

describe('a module that cannot be used', () => {
  test.each<[string, string, string]>([
    ['that throws', `${handlerOf('return 1;')}\nif (!process.env.RIVUS_TEST_MODEL) throw new RangeError('no model');`, './handlers/job.ts cannot be loaded, it threw RangeError: no model'],
    ['without a handler', "export const a = 1;", './handlers/job.ts must end with: export default handler({ stages: { … } })'],
    ['whose default is none', 'export default 5;', './handlers/job.ts must end with'],
    ['whose stage has no run', "import { handler } from 'rivus'; export default handler({ stages: { work: { needs: [] } } });", './handlers/job.ts: the stage "work" has no run()'],
    ['whose out is no schema', "import { handler } from 'rivus'; export default handler({ stages: { work: { out: { n: 1 }, run() {} } } });", './handlers/job.ts: `out` of "work" is no schema; write z.object({ … })'],
    ['whose stages are made, but not this one', "import { handler } from 'rivus'; const make = () => ({ wrok: { run() {} } }); export default handler({ stages: make() });", './handlers/job.ts has no stage "work", did you mean "wrok"?'],
  ])('%s', async (_what, module, message) => {
    const at = handlersIn({ 'handlers/job.ts': module }, { work: [] });
    await expect(at.prepare('work')).rejects.toMatchObject({ name: 'BundleError', message: expect.stringContaining(message) });
  });

  test('that threw is tried anew, though its text is the same', async () => {
    const at = handlersIn({ 'handlers/job.ts': `${handlerOf('return 1;')}\nif (!globalThis.rivusTestReady) throw new Error('not ready');` }, { work: [] });
    await expect(at.prepare('work')).rejects.toThrow('not ready');
    Object.assign(globalThis, { rivusTestReady: true });
    await at.prepare('work');
    delete (globalThis as { rivusTestReady?: boolean }).rivusTestReady;
    expect((await at.run('work')).outcome.kind).toBe('done');
  });

  test('that never gets to its end is given up after 10 s', async () => {
    const at = handlersIn({ 'handlers/job.ts': `${handlerOf('return 1;')}\nglobalThis.rivusTestStarted?.();\nawait new Promise(() => {});` }, { work: [] });
    const started = new Promise<void>((resolve) => Object.assign(globalThis, { rivusTestStarted: resolve }));
    const preparing = expect(at.prepare('work')).rejects.toThrow('./handlers/job.ts was not loaded within 10 s');
    await started;
    at.clock.advance(10_000);
    await preparing;
    delete (globalThis as { rivusTestStarted?: () => void }).rivusTestStarted;
    expect(at.clock.pending).toBe(0);
  });

  test.each<[string, Record<string, string[]>, string]>([
    ['that jobs.yaml does not have', { extract: [] }, './handlers/job.ts: the stage "extract" reads the output of "fetch", but jobs.yaml has no such stage'],
    ['that jobs.yaml runs beside it', { fetch: [], other: [], extract: ['other'] }, 'but jobs.yaml does not run it before; write stage_deps: { extract: [other, fetch] }'],
  ])('needs a stage %s', async (_what, stages, message) => {
    const at = handlersIn(PIPELINE, stages);
    await expect(at.prepare('extract')).rejects.toThrow(message);
  });

  test('needs may be met from afar', async () => {
    const at = handlersIn(PIPELINE, { fetch: [], between: ['fetch'], extract: ['between'] });
    await at.prepare('extract');
    expect(at.handlers.version('watch', 'extract')).toBe(1);
  });
});

test('what works otherwise than one may think is said once', async () => {
  const module = `import { handler, stage } from 'rivus'; const make = () => ({ work: stage({ run: () => 1 }) }); export default handler({ stages: make() });`;
  const at = handlersIn({ 'handlers/job.ts': module }, { work: [] });
  await at.prepare('work', 'work');
  expect(at.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([expect.stringMatching(/^warn \.\/handlers\/job\.ts: its stages are not written as a literal/)]);
});

test('a failure is shown where it is written, not where it was bundled', async () => {
  const text = handlerOf('\n  const title = "📞 é";\n  const page = { title };\n  return page.nothing.title;');
  const at = handlersIn({ 'handlers/job.ts': text }, { work: [] });
  await at.prepare('work');
  const line = text.split('\n').findIndex((line) => line.includes('page.nothing.title')) + 1;
  const stackOf = async () => ((await at.run('work')).outcome as { error: { stack: string } }).error.stack;
  expect(await stackOf()).toContain(`handlers/job.ts:${line}:23)`);

  at.write('handlers/job.ts', `// a line more\n${text}`);
  await at.prepare('work');
  // Whether lines have moved is not asked with each error of a burst.
  at.clock.advance(500);
  expect(await stackOf()).toContain(`handlers/job.ts:${line + 1}:23)`);
});
