import { expect, test } from 'vitest';
import { openStore } from '../../runtime/store/open.ts';
import { doctorIn } from '../../runtime/store/doctor.ts';
import { jobctlHere, storedJobs } from '../support/jobctl.ts';
import { operated } from '../support/operated.ts';
import { jobSpec } from '../support/store.ts';

const KIND = 'd69d5013c2f7';

/** The third item of `a16z` has failed by an error of that kind. */
function withErrors(): string {
  const data = storedJobs();
  const db = openStore(data);
  const now = Date.now();
  db.prepare('UPDATE attempt SET fingerprint = ? WHERE item_id = 3').run(KIND);
  const doctor = doctorIn(db);
  doctor.meet({ judgement: { fingerprint: KIND, class: 'item_specific', by: 'rule', rule: 'video-gone', confidence: 0.95 }, error: { name: 'DownloadError', message: 'it is gone \u001b[31m' }, at: now - 60_000, n: 1 });
  doctor.note({ action: { id: 1, until: null, endedAt: null, at: now - 60_000, job: 'a16z', stage: 'fetch', fingerprint: KIND, class: 'item_specific', action: 'fail_item', by: 'model', risk: 'medium', reason: 'it was removed', costMicroUsd: 123, ms: 800 } });
  db.close();
  return data;
}

test('kinds of errors, with who says what they mean and where they were met', async () => {
  const data = withErrors();
  const shown = await jobctlHere(data, ['doctor']);
  expect(shown.stdout).toMatch(new RegExp(`^FINGERPRINT +TIMES +LAST +CLASS +BY +SURE +JOBS +ERROR\n${KIND} +1 .* item_specific +video-gone +95 % +a16z 1 \\(1 failed\\) +DownloadError: it is gone`));
  expect(shown.stdout).not.toContain('\u001b');
  expect((await jobctlHere(data, ['doctor', '--json'])).json()).toMatchObject({ errors: [{ fingerprint: KIND, class: 'item_specific', by: 'rule', rule: 'video-gone', n: 1, jobs: [{ job: 'a16z', attempts: 1, items: 1, failed: 1 }] }] });
});

test('what was done, with its risk, its cost and how long it took', async () => {
  const data = withErrors();
  expect((await jobctlHere(data, ['doctor', 'log'])).stdout).toMatch(/^WHEN +RISK +JOB +ACTION .*\n.* medium +a16z\/fetch +fail_item +item_specific +model +\$0\.00012 +800 +d69d5013c2f7 +it was removed/);
  expect((await jobctlHere(data, ['doctor', 'log', '--json'])).json()).toMatchObject({ actions: [{ risk: 'medium', action: 'fail_item', costUsd: 0.000123, ms: 800 }] });
});

test('one kind of error with all that is known of it; an item names the kinds that it met', async () => {
  const data = withErrors();
  const shown = await jobctlHere(data, ['doctor', 'show', KIND]);
  expect(shown.stdout).toContain(`${KIND}  DownloadError: it is gone`);
  expect(shown.stdout).toContain('means item_specific, says video-gone, 95 % sure');
  expect(shown.stdout).toContain('a16z: 1 attempt of 1 item, 1 failed');
  expect(shown.stdout).toMatch(/medium +a16z\/fetch +fail_item/);
  expect(shown.stderr).toContain(`npx jobctl retry a16z --fingerprint ${KIND}`);
  expect((await jobctlHere(data, ['doctor', 'show', KIND, '--json'])).json()).toMatchObject({ fingerprint: KIND, n: 1, held: [], actions: [{ action: 'fail_item', costUsd: 0.000123 }] });
  expect(await jobctlHere(data, ['doctor', 'show', '000000000000'])).toMatchObject({ code: 4 });
  const { stdout } = await jobctlHere(data, ['item', '3']);
  expect(stdout).toMatch(new RegExp(`ERROR +.*\n.* ${KIND} `));
  expect(stdout).toContain(`npx jobctl doctor show ${KIND}`);
});

test('a correction is in force at once, and what it had condemned runs again when asked for', async () => {
  let gone = true;
  const { run, jobctl } = await operated({ jobs: [jobSpec('watch', { fetch: [] })], handle: { fetch: (claim, _signal, run) => (gone ? run.throws(claim, new Error('This video has been removed by the uploader')) : undefined) } });
  await run.add('watch', 'a');
  const [{ fingerprint }] = (await jobctl('doctor', '--json')).json<{ errors: [{ fingerprint: string }] }>().errors;
  expect(await jobctl('doctor', 'reclassify', fingerprint, 'transient', '--reason', 'their site flickers')).toMatchObject({
    code: 0, stdout: `${fingerprint}  item_specific → transient\n`, stderr: `1 failed task of watch: npx jobctl retry watch --fingerprint ${fingerprint}\n`,
  });
  await run.add('watch', 'b');
  expect(run.tasks('watch', 'fetch')).toEqual({ failed: 1, waiting: 1 });
  gone = false;
  expect((await jobctl('doctor', 'reclassify', fingerprint, 'transient', '--redo')).stdout).toContain('watch: 1 task runs again');
  await run.time.settle();
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 1, waiting: 1 });
  expect((await jobctl('doctor', 'log', '--json')).json()).toMatchObject({ actions: [{ action: 'reclassify', by: 'operator', risk: 'low' }, {}, {}, {}] });
});

test('a job that is still held by what was corrected is named', async () => {
  const { run, jobctl } = await operated({ jobs: [jobSpec('watch', { fetch: [] })], handle: { fetch: (claim, _signal, run) => run.throws(claim, Object.assign(new Error('Incorrect API key provided'), { status: 401 })) } });
  await run.add('watch', 'a');
  const [{ fingerprint }] = (await jobctl('doctor', '--json')).json<{ errors: [{ fingerprint: string }] }>().errors;
  expect((await jobctl('why', 'watch')).stdout).toContain(`mend what the error says, or correct it (npx jobctl doctor reclassify ${fingerprint} CLASS), then`);
  expect(await jobctl('doctor', 'reclassify', fingerprint, 'item_specific')).toMatchObject({ code: 0, stderr: 'watch is still held by it: npx jobctl unpause watch\n' });
  expect((await jobctl('doctor')).stdout).toMatch(new RegExp(`\n${fingerprint} .* item_specific +operator +100 %`));
  expect((await jobctl('why', 'watch')).stdout).not.toContain('reclassify');
});

test('what a model took for its verdicts, in money and time', async () => {
  const data = withErrors();
  const db = openStore(data);
  for (let n = 1; n <= 20; n++) doctorIn(db).note({ verdict: { fingerprint: String(n).padStart(12, '0'), class: 'transient', by: 'model', confidence: 1, reason: 'x', model: 'gpt-5-nano', costMicroUsd: 10 * n, ms: 100 * n, at: 0 } });
  // What an operator corrected has cost what it did.
  doctorIn(db).note({ verdict: { fingerprint: '000000000007', class: 'systemic', by: 'operator', confidence: 1, reason: 'x', model: null, costMicroUsd: 0, ms: 0, at: 1 } });
  db.close();
  expect((await jobctlHere(data, ['doctor'])).stderr).toContain('gpt-5-nano was asked about 20 of 1 failures: half of its answers took 1.0 s and $0.00010 at most, nineteen of twenty 1.9 s and $0.00019\n');
  expect((await jobctlHere(data, ['doctor', '--json'])).json()).toMatchObject({ failures: 1, models: [{ model: 'gpt-5-nano', verdicts: 20, costUsd: { p50: 0.0001, p95: 0.00019 }, ms: { p50: 1000, p95: 1900 } }] });
});

test('while nothing runs it is kept for the next start', async () => {
  expect((await jobctlHere(withErrors(), ['doctor', 'reclassify', KIND, 'systemic'])).stdout).toBe(`${KIND}  item_specific → systemic at the next start\n`);
});

test('mistakes are named', async () => {
  const data = withErrors();
  expect(await jobctlHere(data, ['doctor', 'reclassify', KIND, 'systemc'])).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no class "systemc", did you mean "systemic"?') });
  expect(await jobctlHere(data, ['doctor', 'reclassify', '000000000000', 'systemic'])).toMatchObject({ code: 4, stderr: expect.stringContaining('no error with the fingerprint 000000000000 was met') });
});
