import { onTestFinished, expect, test } from 'vitest';
import { VitalSigns } from '../../runtime/vital-signs.ts';
import { StandingClock } from '../support/control.ts';

const SECOND = 1_000;

test('the runner is measured second by second while somebody looks, and no longer', () => {
  const clock = new StandingClock();
  let flushes = 100;
  const signs = new VitalSigns(clock, () => flushes);
  onTestFinished(() => signs.close());
  clock.advance(5 * SECOND);
  expect(signs.look()).toEqual({ signs: [], lag: { p50: 0, p99: 0, most: 0 } });

  flushes = 108;
  clock.advance(SECOND);
  flushes = 109;
  clock.advance(SECOND);
  expect(signs.look().signs.map(({ flushes }) => flushes)).toEqual([8, 1]);
  expect(signs.look().signs[0]).toMatchObject({ at: clock.now() - SECOND, lagMs: expect.any(Number), cpu: expect.any(Number), rss: expect.any(Number) });

  clock.advance(200 * SECOND);
  const { signs: before } = signs.look();
  expect(before.length).toBeLessThan(40);
  // Whoever looks again begins anew: what lies between was not measured.
  clock.advance(SECOND);
  expect(signs.look().signs).toHaveLength(1);
});

test('what keeps the loop from turning is seen by how late its timers come', () => {
  const clock = new StandingClock();
  const signs = new VitalSigns(clock, () => 0);
  onTestFinished(() => signs.close());
  signs.look();
  clock.advance(SECOND);
  const { monotonic } = clock;
  // For one tick the clock has gone on by 300 ms more than the timer was to take.
  let late = 0;
  clock.monotonic = () => monotonic() + late;
  clock.advance(100);
  late = 300;
  clock.advance(SECOND);
  expect(signs.look().lag).toMatchObject({ p50: 300, most: 300 });
  expect(signs.look().signs.map(({ lagMs }) => lagMs)).toEqual([0, 300]);
});

test('two minutes are kept', () => {
  const clock = new StandingClock();
  const signs = new VitalSigns(clock, () => 0);
  onTestFinished(() => signs.close());
  for (let n = 0; n < 150; n++) {
    signs.look();
    clock.advance(SECOND);
  }
  expect(signs.look().signs).toHaveLength(120);
});
