import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { strategies } from '../../actors/strategies/index.ts';
import { formatProblems, loadConfig } from '../../runtime/config/index.ts';
import { newJob } from '../../runtime/scaffold/new-job.ts';
import { templates, type TemplateName } from '../../runtime/scaffold/templates.ts';
import { writeNewJob } from '../../runtime/scaffold/write.ts';
import { projectRoot, read } from '../support/project-files.ts';

const NAMES = Object.keys(templates) as TemplateName[];

/** A clone as a user has it, with every kind of new job and the code of the documents in it. What is not the user's leads to this project. */
let root: string;

beforeAll(() => {
  root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'rivus-clone-')));
  for (const folder of ['runtime', 'machines', 'actors', 'inspector', 'node_modules']) fs.symlinkSync(path.join(projectRoot, folder), path.join(root, folder));
  for (const file of ['package.json', 'vitest.config.ts']) write(file, read(file));
  // Of the operator's own folders only: the rest is checked where it is.
  write('tsconfig.json', read('tsconfig.json').replace(/"include": .*/, '"include": ["handlers", "strategies", "runtime/handlers/markdown.d.ts"],'));
  write('jobs.yaml', 'jobs:\n  first:\n    handler: ./handlers/new-manual.ts\n    discovery: { strategy: manual }\n    stages: [{ name: fetch }]\n');
  for (const name of NAMES) add(name);
  const [job = '', ...others] = blocksOf('docs/writing-a-job.md');
  write('handlers/papers.ts', job);
  write('handlers/papers.test.ts', others.find((code) => code.includes("from 'rivus/test'"))!);
  write('handlers/new-papers.ts', blocksOf('README.md')[0]!);
  write('strategies/folder.ts', blocksOf('docs/writing-a-strategy.md')[0]!);
});

afterAll(() => fs.rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  fs.writeFileSync(path.join(root, file), text);
}

function add(from: TemplateName): void {
  const config = path.join(root, 'jobs.yaml');
  writeNewJob(config, newJob(fs.readFileSync(config, 'utf8'), `new_${from}`, from, from === 'chain' ? 'new_manual' : undefined));
}

function run(program: string, args: string[]): Promise<{ code: number; output: string }> {
  const script = fs.realpathSync(path.join(projectRoot, 'node_modules', '.bin', program));
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { cwd: root, env: { ...process.env, NO_COLOR: '1' } }, (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }));
  });
}

/** Every piece of TypeScript in a document. */
function blocksOf(file: string): string[] {
  return [...read(file).matchAll(/^( *)```ts\n([\s\S]*?)^ *```/gm)].map(([, indent = '', code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

test('the tests of every new job, and those in the documents, pass at once in a fresh clone', async () => {
  const { code, output } = await run('vitest', ['run']);
  expect(code, output).toBe(0);
  for (const name of [...NAMES.map((one) => `new-${one.replaceAll('_', '-')}`), 'papers']) expect(output).toContain(`handlers/${name}.test.ts`);
}, 60_000);

test('the types of every new job, and of the code in the documents, are right', async () => {
  expect(await run('tsc', ['--noEmit'])).toEqual({ code: 0, output: '' });
}, 60_000);

test('the entries of new jobs have no mistakes', () => {
  const checked = loadConfig(path.join(root, 'jobs.yaml'), { strategies });
  expect(checked.ok ? '' : formatProblems(checked.problems)).toBe('');
});

test('an address is written as it was given, whatever is in it', () => {
  for (const url of ['https://example.com/?a=$&b=$$&c=FILE#NAME: x', '${FEED}', '*.md', 'a: b', '{x}', "it's", '#', 'yes']) {
    expect(parse(newJob('jobs: {}', 'my_job', 'feed', url).jobsYaml).jobs.my_job.discovery.url).toBe(url);
  }
});

test('a source on this machine may be asked, and what it leads to; one of the internet needs no leave', () => {
  const httpOf = (url: string) => parse(newJob('jobs: {}', 'my_job', 'feed', url).jobsYaml).jobs.my_job.http;
  expect(httpOf('http://127.0.0.1:8080/feed.xml')).toEqual({ allow_hosts: ['127.0.0.1:8080'] });
  expect(httpOf('http://localhost/feed.xml')).toEqual({ allow_hosts: ['localhost'] });
  expect(httpOf('http://[::1]:80/feed.xml')).toEqual({ allow_hosts: ['[::1]'] });
  expect([httpOf('https://example.com/feed.xml'), httpOf('${FEED}'), httpOf('feeds/a.xml')]).toEqual([undefined, undefined, undefined]);
});

test('no word of the template is left in what is written', () => {
  for (const name of NAMES) {
    const { files, block } = newJob('jobs: {}', 'my_job', name, 'somewhere');
    for (const text of [block, ...files.map((file) => file.text)]) expect(text).not.toMatch(/NAME|FILE|SOURCE|'\.\/handler\.ts'|'\.\/prompt\.md'/);
    expect(files.map((file) => file.path)).toEqual(['handlers/my-job.ts', ...(name === 'chain' ? [] : ['handlers/my-job/prompt.md']), 'handlers/my-job.test.ts']);
  }
});
