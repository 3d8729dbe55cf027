import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { doctorIn } from '../../runtime/store/doctor.ts';
import { openStore } from '../../runtime/store/open.ts';
import { HOSTILE, jobctlEach, storedJobs } from '../support/jobctl.ts';

const JOBS = `jobs:
  a16z:
    handler: ./handlers/a16z.ts
    discovery: { strategy: manual }
    stages: [{ name: fetch }, { name: extract }]
  edgar: { handler: ./handlers/edgar.ts, discovery: { strategy: feed }, stages: [{ name: list }] }
`;

/** The data folder of a project with two jobs; its items are those of `storedJobs`. */
function project(): string {
  const data = storedJobs();
  fs.writeFileSync(path.join(path.dirname(data), 'jobs.yaml'), JOBS);
  return data;
}

async function offered(data: string, ...lines: string[][]): Promise<string[][]> {
  const runs = await jobctlEach(data, lines.map((line) => ['complete', '--', ...line]));
  for (const run of runs) expect(run).toMatchObject({ code: 0, stderr: '' });
  return runs.map(({ stdout }) => stdout.split('\n').filter(Boolean).map((line) => line.split('\t')[0]!));
}

test('commands, jobs, stages, items, actors and choices are offered where they may stand', async () => {
  const found = await offered(
    project(),
    ['st'], ['pause', ''], ['pause', 'e'], ['try', 'a16z', ''], ['try', 'edgar', ''], ['retry', 'a16z', 'fetch', '--item', ''], ['item', ''],
    ['actor', 'job/a16z/l'], ['items', 'a16z', '--state', 'd'], ['items', '--state', 'done', 'a'], ['new', 'job', 'x', '--from', 'f'], ['--json', 'pause', 'e'], ['completion', ''], ['resume', 'e'],
  );
  expect(found).toEqual([
    ['status', 'stop'], ['a16z', 'edgar'], ['edgar'], ['fetch', 'extract'], ['list'], ['4', '3', '2', '1'], ['4', '3', '2', '1', '5'],
    ['job/a16z/lifecycle'], ['done', 'dead'], ['a16z'], ['feed', 'files'], ['edgar'], ['bash', 'zsh', 'fish'], ['edgar'],
  ]);
});

test('kinds of errors are offered where one is meant', async () => {
  const data = project();
  const db = openStore(data);
  doctorIn(db).meet({ judgement: { fingerprint: 'd69d5013c2f7', class: 'transient' }, error: { name: 'Error', message: 'answered 503' }, at: 0, n: 1 });
  db.close();
  expect(await offered(data, ['retry', 'a16z', '--fingerprint', ''], ['doctor', 'show', 'd6'], ['doctor', 'reclassify', ''])).toEqual([['d69d5013c2f7'], ['d69d5013c2f7'], ['d69d5013c2f7']]);
});

test('options of the command and of all commands are offered after a dash', async () => {
  const [own, all] = await offered(project(), ['wake', '--a'], ['wake', '--']);
  expect(own).toEqual(['--all']);
  expect(all).toEqual(expect.arrayContaining(['--all', '--json', '--data']));
});

test('nothing is offered where nothing may stand, or nothing is known', async () => {
  const data = project();
  expect(await offered(data, ['pause', 'nosuch'], ['nosuch', ''], ['pause', 'a16z', 'because', ''], ['check', ''], ['--config', ''])).toEqual([[], [], [], [], []]);
  fs.writeFileSync(path.join(path.dirname(data), 'jobs.yaml'), 'jobs: [\n');
  fs.writeFileSync(path.join(data, 'rivus.db'), 'no database');
  expect(await offered(data, ['pause', ''], ['item', ''], ['actor', ''])).toEqual([[], [], []]);
});

test('what a page has put into a title cannot reach the terminal', async () => {
  const [run] = await jobctlEach(project(), [['complete', '--', 'item', '3']]);
  expect(run!.stdout).toMatch(/^3\t/);
  expect(run!.stdout).not.toContain('\u001b');
  expect(HOSTILE).toContain('\u001b');
});

/** Runs `code` in the shell, with the script of `jobctl completion` before it, as its start-up file would have it. */
function inShell(shell: string, data: string, script: string, code: string): string {
  const flags = shell === 'bash' ? ['--norc', '-c'] : shell === 'zsh' ? ['-f', '-c'] : ['--no-config', '-c'];
  return execFileSync(shell, [...flags, `${script}\n${code}`], { cwd: path.dirname(data), encoding: 'utf8' }).trim();
}

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;
const ASKS = {
  bash: 'COMP_WORDS=(jobctl try a16z ""); COMP_CWORD=3; _jobctl; echo "${COMPREPLY[*]}"',
  zsh: 'words=(jobctl try a16z ""); CURRENT=4; _jobctl',
  fish: `complete -C 'jobctl try a16z '`,
};
const BEFORE = { bash: '', zsh: 'compdef() { }; _describe() { print -l ${(P)2} }\n', fish: '' };

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  const there = has(shell);
  if (!there) console.warn(`skipped: this machine has no ${shell} to complete in`);
  test.skipIf(!there)(`the script for ${shell} offers the stages of a job, and defines jobctl`, async () => {
    const data = project();
    const [run] = await jobctlEach(data, [['completion', shell]]);
    const offered = inShell(shell, data, BEFORE[shell] + run!.stdout, ASKS[shell]);
    expect(offered.split(/\s+/).map((word) => word.replace(/:$/, ''))).toEqual(shell === 'fish' ? ['extract', 'fetch'] : ['fetch', 'extract']);
    expect(inShell(shell, data, BEFORE[shell] + run!.stdout, 'jobctl completion fish --json')).toContain('"shell":"fish"');
  });
}

test('a shell that is not known is refused, with those that are', async () => {
  const [run] = await jobctlEach(project(), [['completion', 'tcsh']]);
  expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('Allowed choices are bash, zsh, fish') });
});
