import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { projectRoot } from '../support/project-files.ts';
import { tempFolder } from '../support/temp.ts';

const COMPILED = pathToFileURL(path.join(projectRoot, 'runtime/compiled.ts')).href;

test('a thread uses what the process has compiled and adds its own; what it starts knows nothing of it', () => {
  const folder = tempFolder({
    'main.mjs': `import { enableCompileCache } from 'node:module';
import { Worker } from 'node:worker_threads';
enableCompileCache(new URL('./cache', import.meta.url).pathname);
const { compiledCode } = await import('${COMPILED}');
const thread = new Worker(new URL('./thread.ts', import.meta.url), { env: { ...process.env, ...compiledCode() } });
thread.on('message', (said) => { console.log(JSON.stringify(said)); void thread.terminate(); });`,
    'thread.ts': `import { parentPort } from 'node:worker_threads';
import { keepCompiledCode } from '${COMPILED}';
keepCompiledCode();
const loaded: string[] = (process as unknown as { moduleLoadList: string[] }).moduleLoadList;
parentPort!.postMessage({ strips: loaded.some((name) => name.includes('amaro')), tells: 'NODE_COMPILE_CACHE' in process.env });`,
  });
  const run = () => JSON.parse(execFileSync(process.execPath, [path.join(folder, 'main.mjs')], { encoding: 'utf8' })) as object;
  expect([run(), run()]).toEqual([{ strips: true, tells: false }, { strips: false, tells: false }]);
});
