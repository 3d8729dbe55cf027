/** Disks that report errors, and processes that are killed at one call or another. */
import { wait } from '../moments.ts';
import { inTrial, words, type Fault, type Outcome } from './fault.ts';
import { shim } from './tools.ts';
import type { Trial } from './trial.ts';

const ORDERS = 4;
const LIFE_MS = 8_000;

type Failing = { call: 'write' | 'sync' | 'read'; file: 'rivus.db-wal' | 'rivus.db'; does: 'eio' | 'kill' | 'tear' | 'lose' };

const diskOf = ({ call, file, does }: Failing, at: number, times: number) => ({ LD_PRELOAD: shim('disk'), DISK_CALL: call, DISK_FILE: file, DISK_DO: does, DISK_AT: String(at), DISK_FOR: String(times) });

/** One life on the disk. Answers how it ended; 'unharmed' when the call did not come. */
async function live(trial: Trial, failing: Failing, at: number): Promise<{ ended: number | string; said: string }> {
  const life = trial.start({ env: diskOf(failing, at, failing.does === 'lose' ? 0 : 1) });
  const fuse = setTimeout(() => life.kill(), LIFE_MS * 2);
  const wire = await trial.connect(life);
  await Promise.race([trial.add(wire, ORDERS), life.ended]);
  // The file itself is written by checkpoints: at the latest when it ends.
  await Promise.race([wait(300), life.ended]);
  const { code, signal } = await life.stop();
  clearTimeout(fuse);
  wire?.close();
  return { ended: signal ?? (code === 0 ? 'unharmed' : code!), said: life.lines.at(-1) ?? '' };
}

/** The nth call, for each n from 1 on. */
async function each(failing: Failing, times: number, expected: readonly (number | string)[]): Promise<Outcome> {
  const wrong: string[] = [];
  let injected = 0;
  await inTrial({ items: times * ORDERS * 6 + 40 }, async (trial) => {
    // On a file that has something in it, in its WAL too.
    await trial.liveAndBeKilled(3);
    // A life has only so many of them.
    for (let at = 1, unharmed = 0; at <= times && unharmed < 3; at++) {
      const { ended, said } = await live(trial, failing, at);
      unharmed = ended === 'unharmed' ? unharmed + 1 : 0;
      if (unharmed > 0) continue;
      injected += 1;
      if (!expected.includes(ended)) wrong.push(`at ${failing.call} ${at} it ended with ${ended}: ${said}`);
      wrong.push(...words(trial.audit()));
    }
    wrong.push(...words(await trial.finish()));
  });
  if (injected === 0) wrong.push('the fault never came');
  return { injected, outcome: '', wrong };
}

/** Writes that are answered as done and are not: if that were not noticed, nothing that the audit says would mean anything. */
async function losesWrites(): Promise<string> {
  // Where in its life they begin to be lost is a matter of chance: before anything was acknowledged there is nothing to lose.
  for (const at of [40, 80, 120, 160, 200]) {
    const missing = await lostFrom(at);
    if (missing > 0) return `a disk that loses writes in silence: the audit finds ${missing} things missing`;
  }
  throw new Error('a disk that loses writes was not noticed');
}

async function lostFrom(at: number): Promise<number> {
  return inTrial({ items: 60 }, async (trial) => {
    await trial.liveAndBeKilled(2);
    const life = trial.start({ env: diskOf({ call: 'write', file: 'rivus.db-wal', does: 'lose' }, at, 0) });
    const wire = await trial.connect(life);
    await Promise.race([trial.add(wire, 2 * ORDERS), life.ended, wait(LIFE_MS)]);
    await wait(300);
    life.kill();
    await life.ended;
    wire?.close();
    try {
      return trial.audit().length;
    } catch {
      return 1; // Not even the file can be read any more.
    }
  });
}

const eio = (name: string, call: Failing['call'], file: Failing['file'], full: number, control = false): Fault => ({
  name, needs: 'gcc', quick: 1, full,
  async inject(times) {
    // Of a page that cannot be read SQLite says that the file is damaged.
    const result = await each({ call, file, does: 'eio' }, times, call === 'read' ? [74, 65] : [74]);
    const code = call === 'read' ? '74, or with 65 as of a damaged file' : '74';
    return { ...result, outcome: `ends with ${code}; the next start loses nothing that was acknowledged`, ...(control && { control: await losesWrites() }) };
  },
});

export const walWriteFails = eio('I/O error at the nth write of the WAL', 'write', 'rivus.db-wal', 25, true);
export const walSyncFails = eio('I/O error at the nth fsync of the WAL', 'sync', 'rivus.db-wal', 25);
export const fileWriteFails = eio('I/O error at the nth write of the database', 'write', 'rivus.db', 12);
export const fileSyncFails = eio('I/O error at the nth fsync of the database', 'sync', 'rivus.db', 4);
export const fileReadFails = eio('I/O error at the nth read of the database', 'read', 'rivus.db', 12);

const killed = (name: string, does: 'kill' | 'tear', call: 'write' | 'sync'): Fault => ({
  name, needs: 'gcc', quick: 1, full: 25,
  async inject(times) {
    return { ...(await each({ call, file: 'rivus.db-wal', does }, times, ['SIGKILL'])), outcome: 'the next start loses nothing that was acknowledged, and does nothing twice' };
  },
});

export const killedAtWrite = killed('killed at the nth write of the WAL', 'kill', 'write');
export const killedAtSync = killed('killed at the nth fsync of the WAL', 'kill', 'sync');
export const tornWrite = killed('killed in the middle of the nth write of the WAL', 'tear', 'write');
