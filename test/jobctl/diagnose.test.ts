import { once } from 'node:events';
import { appendFileSync, chmodSync, closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acquireLock } from '../../runtime/store/lock.ts';
import { openStore } from '../../runtime/store/open.ts';
import { jobctlHere, type Ran } from '../support/jobctl.ts';
import { operated } from '../support/operated.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { failed, jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';

type Findings = { ok: boolean; findings: { mark: string; check: string; says: string; todo?: string }[] };

/** A project that has run once, and ended well. */
async function project(more = ''): Promise<{ folder: string; data: string; diagnose(): Promise<Ran> }> {
  const folder = tempFolder({
    'jobs.yaml': `jobs:\n  work:\n    handler: ./handlers/work.ts\n    discovery: { strategy: manual }\n    stages: [{ name: only }]\n${more}`,
    'handlers/work.ts': `import { handler, stage } from 'rivus';\nconst only = stage({ run: () => 1 });\nexport default handler({ stages: { only } });\n`,
  });
  const runner = new RunnerProcess(folder);
  await runner.said(/Rivus runs/);
  expect(await runner.stop()).toBe(0);
  const diagnose = () => jobctlHere(runner.dataDir, ['--config', path.join(folder, 'jobs.yaml'), '--port', '0', 'diagnose', '--json']);
  return { folder, data: runner.dataDir, diagnose };
}

const not = (ran: Ran, mark = 'ok') => ran.json<Findings>().findings.filter((finding) => (mark === 'ok' ? finding.mark !== 'ok' : finding.mark === mark));

test('a sound project has no ✗, and says what it looked at', async () => {
  const { data, folder } = await project();
  const ran = await jobctlHere(data, ['--config', path.join(folder, 'jobs.yaml'), '--port', '0', 'diagnose']);
  expect(ran.code).toBe(0);
  const lines = ran.stdout.split('\n').filter((line) => /^\S/.test(line));
  const checks = ['✓ node', '✓ packages', '✓ configuration', '✓ data folder', '✓ disk', '! runner', '✓ database', '✓ schema', '✓ write-ahead log', '✓ journals', '✓ clock', '✓ jobs'];
  expect(lines.map((line) => line.slice(0, 18).trim())).toEqual(checks);
  expect(ran.stdout).toMatch(/! runner +Rivus is stopped\n +→ npx jobctl run\n/);
}, 20_000);

test('a mistake in jobs.yaml, an unset key and a missing program are named; keys never shown', async () => {
  const { folder, diagnose } = await project('    requires: { env: [RIVUS_TEST_KEY, RIVUS_TEST_SET], bin: [no-such-program-here] }\n');
  process.env['RIVUS_TEST_SET'] = 'a-secret-value';
  onTestFinished(() => void delete process.env['RIVUS_TEST_SET']);
  const ran = await diagnose();
  expect(ran.code).toBe(0);
  expect(ran.stdout).not.toContain('a-secret-value');
  expect(ran.json<Findings>().findings).toEqual(expect.arrayContaining([expect.objectContaining({ mark: 'ok', check: 'keys', says: 'set: RIVUS_TEST_SET' })]));
  expect(not(ran)).toEqual(expect.arrayContaining([expect.objectContaining({ mark: 'odd', check: 'keys', says: expect.stringContaining('RIVUS_TEST_KEY is not set') }), expect.objectContaining({ mark: 'odd', check: 'programs', says: expect.stringContaining('no-such-program-here') })]));
  appendFileSync(path.join(folder, 'jobs.yaml'), '    stagez: []\n');
  const broken = await diagnose();
  expect(broken.code).toBe(1);
  expect(not(broken, 'bad')).toMatchObject([{ check: 'configuration', says: expect.stringMatching(/^jobs\.yaml:\d+:\d+ .*did you mean "stages"/), todo: 'npx jobctl check' }]);
}, 20_000);

test('a token that others may read is a ✗ with the line that mends it', async () => {
  const { data, diagnose } = await project();
  const token = path.join(data, 'runner.token');
  writeFileSync(token, 'x', { mode: 0o600 });
  expect((await diagnose()).code).toBe(0);
  chmodSync(token, 0o644);
  const ran = await diagnose();
  expect(ran.code).toBe(1);
  expect(not(ran, 'bad')).toMatchObject([{ check: 'token', says: expect.stringContaining('mode 644'), todo: `chmod 600 ${token}` }]);
}, 20_000);

test('damage, a foreign file and a newer schema are a ✗', async () => {
  const { data, diagnose } = await project();
  const file = path.join(data, 'rivus.db');
  const db = openStore(data);
  db.pragma('user_version = 9999');
  db.close();
  expect(not(await diagnose(), 'bad')).toMatchObject([{ check: 'database', says: expect.stringContaining('has schema 9999') }]);
  const pages = statSync(file).size / 4096;
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.from([0, 0, 0, 9]), 0, 4, 60);
  for (let page = 2; page < pages; page += 2) writeSync(handle, Buffer.alloc(4000, 0xa5), 0, 4000, page * 4096);
  closeSync(handle);
  const damaged = await diagnose();
  expect(damaged.code).toBe(1);
  expect(not(damaged, 'bad').map(({ check }) => check)).toEqual(['database']);
  writeFileSync(file, 'something else entirely, long enough to look like a page'.repeat(100));
  expect(not(await diagnose(), 'bad')).toMatchObject([{ check: 'database', says: expect.stringContaining('no SQLite database') }]);
}, 20_000);

test('what a killed runner left, and a clock that is behind, are worth a look', async () => {
  const folder = tempFolder({ 'jobs.yaml': 'jobs: {}\n' });
  const runner = new RunnerProcess(folder);
  await runner.said(/data in/);
  runner.child.kill('SIGKILL');
  await runner.ended();
  const ask = () => jobctlHere(runner.dataDir, ['--config', path.join(folder, 'jobs.yaml'), '--port', '0', 'diagnose', '--json']);
  expect(not(await ask(), 'odd')).toEqual(expect.arrayContaining([expect.objectContaining({ check: 'write-ahead log', todo: 'npx jobctl run' })]));
  const db = openStore(runner.dataDir);
  db.prepare(`INSERT INTO journal (seq, at, path, type, event) VALUES (9999, ?, 'x', 'X', '{}')`).run(Date.now() + 3_600_000);
  db.close();
  expect(not(await ask(), 'odd')).toEqual(expect.arrayContaining([expect.objectContaining({ check: 'clock', says: expect.stringContaining('behind') })]));
}, 20_000);

test('a port that is taken is named before the start fails', async () => {
  const { folder, data } = await project();
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  const ran = await jobctlHere(data, ['--config', path.join(folder, 'jobs.yaml'), '--port', String(port), 'diagnose', '--json']);
  expect(not(ran, 'odd')).toEqual(expect.arrayContaining([expect.objectContaining({ check: 'port', says: `${port} is taken by another program` })]));
}, 20_000);

test('a runner that answers is a ✓, one that does not a ✗', async () => {
  const at = await operated({ jobs: [jobSpec('work', { fetch: [] })], handle: { fetch: () => failed('item_specific') } });
  await at.run.add('work', 'a');
  await at.jobctl('pause', 'work', 'lunch');
  const { findings } = (await at.jobctl('diagnose', '--json')).json<Findings>();
  expect(findings).toEqual(expect.arrayContaining([expect.objectContaining({ mark: 'ok', check: 'runner', says: expect.stringContaining(`pid ${process.pid} answers`) })]));
  expect(findings.filter(({ check }) => check === 'jobs')).toMatchObject([{ mark: 'odd', says: 'work is paused: lunch', todo: 'npx jobctl why work' }, { mark: 'odd', says: 'work fetch: 1 failed', todo: 'npx jobctl why work fetch' }]);
  expect(findings).toEqual(expect.arrayContaining([expect.objectContaining({ mark: 'ok', check: 'journals' })]));

  const { data, diagnose } = await project();
  const lock = acquireLock(data);
  onTestFinished(() => lock.release());
  writeFileSync(path.join(data, 'runner.token'), 'x'.repeat(43), { mode: 0o600 });
  lock.announce({ pid: 12345, startedAt: Date.now(), url: 'http://127.0.0.1:1', bootId: 'b' });
  expect(not(await diagnose(), 'bad')).toMatchObject([{ check: 'runner', says: expect.stringContaining('does not answer at http://127.0.0.1:1') }]);
}, 20_000);
