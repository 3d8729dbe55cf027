import { expect, test } from 'vitest';
import { projectFiles, read } from '../support/project-files.ts';
import { clockUses } from '../support/time-and-chance.ts';

test('only runtime/clock.ts asks the machine for the time or for chance', () => {
  const files = projectFiles().filter((file) => /^(machines|actors|runtime)\/.*\.(ts|js)$/.test(file) && file !== 'runtime/clock.ts');
  expect(files.length).toBeGreaterThan(10);
  expect(files.flatMap((file) => clockUses(read(file), file).map((use) => `${file}:${use}`))).toEqual([]);
});

test('runtime/clock.ts itself does, so the search finds what there is to find', () => {
  const uses = clockUses(read('runtime/clock.ts'), 'runtime/clock.ts').map((use) => use.replace(/^\d+: /, ''));
  expect([...new Set(uses)].toSorted()).toEqual(['Date.now', 'Math.random', 'performance.now', 'setImmediate', 'setTimeout']);
});

test.each([
  'const at = Date.now();',
  "const at = Date['now']();",
  'const at = new Date();',
  'const at = Date();',
  'const at = performance.now();',
  'const at = process.hrtime.bigint();',
  'setTimeout(run, 5);',
  'globalThis.setTimeout(run, 5);',
  'const wait = setInterval;',
  'const ports = { setTimeout };',
  'const ports = { later: setImmediate };',
  'call(setTimeout);',
  'const n = Math.random();',
  'const signal = AbortSignal.timeout(5);',
  "import { setTimeout as sleep } from 'node:timers/promises';",
  "import * as timers from 'timers';",
  "export { performance } from 'node:perf_hooks';",
  "const timers = await import('node:timers');",
])('finds %s', (code) => {
  expect(clockUses(code)).not.toEqual([]);
});

test.each([
  '// setTimeout(run, 5) and Date.now()',
  "const text = 'Date.now()';",
  'const at = new Date(clock.now());',
  'clock.setTimeout(run, 5);',
  'const clock = { setTimeout(run: () => void) {}, setInterval: later };',
  'interface Clock { setTimeout(run: () => void): unknown; setImmediate: () => void }',
  'type Timer = ReturnType<typeof setTimeout>;',
  'class Simulated { setTimeout() {} }',
  'const n = Math.max(1, 2);',
  'const shape = z.object({ setTimeout: z.string() });',
])('lets %s pass', (code) => {
  expect(clockUses(code)).toEqual([]);
});
