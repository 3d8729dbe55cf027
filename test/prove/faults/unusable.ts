/** Data folders that cannot be used, or not as they are. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { openStore } from '../../../runtime/store/open.ts';
import { inTrial, words, type Fault } from './fault.ts';
import { mountSmallDisk } from './tools.ts';
import type { Trial } from './trial.ts';

/** How a runner that must not start ends, and whether it has left the database as it was. */
async function refused(trial: Trial, code: number, saying: RegExp): Promise<string[]> {
  const before = hashOf(trial.database);
  const life = trial.start();
  const { code: ended } = await life.ended;
  const said = life.lines.join(' ');
  return [
    ...(ended === code ? [] : [`it ended with ${ended}, not ${code}: ${said}`]),
    ...(saying.test(said) ? [] : [`it did not say ${saying}: ${said}`]),
    ...(hashOf(trial.database) === before ? [] : ['the database was changed']),
  ];
}

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

function overwrite(file: string, at: number, bytes: Buffer): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

const random = (below: number): number => Math.floor(Math.random() * below);
const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random(256)));

export const readOnly: Fault = {
  name: 'data folder on a read-only file system',
  needs: 'mount',
  quick: 1,
  full: 3,
  async inject(times) {
    const wrong: string[] = [];
    const disk = mountSmallDisk(48);
    try {
      await inTrial({ items: 20, within: disk.folder }, async (trial) => {
        await trial.liveAndBeKilled(2);
        for (let n = 0; n < times; n++) {
          disk.remount('ro');
          wrong.push(...(await refused(trial, 73, /cannot be written.*--data/)));
          disk.remount('rw');
        }
        wrong.push(...words(await trial.finish()));
      });
    } finally {
      disk.remove();
    }
    return { injected: times, outcome: 'refused with 73 and the name of the folder; goes on when it can be written again', wrong };
  },
};

export const garbageHeader: Fault = {
  name: 'beginning of the database overwritten',
  quick: 1,
  full: 3,
  async inject(times) {
    const wrong: string[] = [];
    await inTrial({ items: 20 }, async (trial) => {
      await trial.finish();
      for (let n = 0; n < times; n++) {
        overwrite(trial.database, 0, noise(64));
        wrong.push(...(await refused(trial, 65, /no SQLite database, or its beginning is damaged: restore a backup/)));
      }
    });
    return { injected: times, outcome: 'refused with 65, the file left as it is', wrong };
  },
};

export const newerSchema: Fault = {
  name: 'database of a newer Rivus',
  quick: 1,
  full: 3,
  async inject(times) {
    const wrong: string[] = [];
    await inTrial({ items: 20 }, async (trial) => {
      await trial.finish();
      const db = new Database(trial.database);
      db.pragma('user_version = 999');
      db.close();
      for (let n = 0; n < times; n++) wrong.push(...(await refused(trial, 70, /schema 999.*start the newer Rivus/)));
    });
    return { injected: times, outcome: 'refused with 70, the file left as it is', wrong };
  },
};

/** After a kill the file is looked through while the runner works: what it cannot read it may meet before, or be told of. */
export const damagedPage: Fault = {
  name: 'a page of the database overwritten',
  quick: 2,
  full: 100,
  async inject(times) {
    const wrong: string[] = [];
    const counts = { refused: 0, harmless: 0, unnoticed: 0 };
    await inTrial({ items: 60 }, async (trial) => {
      wrong.push(...words(await trial.finish()));
      const kept = trial.keep();
      const sound = contentOf(trial)!;
      for (let n = 0; n < times; n++) {
        kept.restore();
        const pages = statSync(trial.database).size / 4096;
        // The header has a fault of its own.
        overwrite(trial.database, 4096 * (1 + random(pages - 1)) + random(4096 - 300), noise(300));
        const content = contentOf(trial);
        counts[content === undefined ? 'refused' : content === sound ? 'harmless' : 'unnoticed'] += 1;
      }
      // Once by a runner: the root of a table that it needs.
      kept.restore();
      overwrite(trial.database, 4096 * (rootOf(trial, 'task') - 1), noise(4096));
      const { code } = await endOf(trial);
      if (code !== 65) wrong.push(`the runner ended with ${code} on a damaged table`);
    });
    const { refused: noticed, harmless, unnoticed } = counts;
    const figures = [`${noticed} noticed by \`quick_check\``, `${harmless} in places that hold nothing`, `${unnoticed} within a text, which SQLite has no checksum for`];
    return { injected: times, outcome: `ends with 65 and says to take a backup: ${figures.join(', ')}`, wrong };
  },
};

/** All that it holds; undefined when it is found to be damaged. */
function contentOf(trial: Trial): string | undefined {
  try {
    const db = openStore(trial.place.dataDir, { readonly: true });
    try {
      if (db.pragma('quick_check', { simple: true }) !== 'ok') return undefined;
      const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
      const hash = createHash('sha256');
      for (const table of tables) hash.update(JSON.stringify(db.prepare(`SELECT * FROM "${table}"`).raw().all()));
      return hash.digest('hex');
    } finally {
      db.close();
    }
  } catch {
    return undefined;
  }
}

function rootOf(trial: Trial, table: string): number {
  const db = openStore(trial.place.dataDir, { readonly: true });
  const root = db.prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table)!;
  db.close();
  return root;
}

async function endOf(trial: Trial): Promise<{ code: number | null }> {
  const life = trial.start();
  const fuse = setTimeout(() => life.kill(), 20_000);
  const ended = await life.ended;
  clearTimeout(fuse);
  return ended;
}

export const damagedIndexOfWal: Fault = {
  name: '`rivus.db-shm` removed or overwritten after a kill',
  quick: 2,
  full: 10,
  async inject(times) {
    const wrong: string[] = [];
    await inTrial({ items: 20 + times * 12 }, async (trial) => {
      for (let n = 0; n < times; n++) {
        await trial.liveAndBeKilled(2);
        const shm = `${trial.database}-shm`;
        if (n % 2 === 0) rmSync(shm, { force: true });
        else writeFileSync(shm, noise(32_768));
        wrong.push(...words(trial.audit()));
      }
      wrong.push(...words(await trial.finish()));
    });
    return { injected: times, outcome: 'harmless: it is made anew', wrong };
  },
};
