import { describe, expect, test } from 'vitest';
import { failureFrom, type Report } from '../../runtime/doctor/failure.ts';
import { fingerprintOf } from '../../runtime/doctor/fingerprint.ts';

const of = (report: Report) => fingerprintOf(failureFrom(report));

describe('the same error has the same fingerprint, whatever', () => {
  test.each<[string, string, string]>([
    ['number', 'took 31 s, limit 30 s', 'took 4512 s, limit 30 s'],
    ['id of a video', 'ERROR: [youtube] abcDEF12345: This video is private', 'ERROR: [youtube] -_9xyz_QQ-1: This video is private'],
    ['address', 'GET https://a.example/x?y=1 failed', 'GET http://b.example:80/zzz failed'],
    ['host', 'getaddrinfo ENOTFOUND feeds.example.org', 'getaddrinfo ENOTFOUND ir.other.com'],
    ['quoted title', 'the page "One thing" is empty', 'the page "Another, longer thing" is empty'],
    ['path', "ENOENT: no such file or directory, open '/data/a/1.wav'", "ENOENT: no such file or directory, open '/srv/b/c/2.wav'"],
    ['moment', 'not before 2026-11-24T12:00:00Z', 'not before 2027-01-01T09:30:15.123+01:00'],
    ['uuid', 'request 3f2504e0-4f89-11d3-9a0c-0305e82c3301 failed', 'request 9b2504e0-4f89-41d3-8a0c-0305e82c3302 failed'],
    ['pointer', '[mp3 @ 0x55d0c2] Failed to read frame', '[mp3 @ 0x7fffaa] Failed to read frame'],
  ])('%s it names', (_what, one, other) => expect(of({ message: one })).toBe(of({ message: other })));

  test('line it is thrown in', () => {
    const stack = (line: number) => `at score (/srv/rivus/handlers/news.ts:${line}:7)\nat run (node_modules/x/y.js:1:1)`;
    expect(of({ message: 'x', stack: stack(12) })).toBe(of({ message: 'x', stack: stack(99) }));
  });
});

describe('another error has another one:', () => {
  test.each<[string, Report, Report]>([
    ['words', { message: 'no such table' }, { message: 'no such column' }],
    ['type', { message: 'x', name: 'TypeError' }, { message: 'x', name: 'RangeError' }],
    ['code', { message: 'x', code: 'ECONNRESET' }, { message: 'x', code: 'ETIMEDOUT' }],
    ['status', { message: 'x', status: 404 }, { message: 'x', status: 410 }],
    ['function', { message: 'x', stack: 'at score (a.ts:1:1)' }, { message: 'x', stack: 'at fetch (a.ts:1:1)' }],
    ['own frame, below those of others', { message: 'x', stack: 'at q (node_modules/z.js:1:1)\nat a (a.ts:1:1)' }, { message: 'x', stack: 'at q (node_modules/z.js:1:1)\nat b (b.ts:1:1)' }],
    ['innermost call of Python', { message: 'x', stack: '  File "a.py", line 1, in run\n  File "b.py", line 2, in parse' }, { message: 'x', stack: '  File "a.py", line 1, in run\n  File "c.py", line 2, in parse' }],
  ])('%s', (_what, one, other) => expect(of(one)).not.toBe(of(other)));
});

test('it is 12 hex digits', () => expect(of({ message: 'x' })).toMatch(/^[0-9a-f]{12}$/));
