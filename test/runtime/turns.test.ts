import { expect, test } from 'vitest';
import type { Clock } from '../../actors/ports.ts';
import { Turns } from '../../runtime/turns.ts';

/** A clock on which each piece of work takes a millisecond, and turns of the loop come when the test says so. */
function loop() {
  let now = 0;
  let deferred: (() => void)[] = [];
  const clock = { monotonic: () => now, defer: (run: () => void) => void deferred.push(run) } as Partial<Clock> as Clock;
  const done: number[] = [];
  const turns = new Turns(clock);
  return {
    done,
    begin: (n: number) => turns.run(() => (done.push(n), (now += 1), n)),
    fails: () => turns.run(() => { now += 1; throw new Error('odd'); }),
    turn: () => deferred.splice(0).forEach((run) => run()),
  };
}

test('a little is done at once; of a storm so much in each turn of the loop, in order, until all is done', async () => {
  const { begin, done, turn } = loop();
  const promised = Array.from({ length: 9 }, (_, n) => begin(n));
  expect(promised.slice(0, 3)).toEqual([0, 1, 2]);
  expect(done).toHaveLength(3);
  turn();
  expect(done).toHaveLength(6);
  turn();
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  turn();
  expect(await Promise.all(promised)).toEqual(done);
});

test('in a storm what is done is handed on together, in a turn in which nothing else is done', async () => {
  const { begin, done, turn } = loop();
  const handedOn: number[] = [];
  for (let n = 0; n < 30; n++) void Promise.resolve(begin(n)).then((n) => handedOn.push(n));
  const seen: [done: number, handedOn: number][] = [];
  for (let n = 0; n < 7; n++) {
    turn();
    await new Promise(setImmediate);
    seen.push([done.length, handedOn.length]);
  }
  expect(seen).toEqual([[6, 3], [9, 3], [9, 9], [12, 9], [15, 9], [15, 15], [18, 15]]);
});

test('what comes while others wait waits too, and a turn in which nothing was done has its whole time', async () => {
  const { begin, done, turn } = loop();
  for (let n = 0; n < 6; n++) void begin(n);
  turn();
  void begin(6);
  turn();
  turn();
  expect(begin(7)).toBe(7);
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('what is thrown is thrown, or rejects, and stops nobody else', async () => {
  const { begin, done, fails, turn } = loop();
  expect(() => fails()).toThrow('odd');
  for (let n = 0; n < 3; n++) begin(n);
  const [late, after] = [fails(), begin(3)];
  turn();
  await expect(late).rejects.toThrow('odd');
  expect(await after).toBe(3);
  expect(done).toEqual([0, 1, 2, 3]);
});
