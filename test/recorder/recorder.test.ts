import { expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { lifecycleMachine as pure } from '../../machines/lifecycle.ts';
import { fold } from '../../runtime/recorder/fold.ts';
import { createRecorder } from '../../runtime/recorder/recorder.ts';
import type { JournalEntry } from '../../runtime/store/types.ts';

const lifecycleMachine = pure.provide({ actions: { tellJob: () => {} } });

function recorded() {
  const clock = new SimulatedClock();
  const journal: JournalEntry[] = [];
  const recorder = createRecorder({ now: () => clock.now(), lastSeq: 40, record: (entry) => journal.push(entry) });
  const job = createActor(recorder.wrap(lifecycleMachine), { clock, input: { at: 0 }, inspect: recorder.inspect });
  recorder.hookTimers(job.system);
  job.start();
  return { clock, journal, recorder, job };
}

test('every event is journaled with its time, XState’s own too', () => {
  const { clock, journal, job } = recorded();
  clock.increment(10);
  job.send({ type: 'PAUSE', reason: 'lunch', until: 60 } as never);
  clock.increment(50);
  expect(journal.map(({ seq, at, type }) => [seq, at, type])).toEqual([
    [41, 0, 'xstate.init'],
    [42, 10, 'PAUSE'],
    [43, 60, 'xstate.after.untilNextLapse.lifecycle.pause.paused.untilLapse'],
  ]);
});

test('a timer names the event that entered its state as its cause', () => {
  const { clock, journal, job } = recorded();
  job.send({ type: 'PAUSE', reason: 'lunch', until: 60, at: 0 });
  clock.increment(60);
  expect(journal.at(-1)).toMatchObject({ source: 'supervisor', cause: 42 });
});

test('an event that no actor sent carries the origin that it was given', () => {
  const { journal, recorder, job } = recorded();
  job.send(recorder.from({ type: 'DRAIN', at: 0 } as const, { source: 'operator:cli', cause: 7 }));
  expect(journal.at(-1)).toMatchObject({ type: 'DRAIN', source: 'operator:cli', cause: 7 });
});

test('an error in an event becomes JSON before the machine sees it', () => {
  const { journal, job } = recorded();
  job.send({ type: 'hold.placed', cause: 'breaker', reason: 'r', error: Object.assign(new Error('no'), { code: 'E' }), at: 0 } as never);
  expect(JSON.parse(journal.at(-1)!.event).error).toMatchObject({ name: 'Error', message: 'no', code: 'E' });
});

test('only actors that changed are dirty', () => {
  const { recorder, job } = recorded();
  expect(recorder.takeDirty()).toEqual([job]);
  job.send({ type: 'work.finished', at: 0 });
  expect(recorder.takeDirty()).toEqual([]);
  job.send({ type: 'DRAIN', at: 0 });
  expect(recorder.takeDirty()).toEqual([job]);
});

test('the journal folds to the state that the actor has, byte for byte', () => {
  const { clock, journal, job } = recorded();
  job.send({ type: 'PAUSE', reason: 'lunch', until: 60, at: 0 });
  job.send({ type: 'hold.placed', cause: 'budget', reason: '$5 of $5', at: 1 });
  clock.increment(60);
  job.send({ type: 'DRAIN', at: 61 });
  const { value, context } = job.getSnapshot() as any;
  expect(JSON.stringify(fold(pure, journal))).toBe(JSON.stringify({ value, context, status: 'active' }));
  expect(Object.keys(context.holds)).toEqual(['budget']);
});
