/** The handler's own check is kept apart as a stage is: whatever it does, an answer comes of it. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { VALIDATE } from '../../actors/ports.ts';
import { bundleStage } from '../../runtime/handlers/bundle.ts';
import { realClock } from '../../runtime/clock.ts';
import { handlerOf, handlersIn } from '../support/handlers.ts';
import { tempFolder } from '../support/temp.ts';

type Where = 'inline' | 'thread';
const given = { stats: { work: { done: 3, failures: 2 } }, sample: [{ stage: 'work', key: 'a', at: 5, output: { n: 1 } }] };
const answer = (problem: string | null) => ({ kind: 'done', output: JSON.stringify({ problem }) });
const failedBy = (message: string) => ({ kind: 'failed', error: { message: expect.stringContaining(message) } });

async function checkOf(where: Where, body: string) {
  const at = handlersIn({ 'handlers/job.ts': handlerOf('', { handler: `item: z.object({ url: z.url() }), async validate({ stats, sample }) { ${body} },` }) }, { work: [] }, { clock: realClock });
  onTestFinished(() => at.handlers.close());
  at.specs[0]!.stages[0]!.isolate = where;
  await at.prepare(VALIDATE);
  return at;
}

describe.each<Where>(['inline', 'thread'])('%s', (where) => {
  test.each([
    ['says nothing', '', answer(null)],
    ['says true', 'return true;', answer(null)],
    ['says what is amiss', 'return `${stats.work.failures} failed, ${sample[0].output.n} is there`;', answer('2 failed, 1 is there')],
    ['says false', 'return false;', answer('validate() said false')],
    ['says something else', 'return { ok: true };', answer('validate() must return nothing, true, or a text that says what is amiss, not a object')],
    ['throws an error', 'throw new Error("no disk");', failedBy('no disk')],
    ['throws null', 'throw null;', failedBy('null')],
  ])('one that %s', async (_what, body, outcome) => {
    const at = await checkOf(where, body);
    expect((await at.run(VALIDATE, { item: given })).outcome).toMatchObject(outcome);
    expect(at.store.versions, 'it has no version that could make outputs stale').toEqual([]);
  });
});

test('one that loops is ended when its time is over, where the job has threads', async () => {
  const at = await checkOf('thread', 'for (;;);');
  expect((await at.run(VALIDATE, { item: given }, AbortSignal.timeout(300))).outcome).toMatchObject({ kind: 'failed' });
});

test('a handler without one says how to write it', async () => {
  const at = handlersIn({ 'handlers/job.ts': handlerOf('') }, { work: [] }, { clock: realClock });
  await expect(at.prepare(VALIDATE)).rejects.toThrow('./handlers/job.ts has no validate(); write handler({ stages, validate({ stats, sample }) { … } }), or take `validate: true` out of jobs.yaml');
});

test('the code of stages is no part of it', async () => {
  const root = tempFolder({ 'handlers/job.ts': handlerOf('return "of the stage";', { handler: 'validate() { return "of the check"; },' }) });
  const { code } = await bundleStage(root, 'handlers/job.ts', VALIDATE);
  expect([code.includes('of the check'), code.includes('of the stage')]).toEqual([true, false]);
});
