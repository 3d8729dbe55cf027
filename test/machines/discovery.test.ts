import { expect, test } from 'vitest';
import { createActor, fromCallback, SimulatedClock } from 'xstate';
import { discoveryMachine as pure } from '../../machines/discovery.ts';
import { createRecorder } from '../../runtime/recorder/recorder.ts';

const discoveryMachine = pure.provide({ actors: { poll: fromCallback(() => {}) } });
const spec = { strategy: 'npm_lockfile', everyMs: 60_000, options: {} };
const input = { at: 0, job: 'watch', spec };
const found = { new: 1, seen: 2, filtered: 3 };

const started = () => {
  const clock = new SimulatedClock();
  const recorder = createRecorder({ now: () => clock.now(), lastSeq: 0, record: () => {} });
  const discovery = createActor(recorder.wrap(discoveryMachine), { clock, input }).start();
  const send = (event: object) => discovery.send({ ...event, at: clock.now() } as never);
  clock.increment(0);
  return { clock, send, state: () => (discovery.getSnapshot() as any).value, context: () => (discovery.getSnapshot() as any).context };
};

test('polls at once, then every so often', () => {
  const { clock, send, state } = started();
  expect(state()).toEqual({ polling: 'reading' });
  send({ type: 'discovery.polled', found });
  clock.increment(59_999);
  expect(state()).toBe('waiting');
  clock.increment(1);
  expect(state()).toEqual({ polling: 'reading' });
});

test('a wish that comes during a poll is not lost', () => {
  const { send, state } = started();
  send({ type: 'upstream.progressed' });
  send({ type: 'discovery.polled', found });
  expect(state()).toEqual({ polling: 'reading' });
  send({ type: 'discovery.polled', found });
  expect(state()).toBe('waiting');
});

test('backs off longer with each failure, and a success forgets them', () => {
  const { clock, send, context } = started();
  const error = { name: 'Error', message: 'offline' };
  send({ type: 'discovery.failed', error });
  const first = context().nextAt - clock.now();
  clock.increment(first);
  send({ type: 'discovery.failed', error });
  expect(context().nextAt - clock.now()).toBe(2 * first);
  clock.increment(2 * first);
  send({ type: 'discovery.polled', found });
  expect(context()).toMatchObject({ failures: 0, lastError: null, lastFound: 1 });
});

test('a held job looks for nothing, and remembers when it was due', () => {
  const { clock, send, state } = started();
  send({ type: 'job.held' });
  send({ type: 'WAKE' });
  clock.increment(1e9);
  expect(state()).toBe('held');
  send({ type: 'job.freed' });
  clock.increment(0);
  expect(state()).toEqual({ polling: 'reading' });
});
