import { expect, test } from 'vitest';
import type { Clock } from '../../actors/ports.ts';
import { RULES } from '../../runtime/doctor/rules/index.ts';
import { warmUp } from '../../runtime/doctor/warm-up.ts';

test('every rule is asked before anything fails, one in each turn of the loop', async () => {
  let turns = 0;
  const asked = new Map<RegExp, number>();
  const { exec } = RegExp.prototype;
  RegExp.prototype.exec = function (text) {
    asked.set(this, turns);
    return exec.call(this, text);
  };
  try {
    await warmUp({ now: () => 0, defer: (run) => void setImmediate(() => (turns++, run())) } as Partial<Clock> as Clock);
  } finally {
    RegExp.prototype.exec = exec;
  }
  expect(turns).toBe(RULES.length);
  const bySays = RULES.filter(({ when: { says, name, id, status, exitCode, signal, resumes } }) => says && !name && !id && !status && !exitCode && !signal && !resumes);
  expect(bySays.filter(({ when }) => !asked.has(when.says!))).toEqual([]);
});
