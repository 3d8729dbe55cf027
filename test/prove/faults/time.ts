/** Clocks that are set, and processes that stand still. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { reading } from '../place.ts';
import { wait } from '../moments.ts';
import { timeOuts } from '../audit/tasks.ts';
import { inTrial, stopwatch, words, type Fault } from './fault.ts';
import { shim } from './tools.ts';
import type { Trial } from './trial.ts';

/** The jobs of the kill test have time-outs that a busy machine may miss by itself. */
function withTimeOut(trial: Trial, timeout: string): void {
  writeFileSync(trial.place.config, readFileSync(trial.place.config, 'utf8').replace('timeout: 150ms', `timeout: ${timeout}`));
}

const HOUR_S = 3_600;
/** A clock that was set is noticed every five seconds. */
const LATEST_LAPSE_MS = 7_000;

export const clockSet: Fault = {
  name: 'clock set forward and back by hours while items flow',
  needs: 'gcc',
  quick: 4,
  full: 20,
  async inject(times) {
    const wrong: string[] = [];
    let lapse = 0;
    await inTrial({ items: 40 + times * 10, fails: 0 }, async (trial) => {
      withTimeOut(trial, '2s');
      const file = path.join(path.dirname(trial.place.config), 'clock');
      const set = (seconds: number) => writeFileSync(file, ahead(seconds), { flag: 'r+' });
      writeFileSync(file, ahead(0));
      const life = trial.start({ env: { LD_PRELOAD: shim('clock'), CLOCK_FILE: file } });
      const wire = (await trial.connect(life))!;
      const adding = trial.add(wire);
      for (let n = 0; n < times; n++) {
        set(n % 2 === 0 ? 5 * HOUR_S : -2 * HOUR_S);
        await wait(100);
      }
      await adding;
      set(0);
      // The time of day at which a pause ends comes at once when the clock is set past it.
      await wait(5_100);
      await trial.operator.order(wire, { type: 'PAUSE', job: 'west', reason: 'for an hour', until: Date.now() + HOUR_S * 1000 });
      set(2 * HOUR_S);
      const since = stopwatch();
      while (since() < LATEST_LAPSE_MS && (await wire.jobs())?.find(({ id }) => id === 'west')?.state === 'paused') await wait(20);
      lapse = since();
      if (lapse >= LATEST_LAPSE_MS) wrong.push(`a pause whose end had come was still in force ${lapse} ms later`);
      await trial.quiet(wire);
      wire.close();
      await life.stop();
      const missed = reading(trial.place, timeOuts);
      if (missed > 0) wrong.push(`${missed} attempts were timed out by the clock`);
      wrong.push(...words(await trial.finish()));
    });
    return { injected: times, outcome: `no attempt ends early or late, nothing is lost; a pause ends ${(lapse / 1000).toFixed(1)} s after the clock was set past its end`, wrong };
  },
};

function ahead(seconds: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds));
  return bytes;
}

const stopped = (name: string, quickMs: number, fullMs: number, full: number): Fault => ({
  name, quick: 1, full,
  async inject(times) {
    const ms = times === 1 ? quickMs : fullMs;
    const wrong: string[] = [];
    await inTrial({ items: times * 60, fails: 0 }, async (trial) => {
      withTimeOut(trial, '1s');
      const life = trial.start();
      const wire = (await trial.connect(life))!;
      for (let n = 0; n < times; n++) {
        await trial.add(wire, 8);
        await wait(50);
        life.signal('SIGSTOP');
        const second = await trial.start().ended;
        if (second.code !== 75) wrong.push(`a second runner ended with ${second.code} while the first was stopped`);
        await wait(ms);
        life.signal('SIGCONT');
        await trial.quiet(wire);
      }
      wire.close();
      const { code } = await life.stop();
      if (code !== 0) wrong.push(`it ended with ${code}`);
      const missed = reading(trial.place, timeOuts);
      if (missed > 0) wrong.push(`${missed} attempts were timed out for time that they did not have`);
      trial.effects.read();
      const starts = trial.effects.starts.length;
      if (starts !== trial.operator.added * 3) wrong.push(`${starts} handlers were started for ${trial.operator.added * 3} tasks`);
      wrong.push(...words(await trial.finish()));
    });
    return { injected: times, outcome: 'a second runner is refused with 75; then each task that ran goes on, none is timed out or started twice', wrong };
  },
});

export const laptopLid: Fault = stopped('process stopped for a minute (SIGSTOP: a laptop that sleeps)', 2_500, 60_000, 2);
