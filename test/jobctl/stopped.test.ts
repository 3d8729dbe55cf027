import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventView, itemDetail, itemsView, statusView } from '../../inspector/protocol.ts';
import { openStore } from '../../runtime/store/open.ts';
import { jobctl, jobctlEach, storedJobs } from '../support/jobctl.ts';
import { tempFolder } from '../support/temp.ts';

/** Commands that wait for the next start, in the order in which they will be applied. */
function pending(data: string): unknown[] {
  const db = openStore(data, { readonly: true });
  onTestFinished(() => void db.close());
  return db.prepare(`SELECT command FROM command WHERE state = 'pending' AND who = 'cli' ORDER BY at`).pluck().all().map((text) => JSON.parse(text as string) as unknown);
}

test('reads show what is stored and say so beside the data', async () => {
  const data = storedJobs();
  const lines = [['status'], ['items', 'a16z'], ['item', '3'], ['events', '--since', '0']];
  const [status, items, item, events] = await jobctlEach(data, lines.map((line) => [...line, '--json']));
  for (const { code, stderr } of [status!, items!, item!, events!]) {
    expect(code).toBe(0);
    expect(stderr).toBe('runner stopped; showing stored state\n');
  }
  expect(statusView.parse(status!.json())).toMatchObject({ runner: { state: 'stopped' }, jobs: [{ id: 'a16z', state: 'paused' }, { id: 'edgar' }] });
  expect(itemsView.parse(items!.json()).items).toHaveLength(4);
  expect(itemDetail.parse(item!.json())).toMatchObject({ key: 'episode-3', stages: { fetch: { error: { code: 'E_BAD' } } } });
  expect(events!.stdout.trim().split('\n').map((line) => eventView.parse(JSON.parse(line)).seq)).toEqual([1, 2, 3, 4]);
});

test('status is a table for people: aligned, without colours when nobody looks, why and until when', async () => {
  const { stdout } = await jobctl(storedJobs(), ['status']);
  const [state, , head, a16z, edgar] = stdout.split('\n');
  expect(state).toBe('Rivus is stopped');
  expect(head).toMatch(/^JOB +STATE +QUEUED +RUNNING +DONE +FAILED +TODAY +LOOKS AGAIN +WHY$/);
  expect(a16z).toMatch(/^📞 a16z +paused +5 +0 +1 +1 +\$0\.25 of \$1\.50 .*market closed; goes on .*\(in (3h|2h 59m|2h 60m)\)$/);
  expect(edgar).toMatch(/^edgar +running +0 +0 +1 +0$/);
  // An emoji is one column wider than it is long.
  expect(a16z!.indexOf('paused')).toBe(head!.indexOf('STATE'));
  expect(edgar!.indexOf('running')).toBe(head!.indexOf('STATE'));
  expect(stdout).not.toContain('\u001b');
});

test('colours are for terminals, and --no-color is stronger than whoever forces them', async () => {
  const data = storedJobs();
  const [forced, refused] = await Promise.all([jobctl(data, ['status'], { env: { FORCE_COLOR: '1' } }), jobctl(data, ['status', '--no-color'], { env: { FORCE_COLOR: '1' } })]);
  expect(forced.stdout).toContain('\u001b[33mpaused\u001b[39m');
  expect(refused.stdout).not.toContain('\u001b');
});

test('no command lets what came from outside reach the terminal raw', async () => {
  const data = storedJobs();
  const runs = await jobctlEach(data, [['status'], ['items', 'a16z'], ['item', '3'], ['item', '3', '--json'], ['items', 'a16z', '--json'], ['events']]);
  for (const { stdout, stderr } of runs) expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(runs[1]!.stdout).toContain('red gnp.exe');
});

test('a number is an id before it is a key, and that is said', async () => {
  const [byId, byKey] = await jobctlEach(storedJobs(), [['item', '1', '--json'], ['item', '1', '--job', 'edgar', '--json']]);
  expect(byId!.json()).toMatchObject({ id: 1, key: 'episode-1' });
  expect(byId!.stderr).toContain('"1" is the id of this item, and the key of 4 (a16z 1)');
  expect(byKey!.code).toBe(4);
});

test('status of one job lists its holds and stages', async () => {
  const { stdout } = await jobctl(storedJobs(), ['status', 'a16z', '-q']);
  expect(stdout).toMatch(/^📞 a16z {2}paused {2}calls\/1\n {2}operator: market closed, since .* \(1m( \d+s)? ago\), until .*\n {2}discovery: waiting, looks again .*, found 2 last time\n {2}breaker: closed\n/);
  expect(stdout).toMatch(/^STAGE +STATE +SLOTS +BLOCKED +READY +WAITING +DONE +SKIPPED +FAILED +P50 +P95\nfetch +held +4 +1 +1 +1 +1 +12ms +341ms$/m);
});

test('an actor is shown from its snapshot; what it accepts only the living one knows', async () => {
  const run = await jobctl(storedJobs(), ['actor', 'job/a16z/lifecycle', '--json']);
  expect(run.json()).toEqual({ path: 'job/a16z/lifecycle', machine: 'lifecycle', version: 1, value: { pause: { paused: 'untilLapse' }, drain: 'flowing' }, context: { holds: { operator: { reason: 'market closed' } } }, accepts: [] });
});

const FAILURES = [
  [['status', 'a16'], 4, 'unknown_job', 'there is no job "a16", did you mean "a16z"?'],
  [['status', 'zzzzzz'], 4, 'unknown_job', 'there is no job "zzzzzz"; known are a16z, edgar'],
  [['pause', 'adgar'], 4, 'unknown_job', 'did you mean "edgar"?'],
  [['items', 'a16z', '--stage', 'fech'], 4, 'unknown_stage', 'did you mean "fetch"?'],
  [['retry', 'a16z', 'extrct'], 4, 'unknown_stage', 'did you mean "extract"?'],
  [['retry', 'a16z', '--item', '77'], 4, 'unknown_item', 'there is no item "77" in job "a16z"'],
  [['item', 'nothing'], 4, 'unknown_item', 'there is no item "nothing"'],
  [['item', 'episode-1'], 2, 'ambiguous', '"episode-1" names 2 items: 1 (a16z episode-1), 5 (edgar episode-1)'],
  [['actor', 'job/a16z/lifecicle'], 4, 'unknown_actor', 'did you mean "job/a16z/lifecycle"?'],
  [['send', 'job/a16z/lifecicle', 'PAUSE'], 4, 'unknown_actor', 'did you mean "job/a16z/lifecycle"?'],
  [['send', 'job/a16z/lifecycle', 'xstate.stop'], 2, 'usage', '"xstate.stop" is no event for an operator'],
  [['send', 'job/a16z/lifecycle', 'PAUSE', '[1]'], 2, 'usage', 'the payload must be a JSON object'],
  [['puase', 'a16z'], 2, 'usage', "unknown command 'puase'"],
  [['status', '--jsno'], 2, 'usage', "unknown option '--jsno'"],
  [['pause'], 2, 'usage', "missing required argument 'job'"],
  [['pause', 'a16z', '--retry-in', '3 hours'], 2, 'usage', '"3 hours" is no duration'],
  [['pause', 'a16z', '--until', 'noon'], 2, 'usage', '"noon" is no time'],
  [['pause', 'a16z', '--until', '2020-01-01T00:00'], 2, 'usage', 'has passed'],
  [['pause', 'a16z', '--until', '18:00', '--retry-in', '3h'], 2, 'usage', "cannot be used with option"],
  [['wake'], 2, 'usage', 'wake takes a job or --all'],
  [['wake', 'a16z', '--all'], 2, 'usage', 'wake takes a job or --all'],
  [['items', 'a16z', '--limit', 'many'], 2, 'usage', '--limit "many" must be a whole number from 1 to 10000'],
  [['items', 'a16z', '--state', 'broken'], 2, 'usage', 'Allowed choices are'],
  [['add', 'a16z'], 2, 'usage', 'add takes a key or --ndjson FILE'],
  [['add', 'a16z', 'k', '{'], 2, 'usage', 'the data is no JSON'],
  [['add', 'a16z', 'k', '--priority', 'high'], 2, 'usage', 'priority'],
  [['add', 'a16z', '--ndjson', 'missing.ndjson'], 2, 'usage', 'missing.ndjson cannot be read'],
  [['status', '--port', '70000'], 2, 'usage', '"70000" is no port'],
  [['stop'], 3, 'not_running', 'is not running'],
  [['reload'], 3, 'not_running', 'is not running'],
  [['open'], 3, 'not_running', 'is not running'],
] as const;

test('every failure has its exit code, and says what is wrong to people and to programs', async () => {
  const data = storedJobs();
  const runs = await jobctlEach(data, FAILURES.flatMap(([args]) => [[...args, '--json'], [...args]]));
  FAILURES.forEach(([args, exit, code, message], index) => {
    const [machine, human] = [runs[2 * index]!, runs[2 * index + 1]!];
    expect([args, machine.code, human.code]).toEqual([args, exit, exit]);
    expect(machine.json()).toEqual({ ok: false, error: expect.objectContaining({ code, message: expect.stringContaining(message) }) });
    expect(human.stdout).toBe('');
    expect(human.stderr).toContain('✗ ');
    expect(human.stderr).toContain(message);
  });
  expect(pending(data)).toEqual([]);
});

test('a slip in a command or option gets a suggestion', async () => {
  const data = storedJobs();
  const [command, option] = await jobctlEach(data, [['puase', 'a16z', '--json'], ['pause', 'a16z', '--retry-on', '3h', '--json']]);
  expect(command!.json()).toMatchObject({ error: { hint: 'Did you mean pause?' } });
  expect(option!.json()).toMatchObject({ error: { hint: 'Did you mean --retry-in?' } });
});

test('without a command the commands are listed, and --help is no mistake', async () => {
  const data = storedJobs();
  const [nothing, help] = await jobctlEach(data, [[], ['--help']]);
  expect(nothing!.code).toBe(2);
  expect(nothing!.stdout).toBe('');
  expect(nothing!.stderr).toContain('clear-errors');
  expect(help!.code).toBe(0);
  expect(help!.stdout).toContain('clear-errors');
});

test('commands are kept for the next start, in their order and whole', async () => {
  const data = storedJobs();
  const before = Date.now();
  const lines: readonly (readonly string[])[] = [
    ['pause', 'edgar', 'market closed', '--retry-in', '3h'],
    ['unpause', 'a16z', '--force'],
    ['drain', 'a16z'],
    ['clear-errors', 'a16z'],
    ['retry', 'a16z'],
    ['reset', 'a16z', 'fetch', '--item', 'episode-2', '3'],
    ['reprocess', 'a16z', 'extract'],
    ['add', 'a16z', 'k', '{"a":[1]}', '--priority', '-3', '--title', 'T'],
    ['send', 'job/a16z/lifecycle', 'PAUSE', '{"reason":"x"}'],
    ['wake', '--all'],
    ['pause', 'a16z'],
  ];
  const runs = await jobctlEach(data, lines);
  for (const [index, run] of runs.entries()) {
    expect([lines[index], run.code]).toEqual([lines[index], 0]);
    expect(run.stdout).toMatch(/ applied at the next start$/m);
    expect(run.stderr).toContain('runner stopped; stored');
  }
  const commands = pending(data);
  expect(commands).toEqual([
    { type: 'PAUSE', job: 'edgar', reason: 'market closed', until: expect.any(Number) },
    { type: 'RESUME', job: 'a16z', force: true },
    { type: 'DRAIN', job: 'a16z' },
    { type: 'CLEAR_ERRORS', job: 'a16z' },
    { type: 'RETRY', job: 'a16z' },
    { type: 'RESET', job: 'a16z', stage: 'fetch', items: [2, 3] },
    { type: 'REPROCESS', job: 'a16z', stage: 'extract' },
    { type: 'ADD', job: 'a16z', items: [{ key: 'k', data: { a: [1] }, priority: -3, title: 'T' }] },
    { type: 'SEND', path: 'job/a16z/lifecycle', event: { type: 'PAUSE', reason: 'x' } },
    { type: 'WAKE', job: 'a16z' },
    { type: 'WAKE', job: 'edgar' },
    { type: 'PAUSE', job: 'a16z', reason: 'paused by the operator' },
  ]);
  const { until } = commands[0] as { until: number };
  expect(until - 3 * 3_600_000).toBeGreaterThanOrEqual(before);
  expect(until - 3 * 3_600_000).toBeLessThanOrEqual(Date.now());
});

test('a stored command says so as JSON, and leaves no lock behind', async () => {
  const data = storedJobs();
  const run = await jobctl(data, ['drain', 'a16z', '--json']);
  expect(run.json()).toEqual({ ok: true, job: 'a16z', pending: true, note: 'applied at the next start' });
  expect(readdirSync(data)).not.toContain('runner.json');
  expect((await jobctl(data, ['drain', 'a16z'])).code).toBe(0);
});

test('what a killed runner left behind is not believed', async () => {
  const data = storedJobs();
  writeFileSync(path.join(data, 'runner.json'), JSON.stringify({ pid: 1, startedAt: 1, url: 'http://127.0.0.1:9', bootId: 'old' }));
  writeFileSync(path.join(data, 'runner.token'), 'old');
  const [status, stop] = await Promise.all([jobctl(data, ['status', '--json']), jobctl(data, ['stop', '--json'])]);
  expect(status.json()).toMatchObject({ runner: { state: 'stopped' } });
  expect(stop.code).toBe(3);
  expect((await jobctl(data, ['drain', 'a16z'])).code).toBe(0);
});

test('without any data every command says what to do, and makes no file', async () => {
  const folder = tempFolder();
  const data = path.join(folder, 'data');
  for (const run of await jobctlEach(data, [['status', '--json'], ['pause', 'a16z', '--json'], ['events', '--json']])) {
    expect(run.code).toBe(3);
    expect(run.json()).toMatchObject({ error: { code: 'no_data', hint: expect.stringContaining('npx jobctl run') } });
  }
  expect(readdirSync(folder)).toEqual([]);
});

test('the data folder is beside jobs.yaml, or where an option or the environment says', async () => {
  const data = storedJobs();
  const folder = path.dirname(data);
  const elsewhere = path.join(tempFolder(), 'deep', 'data');
  mkdirSync(path.dirname(elsewhere), { recursive: true });
  const works = async (args: string[], env: Record<string, string>) => (await jobctl(elsewhere, ['status', ...args], { env })).code;
  expect(await works([], {})).toBe(3);
  expect(await works(['--config', path.join(folder, 'jobs.yaml')], {})).toBe(0);
  expect(await works([], { RIVUS_CONFIG: path.join(folder, 'jobs.yaml') })).toBe(0);
  expect(await works(['--data', data], { RIVUS_DATA: '/nowhere' })).toBe(0);
  expect(await works([], { RIVUS_DATA: data })).toBe(0);
});

test('a bad line in a bulk file is named, and what stood above it is not lost', async () => {
  const data = storedJobs();
  const good = Array.from({ length: 300 }, (_, i) => JSON.stringify({ key: `k${i}`, data: { text: 'x'.repeat(100) } }));
  const run = await jobctl(data, ['add', 'a16z', '--ndjson', '-', '--json'], { input: [...good, '', '{"data":1}'].join('\n') });
  expect(run.code).toBe(2);
  expect(run.json()).toMatchObject({ error: { message: expect.stringMatching(/^stdin:302: key: .*; what stood above it was taken$/) } });
  const kept = pending(data).flatMap((command) => (command as { items: { key: string }[] }).items.map((item) => item.key));
  expect(kept.length).toBeGreaterThan(100);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => `k${i}`));
});

test('an empty bulk file is a mistake', async () => {
  const run = await jobctl(storedJobs(), ['add', 'a16z', '--ndjson', '-', '--json'], { input: '\n\n' });
  expect(run.code).toBe(2);
});

test('events can be limited, and begin where one stopped reading', async () => {
  const data = storedJobs();
  const lines = [['--limit', '2'], ['--since', '1', '--limit', '2'], ['job/a16z', '--since', '0']];
  const runs = await jobctlEach(data, lines.map((line) => ['events', ...line, '--json']));
  const seqs = runs.map(({ stdout }) => stdout.split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { seq: number }).seq));
  expect(seqs).toEqual([[3, 4], [2, 3], [2, 3]]);
});

test('check says that jobs.yaml is right, or everything that is wrong, with exit code 6', async () => {
  const folder = tempFolder({
    'good.yaml': 'jobs:\n  one:\n    handler: ./h.ts\n    discovery: { strategy: manual }\n    stages: [{ name: fetch }]\n',
    'bad.yaml': 'jobs:\n  one:\n    handlr: ./h.ts\n    discovery: { strategy: manual }\n    stages: [{ name: fetch, concurency: 2 }]\n',
    'h.ts': 'export default {}',
  });
  const data = path.join(folder, 'data');
  const [good, bad, human] = await jobctlEach(data, [['check', 'good.yaml', '--json'], ['check', 'bad.yaml', '--json'], ['check', '--config', 'bad.yaml']]);
  expect(good!.json()).toMatchObject({ ok: true, jobs: ['one'] });
  expect([good!.code, bad!.code, human!.code]).toEqual([0, 6, 6]);
  const { error } = bad!.json<{ error: { code: string; problems: { line: number; message: string }[] } }>();
  expect(error.code).toBe('invalid_config');
  expect(error.problems.map((problem) => problem.line)).toEqual(expect.arrayContaining([3, 5]));
  expect(human!.stderr).toMatch(/bad\.yaml:5:\d+.*concurency/);
  expect(human!.stdout).toBe('');
});

test('replay folds what is stored and fails when it differs', async () => {
  const data = storedJobs();
  const [differs, unknown, neither] = await jobctlEach(data, [['replay', 'job/a16z/lifecycle', '--json'], ['replay', 'nobody', '--json'], ['replay', '--json']]);
  expect(differs!.json()).toMatchObject({ ok: false, actors: [{ path: 'job/a16z/lifecycle', ok: false }] });
  expect([differs!.code, unknown!.code, neither!.code]).toEqual([1, 4, 2]);
});
