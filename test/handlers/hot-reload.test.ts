import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../runtime/clock.ts';
import { handlersIn } from '../support/handlers.ts';

const FILES = {
  'handlers/job.ts': `import { handler, stage } from 'rivus';
import { clean } from './lib/clean.ts';
import prompt from './prompt.md';
const fetch = stage({ run: () => ({ html: ' x ' }) });
const extract = stage({ needs: { fetch }, run: ({ prev }) => clean(prompt) });
export default handler({ stages: { fetch, extract } });`,
  'handlers/lib/clean.ts': `import { trim } from './trim.ts';\nexport const clean = (text) => trim(text);`,
  'handlers/lib/trim.ts': 'export const trim = (text) => text.trim();',
  'handlers/prompt.md': ' be brief ',
};

/** Loaded, and looked at again by each stage that is told of a change, as the pump does. */
async function watched() {
  const at = handlersIn(FILES, { fetch: [], extract: ['fetch'] }, { clock: realClock });
  onTestFinished(() => at.handlers.close());
  const looked = { fetch: Promise.withResolvers<void>(), extract: Promise.withResolvers<void>() };
  const heard: string[] = [];
  for (const stage of ['fetch', 'extract'] as const) {
    at.handlers.watch('watch', stage, () => {
      heard.push(stage);
      const loaded = () => (looked[stage].resolve(), (looked[stage] = Promise.withResolvers()));
      at.handlers.prepare('watch', stage).then(loaded, loaded);
    });
    await at.prepare(stage);
  }
  const output = async () => {
    const { outcome } = await at.run('extract');
    return outcome.kind === 'done' ? JSON.parse(outcome.output) : outcome;
  };
  return {
    ...at, heard, output,
    /** Does it, and waits until the stage has looked at its files. */
    async when(change: () => void, stage: keyof typeof looked = 'extract') {
      const { promise } = looked[stage];
      change();
      await promise;
    },
    replace(file: string, text: string) {
      const target = path.join(at.root, file);
      fs.writeFileSync(`${target}.new`, text);
      fs.renameSync(`${target}.new`, target);
    },
  };
}

describe('a saved file is used by what starts next', () => {
  test.each([
    ['the helper of a helper', 'handlers/lib/trim.ts', "export const trim = (text) => text.trim() + '!';", 'be brief!'],
    ['a prompt', 'handlers/prompt.md', 'be quick', 'be quick'],
    ['the module itself', 'handlers/job.ts', FILES['handlers/job.ts'].replace('clean(prompt)', '7'), 7],
  ])('%s', async (_what, file, text, output) => {
    const at = await watched();
    expect(await at.output()).toBe('be brief');
    await at.when(() => at.write(file, text));
    expect(await at.output()).toBe(output);
    expect(at.lines.map(({ message }) => message)).toEqual(['job "watch" stage "extract": its code has changed; what starts from now on runs the new one']);
  });

  test('also when the editor writes beside it and renames, again and again', async () => {
    const at = await watched();
    for (const n of [1, 2, 3]) {
      await at.when(() => at.replace('handlers/lib/trim.ts', `export const trim = () => ${n};`));
      expect(await at.output()).toBe(n);
    }
  });

  test('a stage whose code it does not change keeps its version', async () => {
    const at = await watched();
    const before = at.handlers.version('watch', 'fetch');
    await Promise.all([at.when(() => {}, 'fetch'), at.when(() => at.write('handlers/prompt.md', 'x'))]);
    expect(at.heard.toSorted()).toEqual(['extract', 'fetch']);
    expect(at.handlers.version('watch', 'fetch')).toBe(before);
    expect(at.lines).toHaveLength(1);
  });
});

describe('a mistake', () => {
  test('keeps the old code, and mends itself', async () => {
    const at = await watched();
    await at.when(() => at.write('handlers/lib/trim.ts', 'export const trim = (text) => {'));
    expect(at.handlers.isReady('watch', 'extract')).toBe(true);
    expect(await at.output()).toBe('be brief');
    await at.when(() => at.write('handlers/lib/trim.ts', 'export const trim = () => 2;'));
    expect(await at.output()).toBe(2);
  });

  test('is mended by a file that was missing', async () => {
    const at = await watched();
    await at.when(() => at.write('handlers/lib/clean.ts', `import { trim } from './trim2.ts';\nexport const clean = trim;`));
    expect(await at.output()).toBe('be brief');
    await at.when(() => at.write('handlers/lib/trim2.ts', 'export const trim = () => 3;'));
    expect(await at.output()).toBe(3);
  });

  test('with no code of before leaves none', async () => {
    const at = handlersIn({ ...FILES, 'handlers/lib/trim.ts': '}' }, { fetch: [], extract: ['fetch'] });
    await expect(at.prepare('extract')).rejects.toThrow('handlers/lib/trim.ts:1:1');
    expect(at.handlers.isReady('watch', 'extract')).toBe(false);
  });

  test('in another module than the one that is loaded leaves none either: jobs.yaml asks for another', async () => {
    const at = handlersIn(FILES, { fetch: [], extract: ['fetch'] });
    await at.prepare('extract');
    at.specs[0]!.handler = './handlers/other.ts';
    await expect(at.prepare('extract')).rejects.toThrow('there is no handler "./handlers/other.ts"');
    expect(at.handlers.isReady('watch', 'extract')).toBe(false);
  });
});

test('a file that changes between being read and being watched is looked at once more', async () => {
  const at = await watched();
  const meet = globalThis as { rivusTestLoading?: () => void };
  meet.rivusTestLoading = () => {
    delete meet.rivusTestLoading;
    at.write('handlers/lib/trim.ts', 'export const trim = () => 5;');
  };
  await at.when(() => at.write('handlers/lib/trim.ts', 'globalThis.rivusTestLoading?.();\nexport const trim = () => 4;'));
  await at.when(() => {});
  expect(await at.output()).toBe(5);
});

test('nobody watches a stage that has stopped', async () => {
  const at = await watched();
  const stop = at.handlers.watch('watch', 'extract', () => at.heard.push('too late'));
  await at.prepare('extract');
  stop();
  await at.when(() => at.write('handlers/job.ts', FILES['handlers/job.ts'].replace("' x '", "'y'").replace('clean(prompt)', '8')), 'fetch');
  expect(at.heard).toEqual(['fetch']);
});
