/** Makes ready what the first failures would wait for: patterns become code when they are used, some of them in 30 ms. */
import type { Clock } from '../../actors/ports.ts';
import { examine } from './examine.ts';
import { failureFrom } from './failure.ts';
import { matches } from './rule.ts';
import { RULES } from './rules/index.ts';

/** Met by no rule, so that all are asked. V8 makes machine code of a pattern that it meets again. */
const STRANGE = ['one', 'two', 'three'].map((word) => failureFrom({ message: `the amber of number ${word} was inverted`, stack: 'at amber (file.ts:1:1)' }));

/** A rule in each turn of the loop, so that nobody waits for it either. */
export async function warmUp(clock: Clock): Promise<void> {
  for (const rule of RULES) {
    await new Promise<void>((resolve) => clock.defer(resolve));
    for (const failure of STRANGE) matches(rule, failure);
  }
  for (const failure of STRANGE) examine([failure], clock.now());
}
