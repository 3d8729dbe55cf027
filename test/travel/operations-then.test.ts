/** What the screens of an operator show of a moment of the past: errors, breakers and what jobs share, from the rows alone. */
import { expect, test } from 'vitest';
import type { Query, Refused, Views } from '../../inspector/protocol.ts';
import { answerOfThePast, type PastQuery } from '../../runtime/travel/answers.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const MINUTE = 60_000;
const oneByOne = (id: string) => ({ ...jobSpec(id, { fetch: [] }), stages: jobSpec(id, { fetch: [] }).stages.map((stage) => ({ ...stage, concurrency: 1, resources: ['web'] })) });
const watch = oneByOne('watch');

type Of<Type extends PastQuery['type']> = Extract<Query, { type: Type }>;

function view<Type extends PastQuery['type']>(run: SimulatedRuntime, query: Of<Type>): Views[Type] {
  const answer = answerOfThePast(run.db, query);
  if (!answer.ok) throw new Error(answer.message);
  return answer.view as Views[Type];
}

const lastSeq = (run: SimulatedRuntime) => run.alive.store.journal.lastSeq();
const errors = (run: SimulatedRuntime, seq: number) => view(run, { type: 'errorsAt', seq, limit: 20 });
const gone = () => Object.assign(new Error('no such page'), { status: 404 });

/** The moment after all that has happened so far, and a minute in which nothing does. */
async function moment(run: SimulatedRuntime): Promise<number> {
  await run.time.pass(MINUTE);
  const seq = lastSeq(run);
  await run.time.pass(MINUTE);
  return seq;
}

test('an error stands with what had been met of it by then, and with what it was said to be then, whatever was said and retried later', async () => {
  const run = await simulated({ jobs: [watch], resources: { web: 2 } });
  const before = await moment(run);
  run.handle['fetch'] = (claim) => run.throws(claim, gone());
  await run.add('watch', 'a', 'b');
  const met = await moment(run);
  const { fingerprint } = errors(run, met).errors[0]!;
  await run.send('doctor', { type: 'RECLASSIFY', fingerprint, class: 'transient', reason: 'it comes back' });
  const corrected = await moment(run);
  run.handle['fetch'] = () => undefined;
  await run.edit({ verb: 'retry', job: 'watch' });
  await run.add('watch', 'c');
  await moment(run);

  expect(errors(run, before)).toEqual({ errors: [], actions: [] });
  expect(errors(run, met).errors).toMatchObject([{ n: 2, message: 'no such page', verdict: { class: 'item_specific', by: 'rule' }, places: [{ job: 'watch', stage: 'fetch', items: 2, failed: 2 }] }]);
  expect(errors(run, corrected).errors).toMatchObject([{ n: 2, verdict: { class: 'transient', by: 'operator' }, places: [{ failed: 2 }] }]);
  expect(errors(run, corrected).actions[0]).toMatchObject({ action: 'reclassify' });
  expect(errors(run, lastSeq(run)).errors).toMatchObject([{ places: [{ failed: 0 }] }]);
  expect(view(run, { type: 'errorAt', seq: met, fingerprint })).toMatchObject({ samples: [{ key: 'b' }, { key: 'a' }] });
  expect((answerOfThePast(run.db, { type: 'errorAt', seq: before, fingerprint }) as Refused).code).toBe('unknown_error');
});

test('breakers and what jobs share stand as they were told then: counts and thresholds, until when, and which stages held and waited', async () => {
  const [first, second] = [oneByOne('first'), oneByOne('second')];
  const run = await simulated({ jobs: [first, second], resources: { web: 1 } });
  run.handle['fetch'] = (claim) => (claim.job === 'first' ? run.throws(claim, Object.assign(new Error('401 Unauthorized'), { status: 401 })) : undefined);
  const before = await moment(run);
  await run.add('first', 'a', 'b', 'c', 'd');
  const opened = await moment(run);
  run.handle['fetch'] = () => run.sleep(30 * MINUTE).then(() => undefined);
  await run.add('second', 'e');
  await run.time.pass(1_000);
  await run.add('second', 'f');
  const busy = await moment(run);
  await run.send('job/first/breaker', { type: 'CLEAR_ERRORS' });
  await moment(run);

  const at = (seq: number) => view(run, { type: 'breakersAt', seq });
  expect(at(before).breakers).toMatchObject([{ job: 'first', state: 'closed', counted: [], thresholds: { systemic: 3 } }, { job: 'second', state: 'closed' }]);
  expect(at(before)).toMatchObject({ resources: [{ name: 'web', taken: 0, holders: [], waiters: [] }], notes: [] });
  const { breakers: [held] } = at(opened);
  expect(held).toMatchObject({ state: 'open.coolingDown', active: expect.arrayContaining(['breaker.open']), allowance: 0, opened: { stage: 'fetch', class: 'systemic', until: expect.any(Number) } });
  expect(at(busy)).toMatchObject({ resources: [{ name: 'web', concurrency: 1, taken: 1, holders: [{ job: 'second', stage: 'fetch', slots: 1 }], slots: [] }], notes: expect.arrayContaining(['which items were in the slots was not kept: only of which stages they were']) });
  expect(errors(run, opened).errors).toMatchObject([{ held: ['first'] }]);
  expect(view(run, { type: 'resourceUseAt', seq: busy }).resources).toMatchObject([{ name: 'web' }]);
});
