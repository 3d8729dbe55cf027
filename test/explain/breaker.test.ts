/** What a breaker keeps waiting is explained, and moves when what is advised is done. */
import { describe, expect, test } from 'vitest';
import type { JobSpec } from '../../machines/spec.ts';
import { operated, type Operated } from '../support/operated.ts';
import type { Setting } from '../support/simulated-runtime.ts';
import { failed } from '../support/store.ts';
import { changed, why, work } from '../support/why.ts';

describe('a breaker', () => {
  const byStage = { ...work, breaker: { ...work.breaker, scope: 'stage' as const } };
  const broken = (job: JobSpec, kind: 'systemic' | 'code_bug'): Partial<Setting> => ({ jobs: [changed(job, { concurrency: 1 })], handle: { extract: ({ attempt }) => (attempt <= 3 ? failed(kind, 'no key') : undefined) } });
  const after = async ({ run, typed }: Operated, [line]: string[]) => {
    expect(await typed(line!)).toMatchObject({ code: 0, stdout: expect.stringContaining('one attempt is tried first') });
    await run.time.pass(0);
    return run.task('work', 'a', 'extract').state;
  };

  test('of one stage is the reason that items wait there, with its end, and lets them go when it is told', async () => {
    const at = await operated(broken(byStage, 'systemic'));
    await at.run.add('work', 'a', 'b');
    const found = (await why(at, ['work', 'a'])).find(({ cause }) => cause === 'breaker');
    expect(found).toMatchObject({ what: 'work extract', reason: '3 systemic failures in a row at extract: Error: no key', clearsItself: true, until: at.run.time.now + 60_000 });
    const { stdout } = await at.jobctl('status', 'work');
    expect(stdout).toContain('breaker: extract open, cooling down');
    expect(await after(at, found!.todo)).toBe('done');
  });

  test('that opened for a bug says that other code ends it', async () => {
    const at = await operated(broken(work, 'code_bug'));
    await at.run.add('work', 'a', 'b');
    const [found] = await why(at, ['work', 'a']);
    expect(found).toMatchObject({ cause: 'breaker', reason: 'the same bug in 2 items at extract: Error: no key', clearsItself: false, advice: expect.stringContaining('tried again as soon as that is saved') });
    expect((await at.jobctl('status', 'work')).stdout).toContain('breaker: open until it is mended');
  });

  test('that lets in one attempt at a time says who is tried', async () => {
    let broken = true;
    const at = await operated({ jobs: [changed(work, { concurrency: 2 })], handle: { fetch: () => (broken ? failed('systemic', 'no key') : at.run.sleep(5_000)) } });
    await at.run.add('work', 'a', 'b');
    broken = false;
    await at.run.time.pass(60_000);
    const first = at.run.started.at(-1)!.key;
    const found = (await why(at, ['work', first === 'a' ? 'b' : 'a'])).find(({ cause }) => cause === 'breaker');
    expect(found).toMatchObject({ clearsItself: true, reason: expect.stringMatching(new RegExp(`1 attempt at once for now, item \\d \\(${first}\\) at fetch`)) });
    const before = at.run.started.length;
    expect((await at.typed(found!.todo[0]!)).code).toBe(0);
    await at.run.time.pass(0);
    expect(at.run.started.length).toBe(before + 1);
  });
});
