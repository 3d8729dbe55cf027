import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeError, MAX_ERROR_BYTES } from '../../runtime/handlers/encode-error.ts';
import { hostile } from '../support/hostile.ts';

describe('an error becomes', () => {
  test('its name, message, code, frames and causes', () => {
    const cause = Object.assign(new RangeError('too far'), { code: 'E_FAR' });
    const encoded = encodeError(new TypeError('no page', { cause }));
    expect(encoded).toEqual({
      name: 'TypeError',
      message: 'no page',
      stack: expect.stringMatching(/^at .*encode-error\.test\.ts:\d+:\d+/),
      cause: { name: 'RangeError', message: 'too far', code: 'E_FAR', stack: expect.any(String) },
    });
  });

  test('frames without those of Node, and without the message again', () => {
    const error = Object.assign(new Error('no\n    at luck'), { stack: 'Error: no\n    at luck\n    at run (file:///a.mjs:1:2)\n    at node:internal/x:3:4' });
    expect(encodeError(error).stack).toBe('at luck\nat run (file:///a.mjs:1:2)');
  });

  test('the messages of its parts, when it has none of its own', () => {
    expect(encodeError(new AggregateError([new Error('refused by ::1'), null, new Error('refused by 127.0.0.1')])).message).toBe('refused by ::1; refused by 127.0.0.1');
  });

  test('four causes at most, also in a circle', () => {
    const circle = new Error('round');
    circle.cause = circle;
    const depth = (error: { cause?: unknown } | undefined): number => (error ? 1 + depth(error.cause as object | undefined) : 0);
    expect(depth(encodeError(Object.assign(circle, { stack: '' })))).toBe(5);
  });
});

test.each<[string, unknown, string]>([
  ['a text', 'no luck', 'no luck'],
  ['an empty text', '', 'an empty text'],
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['a number', 5, '5'],
  ['an object', { reason: 'quota', left: 0 }, "{ reason: 'quota', left: 0 }"],
  ['an object whose getter throws', { get reason() { throw new Error('hostile'); } }, '{ reason: [Getter] }'],
  ['an object that shows itself otherwise', { [Symbol.for('nodejs.util.inspect.custom')]: () => { throw new Error('hostile'); } }, '{'],
])('%s is shown as what it is', (_what, thrown, message) => {
  expect(encodeError(thrown)).toEqual({ name: 'Thrown', message: expect.stringContaining(message) });
});

test('an error of another realm is an error', () => {
  expect(encodeError({ name: 'RemoteError', message: 'no luck' })).toEqual({ name: 'RemoteError', message: 'no luck' });
});

describe('size', () => {
  test.each([
    ['a long message', 'x'],
    ['a long message outside ASCII', '📞'],
    ['a long message of what JSON writes in six characters', '\u0001'],
  ])('%s is cut, and the whole stays below 8 KB', (_what, character) => {
    const make = (left: number): Error => new Error(character.repeat(20_000), left > 0 ? { cause: make(left - 1) } : {});
    const encoded = encodeError(Object.assign(make(5), { code: character.repeat(500), name: character.repeat(500) }));
    expect(Buffer.byteLength(JSON.stringify(encoded))).toBeLessThanOrEqual(MAX_ERROR_BYTES);
    expect(encoded.message.length).toBeGreaterThan(900);
    expect(encoded.message.endsWith('…') || encoded.message.length === 1000).toBe(true);
  });

  test('the cause is dropped before the message is', () => {
    const encoded = encodeError(new Error('📞'.repeat(900), { cause: new Error('📞'.repeat(900)) }));
    expect(encoded.message).toBe('📞'.repeat(900));
  });
});

test('every text is cleaned: name, message, code, frames, causes, and what was thrown in place of an error', () => {
  const clean = (text: string) => text.replaceAll('hunter2', '‹KEY›');
  const error = Object.assign(new Error('hunter2', { cause: { hunter2: ['hunter2'] } }), { name: 'hunter2', code: 'hunter2', stack: 'Error: hunter2\n    at hunter2 (hunter2:1:2)' });
  const text = JSON.stringify(encodeError(error, clean));
  expect(text).not.toContain('hunter2');
  expect(text.match(/‹KEY›/g)).toHaveLength(7);
});

test('whatever is thrown, it becomes at most 8 KB of JSON and does not throw', () => {
  fc.assert(
    fc.property(hostile(), (make) => {
      const encoded = encodeError(make());
      expect(typeof encoded.name).toBe('string');
      expect(typeof encoded.message).toBe('string');
      expect(Buffer.byteLength(JSON.stringify(encoded))).toBeLessThanOrEqual(MAX_ERROR_BYTES);
    }),
    { numRuns: 2000 },
  );
});
