import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hunks, lineDiff, type Line } from '../../runtime/config/line-diff.ts';
import { configRevisionsIn } from '../../runtime/store/config-revisions.ts';
import { openStore } from '../../runtime/store/open.ts';
import { jobctl, jobctlEach, running, storedJobs } from '../support/jobctl.ts';
import { tempFolder } from '../support/temp.ts';

const NOW = Date.now();
const job = (concurrency: number, stages: string) => `jobs:\n  a16z:\n    handler: ./handlers/a16z.ts\n    discovery: { strategy: manual }\n    stages: [{ name: fetch, concurrency: ${concurrency} }, { name: ${stages} }]\n`;
const texts = [job(4, 'extract'), job(8, 'extract'), job(8, 'grade')];

/** Two stored jobs and three revisions. */
function revised(): string {
  const data = storedJobs();
  const db = openStore(data);
  texts.forEach((text, n) => configRevisionsIn(db).add(text, NOW - 60_000 * (texts.length - n)));
  db.close();
  return data;
}

test('config lists every text that was in force, the newest first', async () => {
  const [machine, human] = await jobctlEach(revised(), [['config', '--json'], ['config']]);
  expect(machine!.json<object[]>()).toMatchObject([{ id: 3, at: NOW - 60_000, added: 1, removed: 1 }, { id: 2 }, { id: 1, added: 5, removed: 0 }]);
  expect(human!.stdout).toMatch(/^REVISION {2}IN FORCE FROM +LINES\n +3 {2}.* \(1m[^)]* ago\) +\+1 -1 +in force\n +2 /);
});

test('config diff says what a change meant, then by lines: the last one, one from there to now, or any two', async () => {
  const [last, since, two, machine] = await jobctlEach(revised(), [['config', 'diff'], ['config', 'diff', '1'], ['config', 'diff', '1', '2'], ['config', 'diff', '1', '2', '--json']]);
  expect(last!.stdout).toBe(
    'starts    job "a16z", stage "grade": new; it gets the items of the job\nparks     job "a16z", stage "extract": taken out; its open tasks are parked and go on when it returns\n' +
      `@@ line 2 → 2 @@\n   a16z:\n     handler: ./handlers/a16z.ts\n     discovery: { strategy: manual }\n-    stages: [{ name: fetch, concurrency: 8 }, { name: extract }]\n+    stages: [{ name: fetch, concurrency: 8 }, { name: grade }]\n`,
  );
  expect(last!.stderr).toBe('from revision 2 to revision 3\n');
  expect(since!.stdout).toMatch(/concurrency 4 → 8[^]*taken out/);
  expect(two!.stdout).toMatch(/^live {6}job "a16z", stage "fetch": concurrency 4 → 8\n@@/);
  expect(machine!.json()).toMatchObject({ from: 'revision 1', to: 'revision 2', changes: [{ effect: 'live', job: 'a16z', stage: 'fetch' }], lines: [{ mark: '-' }, { mark: '+' }] });
});

test('config diff file shows what is in jobs.yaml and not in force; config show gives a text back', async () => {
  const data = revised();
  writeFileSync(path.join(path.dirname(data), 'jobs.yaml'), `${texts[2]}x-mine: \u001b[31mred\n`);
  const [file, shown, none, word] = await jobctlEach(data, [['config', 'diff', 'file'], ['config', 'show', '1'], ['config', 'show', '9'], ['config', 'diff', 'one']]);
  expect(file!.stdout).toMatch(/\n\+x-mine: red\n$/);
  expect(shown!.stdout).toBe(texts[0]);
  expect(none).toMatchObject({ code: 4, stderr: '✗ there is no revision 9 of jobs.yaml\n  `npx jobctl config` lists them\n' });
  expect(word!.code).toBe(2);
});

test('a revision that is no longer kept is said to be gone, and from which on they are there', async () => {
  const data = revised();
  const db = openStore(data);
  db.prepare('DELETE FROM config_revision WHERE id < 2').run();
  db.close();
  const [gone, machine, list, never] = await jobctlEach(data, [['config', 'diff', '1'], ['config', 'diff', '1', '--json'], ['config'], ['config', 'diff', '7']]);
  expect(gone).toMatchObject({ code: 4, stdout: '', stderr: '✗ revision 1 of jobs.yaml is not kept any more; the oldest that is there is 2\n  `retention: { config: … }` in jobs.yaml says how long they are kept\n' });
  expect(machine!.json()).toMatchObject({ ok: false, error: { code: 'revision_gone' } });
  expect(list!.stdout).toMatch(/\n +2 {2}[^+]*$/);
  expect(never!.stderr).toMatch(/^✗ there is no revision 7 of jobs\.yaml\n/);
});

test('reload --dry-run of a stopped runner says what the next start changes, and a file with mistakes what is wrong', async () => {
  const data = revised();
  const folder = path.dirname(data);
  const write = (text: string) => writeFileSync(path.join(folder, 'jobs.yaml'), text);
  mkdirSync(path.join(folder, 'handlers'));
  for (const name of ['a16z', 'edgar']) writeFileSync(path.join(folder, `handlers/${name}.ts`), 'export default {}');

  write(job(9, 'grade').replace('jobs:', 'inspector: { port: 4700 }\njobs:'));
  const [human, machine, real] = await jobctlEach(data, [['reload', '--dry-run'], ['reload', '--dry-run', '--json'], ['reload']]);
  expect(human).toMatchObject({
    code: 0,
    stdout: 'at start  inspector.port 4600 → 4700 unless --port or RIVUS_PORT says otherwise\nlive      job "a16z", stage "fetch": concurrency 8 → 9\n',
    stderr: 'Rivus is stopped: this is what the next start changes, compared with revision 3, which was in force last\n',
  });
  expect(machine!.json()).toMatchObject({ ok: true, dryRun: true, changes: [{ effect: 'at start' }, { effect: 'live', job: 'a16z', stage: 'fetch' }] });
  expect(real).toMatchObject({ code: 3, stderr: expect.stringContaining('`npx jobctl reload --dry-run` shows what that changes') });

  write(job(9, 'grade').replaceAll('a16z', 'edgar'));
  const [renamed] = await jobctlEach(data, [['reload', '--dry-run']]);
  expect(renamed!.stdout).toMatch(/^starts {4}job "edgar"[^]*\narchives {2}job "a16z": taken out; its 4 items are kept and come back with it\n$/);

  write(job(9, 'grade').replace('handler', 'handlr'));
  const [wrong] = await jobctlEach(data, [['reload', '--dry-run']]);
  expect(wrong).toMatchObject({ code: 6, stdout: '', stderr: expect.stringMatching(/did you mean "handler"/) });
});

test('reload --dry-run before the first start shows every job as new', async () => {
  const folder = tempFolder({ 'jobs.yaml': job(1, 'grade'), 'handlers/a16z.ts': 'export default {}' });
  const ran = await jobctl(path.join(folder, 'data'), ['reload', '--dry-run']);
  expect(ran).toMatchObject({ code: 0, stdout: 'starts    job "a16z": new, with the stages fetch, grade\n' });
  expect(existsSync(path.join(folder, 'data'))).toBe(false);
});

test('reload says each change with its effect, and a dry run that it was one', async () => {
  const data = storedJobs();
  const { runtime } = await running(data);
  const changes = [{ effect: 'live', job: 'a16z', stage: 'fetch', what: 'concurrency 4 → 8' }, { effect: 'archives', job: 'edgar', what: 'taken out; \u001b[31mits 3 items are kept' }] as const;
  runtime.execute = async (command) => ({ ok: true, before: { state: 'running' }, after: { state: 'running' }, changes: 'dryRun' in command && command.dryRun ? [changes[0]] : [...changes] });
  const [dry, wet, machine] = [await jobctl(data, ['reload', '--dry-run']), await jobctl(data, ['reload']), await jobctl(data, ['reload', '--json'])];
  expect(dry).toMatchObject({ code: 0, stdout: 'live      job "a16z", stage "fetch": concurrency 4 → 8\n', stderr: 'nothing was changed: this was a dry run\n' });
  expect(wet.stdout).toBe('live      job "a16z", stage "fetch": concurrency 4 → 8\narchives  job "edgar": taken out; its 3 items are kept\n');
  expect(machine.json()).toEqual({ ok: true, dryRun: false, changes });
});

test('status says why jobs.yaml is not used, and which tasks are parked; items shows them', async () => {
  const data = revised();
  const db = openStore(data);
  const context = { revision: 3, readAt: NOW - 120_000, asked: false, again: 'no', problems: 'jobs.yaml:3:5 unknown key "handlr", did you mean "handler"?\njobs.yaml:9:1 \u001b[31mmore' };
  db.prepare('INSERT INTO actor (path, parent, id, src, version, seq, snapshot) VALUES (?, ?, ?, ?, 1, 1, ?)').run('config', 'supervisor', 'config', 'config', JSON.stringify({ status: 'active', value: 'refused', context }));
  db.prepare('INSERT INTO task (item_id, stage_id, state, priority, rank) VALUES (5, 5, 0, 0, 0)').run();
  db.prepare('INSERT INTO task_count (stage_id, state, n) VALUES (5, 0, 1)').run();
  db.close();
  const [all, one, machine, items, parked] = await jobctlEach(data, [['status'], ['status', 'edgar'], ['status', '--json'], ['items', 'edgar'], ['items', 'edgar', '--stage', 'gone', '--json']]);
  expect(all!.stdout).toMatch(/\njobs\.yaml is not used since .* \(2m[^)]* ago\), what ran before runs on: `npx jobctl check` shows all of it\n {2}jobs\.yaml:3:5 unknown key "handlr", did you mean "handler"\?\n/);
  expect(all!.stdout).toMatch(/edgar .*stage "gone" is no longer in jobs\.yaml: one task is parked until it returns/);
  expect(one!.stdout).toMatch(/^ {2}stage "gone" is no longer in jobs\.yaml/m);
  expect(machine!.json()).toMatchObject({ config: { state: 'refused', readAt: NOW - 120_000, problems: context.problems, revision: { id: 3 } }, jobs: [{}, { id: 'edgar', parked: [{ stage: 'gone', tasks: 1 }] }] });
  expect(items!.stdout).toMatch(/episode-1.*blocked at gone, which is parked/);
  expect(parked!.json()).toMatchObject({ items: [{ key: 'episode-1', stages: { gone: { state: 'blocked', parked: true } } }] });
});

// ---------------------------------------------------------------- lines

const fewLines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
const side = (lines: readonly Line[], gone: string) => lines.filter(({ mark }) => mark !== gone).map(({ text }) => text);

test('a difference holds both texts whole, and as much in common as can be', () => {
  fc.assert(
    fc.property(fewLines, fewLines, (a, b) => {
      const lines = lineDiff(a.join('\n'), b.join('\n'));
      expect([side(lines, '+'), side(lines, '-')]).toEqual([a, b]);
      expect(lines.filter(({ mark }) => mark === ' ')).toHaveLength(mostInCommon(a, b));
    }),
  );
});

test('two texts without anything in common are shown one after the other, at once', () => {
  const many = (word: string) => Array.from({ length: 20_000 }, (_, n) => `${word}${n}`).join('\n');
  expect(lineDiff(many('a'), many('b')).map(({ mark }) => mark).join('')).toBe('-'.repeat(20_000) + '+'.repeat(20_000));
});

test('what lies far from a change is left out', () => {
  const before = Array.from({ length: 20 }, (_, n) => `line ${n + 1}`).join('\n');
  expect(hunks(lineDiff(before, before.replace('line 10\n', 'line ten\nand more\n')))).toEqual(['@@ line 7 → 7 @@', ' line 7', ' line 8', ' line 9', '-line 10', '+line ten', '+and more', ' line 11', ' line 12', ' line 13']);
});

function mostInCommon(a: readonly string[], b: readonly string[]): number {
  const longest = Array.from({ length: a.length + 1 }, () => Array<number>(b.length + 1).fill(0));
  for (let x = 1; x <= a.length; x++)
    for (let y = 1; y <= b.length; y++) longest[x]![y] = a[x - 1] === b[y - 1] ? longest[x - 1]![y - 1]! + 1 : Math.max(longest[x - 1]![y]!, longest[x]![y - 1]!);
  return longest[a.length]![b.length]!;
}
