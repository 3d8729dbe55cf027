/** Databases that are sound, and older than they were. */
import { copyFileSync, cpSync, openSync, closeSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { StoreUnusable } from '../../../runtime/store/unusable.ts';
import { forgetMark, markIn } from '../../../runtime/store/high-water.ts';
import { openStore } from '../../../runtime/store/open.ts';
import { wait } from '../moments.ts';
import { reading } from '../place.ts';
import { inTrial, stopwatch, words, type Fault } from './fault.ts';
import type { Trial } from './trial.ts';

const LOST = /has lost \d+ commits?.*--accept-rollback/;

/** A runner says what is lost and does not start; told to go on, it goes on. */
async function refusedAndAccepted(trial: Trial): Promise<string[]> {
  const refusing = trial.start();
  const { code } = await refusing.ended;
  const said = refusing.lines.join(' ');
  const accepting = trial.start({ args: ['--accept-rollback'] });
  await accepting.ready;
  const { code: accepted } = await accepting.stop();
  return [
    ...(code === 65 && LOST.test(said) ? [] : [`it ended with ${code}: ${said}`]),
    ...(accepted === 0 ? [] : [`with --accept-rollback it ended with ${accepted}: ${accepting.lines.join(' ')}`]),
  ];
}

/** As SQLite finds it: 0 when nothing at all is left. */
const commitIn = (trial: Trial): number =>
  reading(trial.place, (db) => (db.pragma('user_version', { simple: true }) === 0 ? 0 : db.prepare<[], number>('SELECT commit_seq FROM runner').pluck().get()!));

/** Whether a start would be refused: as the runner's own does it, without the runner. */
function isNoticed(trial: Trial): boolean {
  try {
    openStore(trial.place.dataDir).close();
    return false;
  } catch (error) {
    if (error instanceof StoreUnusable && error.kind === 'rolledBack') return true;
    throw error;
  }
}

function flipByte(file: string): void {
  const at = Math.floor(Math.random() * statSync(file).size);
  const fd = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  writeSync(fd, Buffer.from([byte[0]! ^ (1 << Math.floor(Math.random() * 8))]), 0, 1, at);
  closeSync(fd);
}

export const flippedByte: Fault = {
  name: 'one bit of the WAL flipped after a kill',
  quick: 20,
  full: 500,
  async inject(times) {
    const wrong: string[] = [];
    let [noticed, harmless, silent, lost] = [0, 0, 0, 0];
    await inTrial({ items: 100 }, async (trial) => {
      await trial.liveAndBeKilled(8);
      // A kill between a commit and its mark leaves the mark one behind: of that commit nobody has been told yet.
      const whole = markIn(trial.place.dataDir)!.commit;
      if (commitIn(trial) - whole > 1) wrong.push(`the mark is ${commitIn(trial) - whole} commits behind`);
      const kept = trial.keep();
      for (let n = 0; n < times; n++) {
        kept.restore();
        flipByte(`${trial.database}-wal`);
        const left = commitIn(trial);
        if (isNoticed(trial)) noticed += 1;
        else if (left < whole) wrong.push(`it would have started ${whole - left} commits short`);
        else harmless += 1;
        // The control: SQLite alone.
        kept.restore();
        flipByte(`${trial.database}-wal`);
        forgetMark(trial.place.dataDir);
        const short = whole - commitIn(trial);
        if (short > 0 && !isNoticed(trial)) [silent, lost] = [silent + 1, Math.max(lost, short)];
      }
      kept.restore();
      rmSync(`${trial.database}-wal`);
      wrong.push(...(await refusedAndAccepted(trial)));
    });
    if (noticed === 0) wrong.push('none was noticed');
    const outcome = `${noticed} refused with 65 and the number of lost commits, ${harmless} in places that hold nothing; \`--accept-rollback\` goes on`;
    return { injected: times, outcome, control: `without \`rivus.mark\`: ${silent} of ${times} start in silence, up to ${lost} commits short`, wrong };
  },
};

export const walRemoved: Fault = {
  name: '`rivus.db-wal` removed after a kill',
  quick: 1,
  full: 5,
  async inject(times) {
    const wrong: string[] = [];
    await inTrial({ items: 20 + times * 20 }, async (trial) => {
      for (let n = 0; n < times; n++) {
        await trial.liveAndBeKilled(2);
        rmSync(`${trial.database}-wal`);
        wrong.push(...(await refusedAndAccepted(trial)));
      }
    });
    return { injected: times, outcome: 'refused with 65 and the number of lost commits; `--accept-rollback` goes on', wrong };
  },
};

export const oldCopy: Fault = {
  name: 'an older copy put in the place of the database',
  quick: 1,
  full: 5,
  async inject(times) {
    const wrong: string[] = [];
    await inTrial({ items: 20 + times * 40 }, async (trial) => {
      for (let n = 0; n < times; n++) {
        wrong.push(...words(await trial.finish()).filter((one) => one.startsWith('alive')));
        copyFileSync(trial.database, `${trial.database}.old`);
        await trial.liveAndBeKilled(2);
        for (const side of ['-wal', '-shm']) rmSync(`${trial.database}${side}`, { force: true });
        renameSync(`${trial.database}.old`, trial.database);
        wrong.push(...(await refusedAndAccepted(trial)));
      }
    });
    return { injected: times, outcome: 'refused with 65 and the number of lost commits; `--accept-rollback` goes on', wrong };
  },
};

/** How soon is asked every five seconds. */
const LATEST_NOTICE_MS = 8_000;

export const replacedWhileRunning: Fault = {
  name: 'database replaced while the runner works',
  quick: 1,
  full: 5,
  async inject(times) {
    const wrong: string[] = [];
    const after: number[] = [];
    for (let n = 0; n < times; n++) {
      await inTrial({ items: 20 }, async (trial) => {
        const life = trial.start();
        const wire = await trial.connect(life);
        await trial.add(wire, 2);
        cpSync(trial.database, `${trial.database}.copy`);
        renameSync(`${trial.database}.copy`, trial.database);
        const since = stopwatch();
        const { code } = await Promise.race([life.ended, wait(LATEST_NOTICE_MS).then(() => ({ code: 'nothing' }))]);
        after.push(since());
        wire?.close();
        if (code !== 74 || !life.lines.some((line) => /was removed or replaced/.test(line))) wrong.push(`it ended with ${code}: ${life.lines.at(-1)}`);
      });
    }
    return { injected: times, outcome: `ends with 74 after at most ${(Math.max(...after) / 1000).toFixed(1)} s, and says so`, wrong };
  },
};
