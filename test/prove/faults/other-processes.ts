/** Other processes at the same database. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { keepHouse } from '../../../runtime/housekeeping.ts';
import { HighWater } from '../../../runtime/store/high-water.ts';
import { openStore } from '../../../runtime/store/open.ts';
import { storeOn } from '../../../runtime/store/store.ts';
import { SimulatedTime } from '../../support/simulated-clock.ts';
import { wait } from '../moments.ts';
import { inTrial, stopwatch, words, type Fault } from './fault.ts';

export const secondRunners: Fault = {
  name: 'several runners started on one folder at the same moment',
  quick: 5,
  full: 100,
  async inject(times) {
    const wrong: string[] = [];
    const GROUP = 5;
    await inTrial({ items: 10 }, async (trial) => {
      for (let n = 0; n < times; n += GROUP) {
        const lives = Array.from({ length: GROUP }, () => trial.start());
        const refused = lives.map((life) => life.ended.then(({ code }) => ({ life, code })));
        const codes: (number | null)[] = [];
        while (codes.length < GROUP - 1) codes.push(await nextOf(refused));
        const [winner, ...more] = lives.filter((life) => !life.isOver);
        if (!winner || more.length > 0 || codes.some((code) => code !== 75)) wrong.push(`${more.length + (winner ? 1 : 0)} run, the others ended with ${codes.join()}`);
        await winner?.ready;
        await winner?.stop();
      }
      wrong.push(...words(await trial.finish()));
    });
    return { injected: times, outcome: `one of each five runs, the others are refused with 75`, wrong };
  },
};

/** Takes the first that has ended out of those that have not. */
async function nextOf(ending: Promise<{ code: number | null }>[]): Promise<number | null> {
  const first = await Promise.race(ending.map((one, index) => one.then(({ code }) => ({ code, index }))));
  ending.splice(first.index, 1);
  return first.code;
}

const LOCKED_MS = 3_000;
const LONGEST_STALL_MS = 250;
const PATIENT = fileURLToPath(new URL('./patient-writer.ts', import.meta.url));

export const secondWriter: Fault = {
  name: 'another program holds the write lock for 3 s',
  quick: 1,
  full: 5,
  async inject(times) {
    const wrong: string[] = [];
    let worst = 0;
    for (let n = 0; n < times; n++) worst = Math.max(worst, await stallWhileLocked(wrong));
    const control = await stallWhileLocked(undefined, PATIENT);
    // On a machine with other things to do both are longer.
    if (worst > Math.max(LONGEST_STALL_MS, control / 10)) wrong.push(`the loop stood still for ${worst} ms`);
    if (control <= 4 * LONGEST_STALL_MS) wrong.push(`with the default patience it stood still for ${control} ms only: the test measures nothing`);
    return {
      injected: times,
      outcome: `answers all the time, at most ${worst} ms late; what was to be stored is stored when the lock is free`,
      control: `with better-sqlite3's own patience of 5 s: ${control} ms`,
      wrong,
    };
  },
};

/** Longest wait for an answer, ms. `wrong`: takes what became of the work; left out, nobody asks. */
async function stallWhileLocked(wrong?: string[], preload?: string): Promise<number> {
  return inTrial({ items: 80 }, async (trial) => {
    const life = trial.start(preload === undefined ? {} : { preload });
    const wire = (await trial.connect(life))!;
    await trial.add(wire, 4);
    const adding = trial.add(wire);
    const writer = new Database(trial.database, { timeout: 1_000 });
    writer.exec('BEGIN IMMEDIATE');
    const since = stopwatch();
    let worst = 0;
    while (since() < LOCKED_MS) {
      const asked = stopwatch();
      await wire.jobs();
      worst = Math.max(worst, asked());
      await wait(20);
    }
    writer.exec('ROLLBACK');
    writer.close();
    if (!wrong) return worst;
    await adding;
    await trial.quiet(wire);
    wire.close();
    const { code } = await life.stop();
    if (code !== 0) wrong.push(`it ended with ${code}: ${life.lines.at(-1)}`);
    wrong.push(...words(await trial.finish()));
    return worst;
  });
}

const MIB = 2 ** 20;
const WRITTEN_MIB = 80;

export const longReader: Fault = {
  name: 'another program reads for long, while 80 MB are written',
  quick: 1,
  full: 5,
  async inject(times) {
    const wrong: string[] = [];
    let [peak, after, took] = [0, 0, 0];
    for (let n = 0; n < times; n++) {
      const found = await readForLong();
      wrong.push(...found.wrong);
      [peak, after, took] = [Math.max(peak, found.peak), Math.max(after, found.after), Math.max(took, found.took)];
    }
    if (after > 4 * MIB) wrong.push(`the WAL still has ${after} bytes`);
    return { injected: times, outcome: `a warning that names the cause at ${Math.round(peak / MIB)} MB of WAL; ${Math.round(after / MIB)} MB at most ${took / 1000} s after the reader has gone`, wrong };
  },
};

/** The store and what looks after it, on a simulated clock. */
async function readForLong(): Promise<{ peak: number; after: number; took: number; wrong: string[] }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rivus-reader-'));
  const db = openStore(folder);
  const store = storeOn(db);
  store.boot();
  const warnings: string[] = [];
  const wrong: string[] = [];
  const quiet = { debug() {}, info() {}, warn: (line: string) => void warnings.push(line), error: (line: string) => void wrong.push(line) };
  const time = new SimulatedTime(0);
  const clock = time.clock();
  const mark = new HighWater(folder, db, (error) => wrong.push(error.message));
  const house = keepHouse({ clock, log: quiet, store, mark, uncleanStop: false, onTrouble: (error) => wrong.push(error.message), guarded: (look) => look });
  const reader = new Database(path.join(folder, 'rivus.db'), { readonly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM memo').get();
  for (let n = 0; n < WRITTEN_MIB; n++) store.memos.save(`part ${n}`, JSON.stringify('x'.repeat(MIB)), n);
  await time.pass(31_000);
  const peak = store.checkpoint().bytes;
  if (!warnings.some((line) => /another program has had the database open for reading/.test(line))) wrong.push(`it did not warn: ${warnings.join()}`);
  reader.close();
  const gone = time.now;
  while (store.walBytes() >= 4 * MIB && time.now - gone < 60_000) await time.pass(1_000);
  const took = time.now - gone;
  const after = store.walBytes();
  house.close();
  mark.close();
  store.close();
  rmSync(folder, { recursive: true });
  return { peak, after, took, wrong };
}
