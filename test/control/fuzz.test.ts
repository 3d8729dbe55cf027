import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMAND_TYPES } from '../../inspector/protocol.ts';
import { readFrame } from '../../runtime/control/frames.ts';
import { cli, served, StandingClock } from '../support/control.ts';

/** Nearly right, so that it gets past the first checks. */
const nearlyCommand = fc.record(
  {
    type: fc.oneof(fc.constantFrom(...COMMAND_TYPES.filter((type) => type !== 'PAUSE')), fc.constantFrom('xstate.stop', 'xstate.done.actor.a', 'toString', '__proto__', ''), fc.anything()),
    job: fc.oneof(fc.constant('a16z'), fc.anything()),
    reason: fc.anything(),
    path: fc.oneof(fc.constant('job/a16z/lifecycle'), fc.string()),
    event: fc.oneof(fc.record({ type: fc.constantFrom('work.finished', 'xstate.init', 'pause', '', 'PAUSE ') }), fc.anything()),
    items: fc.anything(),
    force: fc.anything(),
    extra: fc.anything(),
  },
  { requiredKeys: ['type'] },
);
/** Whole, but nothing that the job of these tests accepts. */
const wholeCommand = fc.constantFrom({ type: 'WAKE', job: 'a16z' }, { type: 'RESUME', job: 'a16z' }, { type: 'RETRY', job: 'a16z', items: [1] }, { type: 'RELOAD' }, { type: 'STOP' });
const nearlyQuery = fc.record(
  {
    type: fc.constantFrom('status', 'actor', 'why', 'actors', 'chart', 'events', 'items', 'item', 'watch', 'charts'),
    path: fc.oneof(fc.constantFrom('job/a16z/lifecycle', 'job/a16z', '', null), fc.anything()),
    machine: fc.oneof(fc.constantFrom('lifecycle', 'constructor'), fc.anything()),
    job: fc.oneof(fc.constant('a16z'), fc.anything()),
    types: fc.oneof(fc.array(fc.string()), fc.anything()),
    before: fc.oneof(fc.integer(), fc.anything()),
    limit: fc.oneof(fc.integer(), fc.anything()),
    id: fc.oneof(fc.integer(), fc.anything()),
  },
  { requiredKeys: ['type'] },
);
const nearlyFrame = fc.oneof(
  fc.record({ id: fc.constantFrom('1', 'x-2'), query: nearlyQuery }),
  fc.record({ id: fc.constantFrom('1', 'x-2'), command: fc.oneof(wholeCommand, nearlyCommand) }),
  fc.record({ id: fc.oneof(fc.constant('1'), fc.anything()), command: nearlyCommand, query: fc.anything() }, { requiredKeys: [] }),
);
const json = (value: unknown): string => {
  try {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? 'undefined';
  } catch {
    return '{}';
  }
};
const text = fc.oneof(fc.string(), fc.json(), nearlyFrame.map(json), fc.tuple(nearlyFrame.map(json), fc.nat(400)).map(([frame, cut]) => frame.slice(0, cut)), fc.string({ unit: 'binary' }));

test('reading any text gives a frame or an answer, and never throws', () => {
  let frames = 0;
  fc.assert(
    fc.property(text, (frame) => {
      const read = readFrame(frame);
      if (read.ok) frames += 1;
      else expect(read.answer).toMatchObject({ ok: false, code: 'bad_request', message: expect.stringMatching(/./) });
    }),
    { numRuns: 5_000 },
  );
  // Otherwise the texts were not nearly right, but plainly wrong.
  expect(frames).toBeGreaterThan(100);
});

test('no text that is no command of an operator moves the job', async () => {
  const clock = new StandingClock();
  const control = await served({ clock });
  const client = await cli(control);
  const state = () => [control.runtime.state, Object.keys(Object.prototype)];
  const before = state();
  await fc.assert(
    fc.asyncProperty(text, async (frame) => {
      const read = readFrame(frame);
      fc.pre(!(read.ok && 'command' in read.frame && ['DRAIN', 'SEND'].includes(read.frame.command.type)));
      clock.advance(1_000);
      expect(await client.say(frame)).toHaveProperty('ok');
      expect(state()).toEqual(before);
    }),
    { numRuns: 2_000 },
  );
});
