/** A data folder with two jobs in it, and `jobctl` as a process of its own. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { acquireLock } from '../../runtime/store/lock.ts';
import { openStore, type Handle } from '../../runtime/store/open.ts';
import { daysIn } from '../../runtime/store/money/days.ts';
import { served, type Served } from './control.ts';
import { tempFolder } from './temp.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const stage = (name: string, needs: string[] = []) => ({ name, needs, concurrency: 4, resources: [], timeoutMs: 60_000, retry: { max: 3, baseMs: 1_000, capMs: 60_000 }, isolate: 'inline' });
const spec = (id: string, more: object = {}) =>
  JSON.stringify({
    id, handler: `./handlers/${id}.ts`, discovery: { strategy: 'manual', everyMs: 60_000, options: {} }, stages: [stage('fetch'), stage('extract', ['fetch'])], guards: { validate: true },
    requires: { env: [], bin: [] }, ...more,
  });

/** ANSI, a bell, a title change and a change of direction, as a hostile page might put them into its title. */
export const HOSTILE = '\u001b[31mred\u001b]0;owned\u0007\u202egnp.exe\u009b2J';

/**
 * `a16z` has four items (the third failed, the second waits) and is held until `T + 3 h`; `edgar` has one, whose key
 * `episode-1` it shares with the first of `a16z`.
 */
export function storedJobs(now: number = Date.now()): string {
  const data = path.join(tempFolder({ 'jobs.yaml': 'jobs: {}' }), 'data');
  const db = openStore(data);
  fill(db, now);
  db.close();
  return data;
}

function fill(db: Handle, now: number): void {
  const run = (sql: string, ...rows: unknown[][]) => rows.forEach((row) => db.prepare(sql).run(...row));
  run('INSERT INTO job (id, spec, claiming) VALUES (?, ?, ?)', ['a16z', spec('a16z', { emoji: '📞', pipeline: 'calls/1', guards: { dailyCostLimit: 1.5, validate: true } }), 0], ['edgar', spec('edgar'), 1]);
  run('INSERT INTO hold (job, cause, reason, since, until) VALUES (?, ?, ?, ?, ?)', ['a16z', 'operator', 'market closed', now - 60_000, now + 3 * 3_600_000]);
  run('INSERT INTO stage (id, job, name, position, active) VALUES (?, ?, ?, ?, ?)', [1, 'a16z', 'fetch', 0, 1], [2, 'a16z', 'extract', 1, 1], [3, 'edgar', 'fetch', 0, 1], [4, 'edgar', 'extract', 1, 1], [5, 'edgar', 'gone', 2, 0]);
  run(
    'INSERT INTO item (id, job, key, title, data, priority, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    [1, 'a16z', 'episode-1', 'The first', '{"url":"http://x/1"}', -5, now - 9_000], [2, 'a16z', 'episode-2', null, '{}', 0, now - 8_000], [3, 'a16z', 'episode-3', HOSTILE, '{}', 0, now - 7_000],
    [4, 'a16z', '1', '電話 📞 talk', '{}', 0, now - 6_000], [5, 'edgar', 'episode-1', null, '{}', 0, now - 5_000],
  );
  const task = 'INSERT INTO task (item_id, stage_id, state, priority, rank, due_at, attempt, lease, output_seq, reason) VALUES (?, ?, ?, 0, 0, ?, ?, ?, ?, ?)';
  run(
    task,
    [1, 1, 4, null, 2, 2, 2, null], [1, 2, 5, null, 1, 1, null, 'nothing said'], [2, 1, 2, now + 60_000, 1, 1, null, JSON.stringify({ name: 'HttpError', message: 'answered 503', stack: 'at x' })],
    [2, 2, 0, null, 0, 0, null, null], [3, 1, 7, null, 3, 3, null, JSON.stringify({ name: 'Error', message: `bad ${HOSTILE}`, code: 'E_BAD' })], [3, 2, 0, null, 0, 0, null, 'needs fetch'],
    [4, 1, 1, null, 0, 0, null, null], [4, 2, 0, null, 0, 0, null, null], [5, 3, 4, null, 1, 1, 3, null], [5, 4, 6, null, 1, 1, null, '{ not an error'],
  );
  run('INSERT INTO task_count (stage_id, state, n) SELECT stage_id, state, COUNT(*) FROM task GROUP BY stage_id, state', []);
  run('INSERT INTO version (id, stage_id, bundle, prompts, model, config, schema, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)', [1, 1, 'b1', '', '', '', '', now], [2, 1, 'b2', '', '', '', '', now]);
  const output = `INSERT INTO output (seq, item_id, stage_id, lease, attempt, started_at, finished_at, version_id, hash, body, previous) VALUES (?, ?, ?, ?, ?, ?, ?, ?, x'00', ?, ?)`;
  run(output, [1, 1, 1, 1, 1, now - 5_000, now - 4_000, 1, '{"text":"old"}', null], [2, 1, 1, 2, 2, now - 3_000, now - 2_500, 2, '{"text":"new"}', 1], [3, 5, 3, 1, 1, now - 3_000, now - 2_500, 1, '{}', null]);
  const attempt = 'INSERT INTO attempt (item_id, stage_id, lease, attempt, outcome, charged, started_at, finished_at, class, error, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
  run(attempt, [1, 2, 1, 1, 'skipped', 0, now - 2_000, now - 1_900, null, null, 'nothing said'], [3, 1, 3, 3, 'failed', 1, now - 1_000, now - 500, 'item_specific', JSON.stringify({ name: 'Error', message: 'bad' }), null]);
  run('INSERT INTO cost (job, item_id, stage_id, lease, kind, micro_usd, day, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)', ['a16z', 1, 1, 1, 'actual', 200_000, 'x', now], ['a16z', 1, 1, 2, 'actual', 50_000, 'x', now], ['a16z', 1, 1, 3, 'reserve', 90_000, 'x', now]);
  run('INSERT INTO cost_day (job, day, settled) VALUES (?, ?, ?)', ['a16z', daysIn('America/Los_Angeles').of(now), 250_000], ['a16z', '2001-01-01', 9_000_000], ['a16z', '2999-01-01', 9_000_000]);
  run(`INSERT INTO artifact (hash, bytes, media, at) VALUES ('h1', 12, 'text/plain', 0)`, []);
  run(`INSERT INTO artifact_use (item_id, stage_id, lease, name, hash) VALUES (1, 1, 2, 'notes.txt', 'h1')`, []);
  const actor = (file: string, src: string, value: unknown, context: unknown) => [file, null, file.split('/').at(-1), src, 1, 3, JSON.stringify({ status: 'active', value, context })];
  run(
    'INSERT INTO actor (path, parent, id, src, version, seq, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?)',
    actor('supervisor', 'supervisor', 'up', {}), actor('job/a16z', 'job', 'up', {}), actor('job/a16z/lifecycle', 'lifecycle', { pause: { paused: 'untilLapse' }, drain: 'flowing' }, { holds: { operator: { reason: 'market closed' } } }),
    actor('job/a16z/discovery', 'discovery', 'waiting', { nextAt: now + 60_000, lastFound: 2 }), actor('job/a16z/stage/fetch', 'stage', 'held', { p50Ms: 12, p95Ms: 340.5 }),
  );
  run(
    'INSERT INTO journal (seq, at, path, type, event, source, cause) VALUES (?, ?, ?, ?, ?, ?, ?)',
    [1, now - 3_000, 'supervisor', 'xstate.init', '{"type":"xstate.init"}', null, null], [2, now - 2_000, 'job/a16z', 'PAUSE', '{"type":"PAUSE","reason":"market closed"}', null, null],
    [3, now - 2_000, 'job/a16z/lifecycle', 'PAUSE', '{"type":"PAUSE","reason":"market closed"}', 'job/a16z', 2], [4, now - 1_000, 'job/a16za', 'WAKE', '{"type":"WAKE"}', null, null],
  );
}

export type Ran = { code: number | null; stdout: string; stderr: string; json: <T = Record<string, unknown>>() => T };
type Spawned = { input?: string; env?: Record<string, string> };

/** Runs `jobctl` on the folder until it ends. Without a terminal there are no colours. */
export async function jobctl(data: string, args: readonly string[], options: Spawned = {}): Promise<Ran> {
  return ran(await ended(start(data, [path.join(ROOT, 'runtime/jobctl.js'), ...args], options)));
}

/** Several command lines, one after the other, in one process: where what is tested is what they say, not how they start. */
export async function jobctlEach(data: string, lines: readonly (readonly string[])[]): Promise<Ran[]> {
  const { stdout, stderr } = await ended(start(data, [path.join(import.meta.dirname, 'jobctl-each.ts')], { input: JSON.stringify(lines) }));
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as Omit<Ran, 'json'>[]).map(ran);
}

/** One command line in this very process: for a test that gives many. */
export async function jobctlHere(data: string, args: readonly string[]): Promise<Ran> {
  const { main } = await import('../../runtime/jobctl/main.ts');
  process.stdout.setMaxListeners(0);
  const said = { stdout: '', stderr: '' };
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'] as const) process[name].write = (chunk: unknown) => Boolean((said[name] += String(chunk)));
  try {
    return ran({ code: await main(['--data', data, '--no-color', ...args]), ...said });
  } finally {
    Object.assign(process.stdout, { write: writes.stdout });
    Object.assign(process.stderr, { write: writes.stderr });
  }
}

export function start(data: string, argv: readonly string[], { input = '', env = {} }: Spawned = {}): ChildProcessWithoutNullStreams {
  const { NO_COLOR: _, FORCE_COLOR: __, RIVUS_CONFIG: ___, RIVUS_DATA: ____, ...rest } = process.env;
  const child = spawn(process.execPath, [...argv], { cwd: path.dirname(data), env: { ...rest, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return child;
}

/** Everything that a process said until its end. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<Omit<Ran, 'json'>> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

const ran = (result: Omit<Ran, 'json'>): Ran => ({ ...result, json: () => JSON.parse(result.stdout) });

/** A living runner on the folder: it holds the lock and answers commands to the one job of `OneJob`. */
export async function running(data: string): Promise<Served & { stop(): void }> {
  const lock = acquireLock(data);
  const control = await served({ dataDir: data });
  lock.announce({ pid: process.pid, startedAt: Date.now() - 90_000, url: control.url, bootId: control.runtime.bootId });
  let released = false;
  const stop = () => {
    if (!released) lock.release();
    released = true;
  };
  onTestFinished(stop);
  return { ...control, stop };
}
