import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { jobctlEach } from '../support/jobctl.ts';
import { simulated } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';

const PATH = 'job/watch/lifecycle';

/** A data folder of a job that was paused and resumed; `paused` is the number of the pause in the journal. */
async function stored(): Promise<{ data: string; paused: number }> {
  const data = path.join(tempFolder({ 'jobs.yaml': 'jobs: {}' }), 'data');
  fs.mkdirSync(data);
  const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] })] });
  await run.send(PATH, { type: 'PAUSE', reason: 'lunch' });
  await run.time.pass(60_000);
  await run.send(PATH, { type: 'RESUME', force: false });
  run.db.prepare('VACUUM INTO ?').run(path.join(data, 'rivus.db'));
  return { data, paused: run.journal(PATH).find(({ type }) => type === 'PAUSE')!.seq };
}

test('the past is shown by number and by time, for one actor and for all', async () => {
  const { data, paused } = await stored();
  const [one, all, text, never, nobody, nonsense] = await jobctlEach(data, [
    ['at', `${paused}`, PATH, '--json'], ['at', '2026-11-24T12:00:30Z', '--json'], ['at', '2026-11-24T12:00:30Z'], ['at', '99999'], ['at', '1', 'job/watch/lifecycl'], ['at', 'yesterdaye'],
  ]);
  expect(one!.json()).toMatchObject({ seq: paused, path: PATH, value: { pause: { paused: 'untilLifted' } }, context: { holds: { operator: { reason: 'lunch' } } } });
  expect(all!.json<{ actors: { path: string }[] }>().actors.map((actor) => actor.path)).toEqual(['supervisor', 'config', 'doctor', 'notifier', 'job/watch', PATH, 'job/watch/discovery', 'job/watch/breaker', 'job/watch/stage/fetch']);
  expect(text!.stdout).toMatch(/job\/watch\/lifecycle +pause\.paused\.untilLifted & drain\.flowing +operator: lunch\n/);
  expect([never!.code, nonsense!.code]).toEqual([2, 2]);
  expect(nobody).toMatchObject({ code: 4, stderr: expect.stringContaining('did you mean "job/watch/lifecycle"') });
});

test('what an event would do is shown and not done', async () => {
  const { data, paused } = await stored();
  const before = fs.readFileSync(path.join(data, 'rivus.db'));
  const [then, now, wrong] = await jobctlEach(data, [
    ['whatif', PATH, 'RESUME', '--at', `${paused}`], ['whatif', PATH, 'RESUME', '--json'], ['whatif', PATH, 'PAUSE', '[1]'],
  ]);
  expect(then!.stdout).toMatch(/^RESUME to job\/watch\/lifecycle after event \d+ would do this\n {2}value\.pause: \{"paused":"untilLifted"\} → "running"\n/);
  expect(now!.json()).toMatchObject({ taken: false, changes: [] });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('the payload must be a JSON object, not [1]') });
  expect(fs.readFileSync(path.join(data, 'rivus.db')).equals(before)).toBe(true);
});

test('a path becomes a test, written once', async () => {
  const { data, paused } = await stored();
  const file = path.join(data, 'incident.test.ts');
  const args = ['export-test', PATH, '--to', `${paused}`, '--out', file];
  const [written, again] = await jobctlEach(data, [args, args]);
  expect(written!.code).toBe(0);
  expect(fs.readFileSync(file, 'utf8')).toContain('"job/watch/lifecycle ends where it should after PAUSE"');
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('an existing file is not replaced') });
});

test('a replay can be cut', async () => {
  const { data, paused } = await stored();
  const [cut, wrong] = await jobctlEach(data, [['replay', PATH, '--to', `${paused}`, '--json'], ['replay', PATH, '--from', 'x']]);
  expect(cut!.json()).toEqual({ ok: true, actors: [{ path: PATH, entries: 2, ok: true }] });
  expect(wrong!.code).toBe(2);
});

test('a rewind is shown before it is done', async () => {
  const { data, paused } = await stored();
  const [shown, never, none] = await jobctlEach(data, [['rewind', PATH, '--to', `${paused}`, '--dry-run', '--json'], ['rewind', 'job/watch', '--to', '3', '--dry-run'], ['rewind', PATH]]);
  expect(shown!.json()).toMatchObject({ path: PATH, to: paused, dryRun: true, changes: [{ at: 'value.pause', before: 'running', after: { paused: 'untilLifted' } }, { at: 'context.holds.operator' }] });
  expect([never!.code, none!.code]).toEqual([5, 2]);
});
