import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { strategies } from '../../actors/strategies/index.ts';
import { formatProblems, loadConfig } from '../../runtime/config/index.ts';
import { newJob } from '../../runtime/scaffold/new-job.ts';
import { templates, type TemplateName } from '../../runtime/scaffold/templates.ts';
import { writeNewJob } from '../../runtime/scaffold/write.ts';
import { projectRoot, read } from '../support/project-files.ts';
import { tempFolder } from '../support/temp.ts';

const NAMES = Object.keys(templates) as TemplateName[];

/** A clone as a user has it, with nothing of its own in handlers/. What is not the user's leads to this project. */
function clone(): string {
  const own = Object.fromEntries(['package.json', 'tsconfig.json', 'vitest.config.ts'].map((file) => [file, read(file)]));
  const root = tempFolder({ ...own, 'jobs.yaml': 'jobs:\n  first:\n    handler: ./handlers/new-manual.ts\n    discovery: { strategy: manual }\n    stages: [{ name: fetch }]\n' });
  for (const folder of ['runtime', 'machines', 'actors', 'inspector', 'node_modules']) fs.symlinkSync(path.join(projectRoot, folder), path.join(root, folder));
  return root;
}

function add(root: string, from: TemplateName): void {
  const config = path.join(root, 'jobs.yaml');
  writeNewJob(config, newJob(fs.readFileSync(config, 'utf8'), `new_${from}`, from, from === 'chain' ? 'new_manual' : undefined));
}

function run(root: string, program: string, args: string[]): Promise<{ code: number; output: string }> {
  const script = fs.realpathSync(path.join(projectRoot, 'node_modules', '.bin', program));
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { cwd: root, env: { ...process.env, NO_COLOR: '1' } }, (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }));
  });
}

/** Of the operator's own folders only: the rest is checked where it is. */
async function typeErrors(root: string): Promise<string> {
  fs.writeFileSync(path.join(root, 'tsconfig.json'), read('tsconfig.json').replace(/"include": .*/, '"include": ["handlers", "strategies", "runtime/handlers/markdown.d.ts"],'));
  return (await run(root, 'tsc', ['--noEmit'])).output;
}

/** Every piece of TypeScript in a document. */
function blocksOf(file: string): string[] {
  return [...read(file).matchAll(/^( *)```ts\n([\s\S]*?)^ *```/gm)].map(([, indent = '', code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

test('the tests of every new job pass at once, in a fresh clone', async () => {
  const root = clone();
  for (const name of NAMES) add(root, name);
  const { code, output } = await run(root, 'vitest', ['run']);
  expect(code, output).toBe(0);
  for (const name of NAMES) expect(output).toContain(`handlers/new-${name.replaceAll('_', '-')}.test.ts`);
}, 60_000);

test('the types of every new job are right, and jobs.yaml has no mistakes', async () => {
  const root = clone();
  for (const name of NAMES) add(root, name);
  expect(await typeErrors(root)).toBe('');

  // What is not there yet in this version is no mistake of the template.
  const missing = NAMES.filter((name) => !Object.hasOwn(strategies, templates[name].strategy)).map((name) => `unknown strategy "${templates[name].strategy}"`);
  const checked = loadConfig(path.join(root, 'jobs.yaml'), { strategies });
  const problems = checked.ok ? [] : checked.problems.filter(({ message }) => !missing.some((known) => message.includes(known)));
  expect(formatProblems(problems)).toBe('');
}, 60_000);

test('the code in the documents is right: types, and the tests in it', async () => {
  const root = clone();
  const [job = '', ...others] = blocksOf('docs/writing-a-job.md');
  const jobTest = others.find((code) => code.includes("from 'rivus/test'"))!;
  const code = { 'handlers/papers.ts': job, 'handlers/papers.test.ts': jobTest, 'handlers/new-papers.ts': blocksOf('README.md')[0]!, 'strategies/folder.ts': blocksOf('docs/writing-a-strategy.md')[0]! };
  for (const [file, text] of Object.entries(code)) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  }
  expect(await typeErrors(root)).toBe('');
  const { code: failed, output } = await run(root, 'vitest', ['run']);
  expect(failed, output).toBe(0);
}, 60_000);

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
