/** A stored state that could not be used is said wherever an operator looks. */
import { expect, test } from 'vitest';
import type { ActorView, Explanation, StatusView } from '../../inspector/protocol.ts';
import { operated, type Operated } from '../support/operated.ts';
import { jobSpec } from '../support/store.ts';

const DISCOVERY = 'job/watch/discovery';
const REASON = 'it has version 9 of its machine, which is newer than 1, the one that runs';

/** The runner was killed, a row is of a newer Rivus, and the runner has started again. */
async function began(): Promise<Operated> {
  const at = await operated({ jobs: [jobSpec('watch', { fetch: [] }), jobSpec('other', { fetch: [] })] });
  at.run.kill();
  at.run.db.prepare('UPDATE actor SET version = 9 WHERE path = ?').run(DISCOVERY);
  await at.run.boot();
  return at;
}

test('status says it until the next start, for all and for the job that it concerns', async () => {
  const at = await began();
  const all = await at.jobctl('status');
  expect(all.stdout).toMatch(new RegExp(`^${DISCOVERY} began anew .*, for its stored state could not be used: ${REASON}$`, 'm'));
  expect((await at.jobctl('status', 'watch')).stdout).toContain(`${DISCOVERY} began anew`);
  expect((await at.jobctl('status', 'other')).stdout).not.toContain('began anew');
  expect((await at.jobctl('status', '--json')).json<StatusView>().aside).toMatchObject([{ path: DISCOVERY, reason: REASON, version: 9, at: at.run.time.now }]);
  at.run.kill();
  await at.run.time.pass(1_000);
  await at.run.boot();
  expect((await at.jobctl('status')).stdout).not.toContain('began anew');
});

test('actor keeps saying it, with what was stored', async () => {
  const at = await began();
  expect((await at.jobctl('actor', DISCOVERY)).stdout).toMatch(new RegExp(`began anew, for its stored state could not be used .*\\n  .*${REASON}`));
  const [aside] = (await at.jobctl('actor', DISCOVERY, '--json')).json<ActorView>().aside!;
  expect(JSON.parse(aside!.snapshot!)).toMatchObject({ context: { job: 'watch' } });
  expect((await at.jobctl('actor', 'job/other/discovery', '--json')).json<ActorView>().aside).toBeUndefined();
});

test('why tells it after what keeps the job from moving', async () => {
  const at = await began();
  await at.run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  const { explanations } = (await at.jobctl('why', 'watch', '--json')).json<{ explanations: Explanation[] }>();
  expect(explanations.map(({ cause }) => cause)).toEqual(['operator', 'began_anew']);
  expect(explanations[1]).toMatchObject({ what: DISCOVERY, reason: expect.stringContaining(REASON), since: at.run.time.now, clearsItself: true, todo: [] });
});

test('diagnose finds it', async () => {
  const at = await began();
  const { findings } = (await at.jobctl('diagnose', '--json')).json<{ findings: { check: string; says: string; todo?: string }[] }>();
  expect(findings.find(({ check }) => check === 'stored states')).toMatchObject({ says: expect.stringContaining(REASON), todo: `npx jobctl actor ${DISCOVERY}` });
});

test('what is no JSON at all is in nobody’s way: everything else is shown, and actor says what to do', async () => {
  const at = await began();
  at.run.db.pragma('ignore_check_constraints = ON');
  at.run.db.prepare(`UPDATE actor SET snapshot = '{"cut' WHERE path = ?`).run('job/other/discovery');
  for (const words of [['status'], ['status', 'other'], ['why'], ['why', 'other'], ['discovery', 'other'], ['replay', 'job/watch'], ['actor', 'job/other/lifecycle']]) expect(await at.jobctl(...words), words.join(' ')).toMatchObject({ code: 0 });
  expect(await at.jobctl('replay', '--all')).toMatchObject({ code: 1, stdout: expect.stringMatching(/job\/other\/discovery .* differs +.*JSON/) });
  at.run.db.prepare(`UPDATE actor SET snapshot = '{}' WHERE path = ?`).run('job/other/discovery');
  await at.run.send('job/other/discovery', { type: 'WAKE' });
});
