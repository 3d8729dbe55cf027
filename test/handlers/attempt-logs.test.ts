/** What is kept of what attempts say, in memory, until they are settled. */
import { expect, test } from 'vitest';
import { VALIDATE } from '../../actors/ports.ts';
import { AttemptLogs } from '../../runtime/handlers/attempt-logs.ts';
import { claimOf } from '../support/handlers.ts';

const line = (message: string, facts?: Record<string, unknown>) => ({ at: 1, level: 'info' as const, message, ...(facts && { facts }) });

test('the newest lines are kept, with how many older there were', () => {
  const [logs, claim] = [new AttemptLogs(), claimOf('work')];
  for (let n = 1; n <= 250; n++) logs.line(claim, line(`line ${n}`));
  const { lines, linesLost } = logs.take(claim)!;
  expect([lines.length, lines[0]!.message, lines.at(-1)!.message, linesLost]).toEqual([200, 'line 51', 'line 250', 50]);
});

test('long ones are shortened, and all of them together are at most so long', () => {
  const [logs, claim] = [new AttemptLogs(), claimOf('work')];
  for (let n = 1; n <= 60; n++) logs.line(claim, line(`${n} ${'x'.repeat(5_000)}`, { body: 'y'.repeat(5_000) }));
  for (let n = 1; n <= 150; n++) logs.call(claim, { at: 1, method: 'GET', url: `https://example.org/${n}`, ms: null });
  const { lines, linesLost, calls, callsLost } = logs.take(claim)!;
  expect(lines.at(-1)).toMatchObject({ message: `60 ${'x'.repeat(1_996)}…`, facts: { facts: 'left out: 5011 characters' } });
  expect(JSON.stringify(lines).length).toBeLessThan(35_000);
  expect(lines.length + linesLost).toBe(60);
  expect([calls.length, callsLost, calls.at(-1)!.url]).toEqual([100, 50, 'https://example.org/150']);
});

test('an attempt that says nothing has none; after it was taken nothing more is there', () => {
  const [logs, quiet, claim] = [new AttemptLogs(), claimOf('work'), claimOf('work', { itemId: 2 })];
  expect(logs.take(quiet)).toBeUndefined();
  logs.line(claim, line('hello'));
  expect(logs.peek({ job: 'watch', stage: 'work', itemId: 2 })).toMatchObject({ lines: [{ message: 'hello' }] });
  logs.take(claim);
  expect([logs.take(claim), logs.peek({ job: 'watch', stage: 'work', itemId: 2 })]).toEqual([undefined, undefined]);
});

test('a job’s own check is no attempt', () => {
  const [logs, claim] = [new AttemptLogs(), claimOf(VALIDATE)];
  logs.line(claim, line('checked'));
  expect(logs.take(claim)).toBeUndefined();
});
