import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { jobctl, jobctlEach, running } from '../support/jobctl.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';

const JOBS = `# mine
jobs:
  pages: # by hand
    handler: ./handlers/pages.ts
    discovery: { strategy: manual }
    stages: [{ name: fetch }]
`;

function project(jobs = JOBS): { root: string; data: string } {
  const root = tempFolder({ 'jobs.yaml': jobs, 'handlers/pages.ts': 'export default 1;' });
  return { root, data: path.join(root, 'data') };
}

/** Every file below a folder, with its text. */
function contents(root: string): Record<string, string> {
  const files = fs.readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map((entry) => path.join(entry.parentPath, entry.name)).toSorted().map((file) => [path.relative(root, file), fs.readFileSync(file, 'utf8')]));
}

test('a job is written with handler, prompt and tests, and what to do next is said', async () => {
  const { root, data } = project();
  const run = await jobctl(data, ['new', 'job', 'new_papers', '--from', 'manual']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout).toBe(`✓ new_papers
  jobs.yaml:8                    what it watches, and its stages
  handlers/new-papers.ts         its stages
  handlers/new-papers/prompt.md  what deserves attention; \`score\` reads it
  handlers/new-papers.test.ts    npx vitest run handlers/new-papers.test.ts

next
  1. npx jobctl try new_papers fetch --with '{"url":"https://example.com"}'
  2. npm start
  3. npx jobctl add new_papers first '{"url":"https://example.com"}'
`);
  const files = contents(root);
  expect(Object.keys(files)).toEqual(['handlers/new-papers.test.ts', 'handlers/new-papers.ts', 'handlers/new-papers/prompt.md', 'handlers/pages.ts', 'jobs.yaml']);
  expect(files['jobs.yaml']).toMatch(/^# mine\njobs:\n {2}pages: # by hand\n[^]*\n\n {2}new_papers:/);
  expect(await jobctl(data, ['check', '--json']).then((checked) => checked.json())).toMatchObject({ ok: true, jobs: ['pages', 'new_papers'] });
});

test('its stages run at once', async () => {
  const { data } = project();
  await jobctl(data, ['new', 'job', 'list', '--from', 'chain']);
  const run = await jobctl(data, ['try', 'list', 'pick', '--with', '{"upstream":{"job":"pages","key":"a"},"output":{"title":"One"}}', '--json']);
  expect(run.json()).toMatchObject({ ok: true, output: { key: 'a', title: 'One', score: 0 } });
});

test('a chain reads from the last job, or from the one that is named', async () => {
  const { root, data } = project();
  await jobctl(data, ['new', 'job', 'list', '--from', 'chain']);
  await jobctl(data, ['new', 'job', 'other', 'pages', '--from', 'chain']);
  await jobctl(data, ['new', 'job', 'third', '--from', 'chain']);
  expect([...fs.readFileSync(path.join(root, 'jobs.yaml'), 'utf8').matchAll(/ {6}job: (\w+)/g)].map(([, job]) => job)).toEqual(['pages', 'pages', 'other']);
});

test('a dry run shows everything and writes nothing', async () => {
  const { root, data } = project();
  const before = contents(root);
  const [human, machine] = [await jobctl(data, ['new', 'job', 'list', '--from', 'chain', '--dry-run']), await jobctl(data, ['new', 'job', 'list', '--from', 'chain', '--dry-run', '--json'])];
  expect(human.stdout).toMatch(/^── jobs\.yaml:8\nlist:\n {2}handler: \.\/handlers\/list\.ts\n[^]*── handlers\/list\.ts\n[^]*── handlers\/list\.test\.ts\n/);
  expect(human.stderr).toBe('a dry run: nothing was written\n');
  expect(machine.json()).toMatchObject({ ok: true, job: 'list', from: 'chain', dryRun: true, line: 8, files: [{ path: 'handlers/list.ts', text: expect.stringContaining('export default handler') }, { path: 'handlers/list.test.ts' }] });
  expect(contents(root)).toEqual(before);
});

test.each<[string[], number, string]>([
  [['pages', '--from', 'manual'], 5, 'jobs.yaml has a job "pages" already\n  take another name'],
  [['My Papers!', '--from', 'manual'], 2, '"My Papers!" is no name for a job: it must be made of a-z, 0-9, "_" and "-" only (at most 64)\n  for example: npx jobctl new job my_papers'],
  [['constructor', '--from', 'manual'], 2, 'it must be another word'],
  [['taken', '--from', 'manual'], 5, 'handlers/taken.ts exists already\n  take another name, or move the file away'],
  [['list', 'pagse', '--from', 'chain'], 6, 'there is no job "pagse" to read from, did you mean "pages"?'],
  [['list', 'pages', '--from', 'manual'], 2, 'a job of the kind manual reads from nowhere, so "pages" means nothing'],
  [['list', '--from', 'fed'], 2, 'Allowed choices are feed, files, json_api, chain, manual.'],
  [['list'], 2, "required option '--from <kind>' not specified"],
])('new job %j is refused, and nothing is written', async (args, code, message) => {
  const { root, data } = project();
  fs.writeFileSync(path.join(root, 'handlers/taken.ts'), '');
  const before = contents(root);
  const run = await jobctl(data, ['new', 'job', ...args]);
  expect(run.stderr).toContain(message);
  expect(run.code).toBe(code);
  expect(contents(root)).toEqual(before);
});

test('nothing is added to a file with mistakes', async () => {
  const { root, data } = project(JOBS.replace('strategy: manual', 'strategy: manul'));
  const run = await jobctl(data, ['new', 'job', 'list', '--from', 'chain']);
  expect(run).toMatchObject({ code: 6, stderr: expect.stringContaining('did you mean "manual"?') });
  expect(Object.keys(contents(root))).toEqual(['handlers/pages.ts', 'jobs.yaml']);
});

test('what was written before a failure is taken away again', async () => {
  const { root, data } = project();
  fs.writeFileSync(path.join(root, 'handlers/list'), 'a file where the folder of the prompt should be');
  const before = contents(root);
  const run = await jobctl(data, ['new', 'job', 'list', '--from', 'manual']);
  expect(run.code).toBe(1);
  expect(contents(root)).toEqual(before);
});

test('a runner that lives is told by reload', async () => {
  const { data } = project();
  fs.mkdirSync(data);
  await running(data);
  const run = await jobctl(data, ['new', 'job', 'list', '--from', 'chain', '--json']);
  expect(run.json().next).toContain('npx jobctl reload');
});

test('a running Rivus takes a new job up, and its first item runs through', async () => {
  const { root, data } = project();
  fs.writeFileSync(path.join(root, 'handlers/pages.ts'), "import { handler, stage } from 'rivus';\nexport default handler({ stages: { fetch: stage({ run: () => ({ title: 'One page', score: 40 }) }) } });\n");
  const runner = new RunnerProcess(root);
  await runner.said(/Rivus runs/);
  expect(await jobctl(data, ['new', 'job', 'list', '--from', 'chain'])).toMatchObject({ code: 0 });
  expect(await jobctl(data, ['reload'])).toMatchObject({ code: 0 });
  expect(await jobctl(data, ['add', 'pages', 'a'])).toMatchObject({ code: 0 });
  await runner.said(/list {2}pick 1\/1 · publish 1\/1/);
  expect(fs.readFileSync(path.join(data, 'published/list/list.md'), 'utf8')).toBe('- One page (40)\n');
  expect(await runner.stop()).toBe(0);
});

test('what is missing on the line leads to the help of that command', async () => {
  const { data } = project();
  const [job, pause] = await jobctlEach(data, [['new', 'job', 'list'], ['pause']]);
  expect([job!.stderr, pause!.stderr]).toEqual([expect.stringContaining('npx jobctl new job --help'), expect.stringContaining('npx jobctl pause --help')]);
});
