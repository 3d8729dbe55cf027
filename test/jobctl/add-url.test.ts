import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../runtime/store/open.ts';
import { jobctl, jobctlEach, running, storedJobs } from '../support/jobctl.ts';

const PAGE = 'https://www.a16z.example/talks/7?utm_source=mail';
const KEY = 'https://a16z.example/talks/7';

/** Stored jobs, with a jobs.yaml beside them in which `a16z` accepts addresses. */
function stopped(accepts = '[a16z.example/**]'): string {
  const data = storedJobs();
  const folder = path.dirname(data);
  writeFileSync(path.join(folder, 'job.ts'), 'export default {};');
  writeFileSync(path.join(folder, 'jobs.yaml'), `jobs:\n  a16z: { handler: ./job.ts, discovery: { strategy: manual }, stages: [{ name: fetch }], accepts: ${accepts} }\n`);
  return data;
}

function pending(data: string): unknown[] {
  const db = openStore(data, { readonly: true });
  const rows = db.prepare<[], { command: string }>(`SELECT command FROM command WHERE state = 'pending' ORDER BY at`).all();
  db.close();
  return rows.map(({ command }) => JSON.parse(command));
}

test('says where each address went and why', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const run = await jobctl(data, ['add-url', PAGE, 'a16z.example/talks/8', '--title', 'A talk']);
  expect(run).toMatchObject({ code: 0, stdout: `a16z  new: ${KEY}  accepts a16z.example/**\na16z  new: https://a16z.example/talks/8  accepts a16z.example/**\n`, stderr: '' });
  expect(runtime.executed.map(({ command }) => command)).toMatchObject([{ type: 'ADD', items: [{ key: KEY, title: 'A talk' }] }, { type: 'ADD' }]);
  const [again, machine] = await jobctlEach(data, [['add-url', KEY], ['add-url', KEY, '--json']]);
  expect(again!.stdout).toBe(`a16z  known already: ${KEY}  accepts a16z.example/**\n`);
  expect(machine!.json()).toEqual({ ok: true, pending: false, items: [{ job: 'a16z', key: KEY, url: KEY, pattern: 'a16z.example/**', known: true }] });
});

test('--dry-run only says it, --job overrides what is accepted', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const [dry, named] = await jobctlEach(data, [['add-url', PAGE, '--dry-run'], ['add-url', 'https://example.com/a', '--job', 'a16z']]);
  expect(dry!.stdout).toBe(`a16z  would go here: ${KEY}  accepts a16z.example/**\n`);
  expect(named!.stdout).toBe('a16z  new: https://example.com/a\n');
  expect(runtime.executed).toHaveLength(1);
});

test('with the runner stopped it goes by jobs.yaml, and is kept for the next start', async () => {
  const data = stopped();
  const [dry, run, machine] = await jobctlEach(data, [['add-url', PAGE, '--dry-run'], ['add-url', PAGE], ['add-url', 'a16z.example/talks/8', '--json']]);
  expect(dry).toMatchObject({ code: 0, stdout: `a16z  would go here: ${KEY}  accepts a16z.example/**\n` });
  expect(run).toMatchObject({ code: 0, stdout: `a16z  applied at the next start: ${KEY}  accepts a16z.example/**\n`, stderr: 'runner stopped; stored\n' });
  expect(machine!.json()).toMatchObject({ ok: true, pending: true, items: [{ job: 'a16z' }] });
  expect(pending(data)).toMatchObject([{ type: 'ADD', job: 'a16z', items: [{ key: KEY, data: { url: PAGE } }] }, { items: [{ key: 'https://a16z.example/talks/8' }] }]);
});

test.each<[string, string[], number, string]>([
  ['no address', ['talk'], 2, 'bad_url'],
  ['an address that no job accepts', ['https://example.com/a'], 4, 'no_route'],
  ['a job that there is not', [PAGE, '--job', 'a61z'], 4, 'unknown_job'],
])('%s is refused in the same words by the runner and without it, and nothing of the call is done', async (_, args, exit, code) => {
  const data = stopped();
  const line = ['add-url', KEY, ...args];
  const [offline] = await jobctlEach(data, [line]);
  const { runtime } = await running(data);
  const [online, machine] = await jobctlEach(data, [line, [...line, '--json']]);
  expect([offline!.code, online!.code]).toEqual([exit, exit]);
  expect(offline!.stderr).toBe(online!.stderr);
  expect(machine!.json()).toMatchObject({ ok: false, error: { code, message: expect.any(String), problems: expect.any(Array) } });
  expect([runtime.executed, pending(data)]).toEqual([[], []]);
});

test('a refusal lists the patterns and the way out', async () => {
  const [run] = await jobctlEach(stopped("[a16z.example/**, '*.talks.example']"), [['add-url', 'https://example.com/a']]);
  expect(run!.stderr).toBe(
    '✗ no job accepts https://example.com/a; these patterns are known:\na16z: a16z.example/**, *.talks.example\n  add a pattern to `accepts:` of a job in jobs.yaml, or name the job with --job\n',
  );
});

test('a jobs.yaml with mistakes has exit code 6', async () => {
  const [run] = await jobctlEach(stopped('[/talks]'), [['add-url', PAGE, '--json']]);
  expect(run).toMatchObject({ code: 6 });
});
