/** Disks and files that take no more. */
import { closeSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { StatusView } from '../../../inspector/protocol.ts';
import { wait } from '../moments.ts';
import type { Wire } from '../wire.ts';
import { inTrial, stopwatch, words, type Fault } from './fault.ts';
import { mountSmallDisk } from './tools.ts';
import type { Trial } from './trial.ts';

const DISK_MIB = 48;
const ITEMS = 120;
const FULL_MS = 2_000;
/** The promise is a second; the machine may have other things to do. */
const LATEST_RESUME_MS = 5_000;

export const diskFull: Fault = {
  name: 'disk full in the middle of the work',
  needs: 'mount',
  quick: 1,
  full: 5,
  async inject(times) {
    const wrong: string[] = [];
    const resumed: number[] = [];
    for (let n = 0; n < times; n++) {
      const disk = mountSmallDisk(DISK_MIB);
      try {
        await inTrial({ items: ITEMS, within: disk.folder }, async (trial) => {
          const { ms, wrong: found } = await fillAndFree(trial, disk.folder);
          resumed.push(ms);
          wrong.push(...found);
        });
      } finally {
        disk.remove();
      }
    }
    const outcome = `\`degraded\`: nothing new starts, \`status\` and commands are answered; goes on by itself ${Math.max(...resumed)} ms after space was freed; nothing lost, nothing twice`;
    return { injected: times, outcome, wrong };
  },
};

async function fillAndFree(trial: Trial, folder: string): Promise<{ ms: number; wrong: string[] }> {
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string) => void (holds || wrong.push(what));
  const life = trial.start();
  const wire = (await trial.connect(life))!;
  await trial.add(wire, 6);
  // As the runner lays it ten seconds after its start.
  writeFileSync(path.join(trial.place.dataDir, 'ballast'), Buffer.alloc(4 * 2 ** 20, 1));
  const filler = path.join(folder, 'filler');
  fillUp(filler);
  const adding = trial.add(wire);
  await said(life, /is full/);
  await wait(300);
  trial.effects.read();
  const before = trial.effects.starts.length;
  const { runner } = ((await wire.ask({ id: 'look', query: { type: 'status' } })) as unknown as { view: StatusView }).view;
  expect(runner.state === 'degraded' && /full/.test(runner.reason ?? ''), `its state is ${runner.state}: ${runner.reason}`);
  expect((await trial.operator.order(wire, { type: 'PAUSE', job: 'north', reason: 'while it is full' }))?.ok === true, 'a PAUSE was not acknowledged, although there was a ballast');
  await wait(FULL_MS);
  trial.effects.read();
  expect(trial.effects.starts.length === before, `${trial.effects.starts.length - before} handlers started on a full disk`);
  const since = stopwatch();
  rmSync(filler);
  await trial.effects.reached(before + 1);
  const ms = since();
  expect(ms < LATEST_RESUME_MS, `it went on only after ${ms} ms`);
  await trial.operator.order(wire, { type: 'RESUME', job: 'north', force: false });
  await adding;
  return { ms, wrong: [...wrong, ...(await finished(trial, wire, life))] };
}

async function finished(trial: Trial, wire: Wire, life: ReturnType<Trial['start']>): Promise<string[]> {
  await trial.add(wire);
  await trial.quiet(wire);
  wire.close();
  const { code } = await life.stop();
  return [...(code === 0 ? [] : [`it ended with ${code}: ${life.lines.at(-1)}`]), ...words(await trial.finish())];
}

/** A limit on the size of a file is told as an I/O error: SQLite cannot tell it from a disk that fails, and neither do we. */
export const fileSizeLimit: Fault = {
  name: 'limit on the size of files (`ulimit -f`) reached',
  needs: 'prlimit',
  quick: 1,
  full: 5,
  async inject(times) {
    const wrong: string[] = [];
    for (let n = 0; n < times; n++) {
      await inTrial({ items: ITEMS }, async (trial) => {
        const life = trial.start({ under: ['prlimit', `--fsize=${400_000 + n * 10_000}`] });
        const wire = await trial.connect(life);
        await Promise.race([trial.add(wire), life.ended]);
        const { code } = await Promise.race([life.ended, wait(10_000).then(() => ({ code: 'nothing' }))]);
        wire?.close();
        if (code !== 74) wrong.push(`it ended with ${code}: ${life.lines.at(-1)}`);
        wrong.push(...words(trial.audit()), ...words(await trial.finish()));
      });
    }
    return { injected: times, outcome: 'ends with 74 and names `ulimit -f`; the next start loses nothing', wrong };
  },
};

function fillUp(file: string): void {
  const fd = openSync(file, 'w');
  try {
    for (let size = 2 ** 20; size >= 4096; ) {
      try {
        if (writeSync(fd, Buffer.alloc(size, 1)) < size) size /= 16;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        size /= 16;
      }
    }
  } finally {
    closeSync(fd);
  }
  if (statfsSync(path.dirname(file)).bavail > 16) throw new Error('the disk could not be filled');
}

/** Resolves when it has said so. */
export async function said(life: { lines: string[]; isOver: boolean }, what: RegExp): Promise<string> {
  for (;;) {
    const line = life.lines.find((one) => what.test(one));
    if (line !== undefined) return line;
    if (life.isOver) throw new Error(`it ended without saying ${what}:\n${life.lines.join('\n')}`);
    await wait(10);
  }
}
