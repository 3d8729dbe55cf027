/** The database: sound, of a schema that this program knows, and its journals lead to what is stored. */
import fs from 'node:fs';
import path from 'node:path';
import { replayAll } from '../../recorder/replay.ts';
import { readAside } from '../../store/aside-view.ts';
import { latestSchema, schemaOf } from '../../store/migrate.ts';
import { openStore, type Handle } from '../../store/open.ts';
import { damagesOf, lastEventAt, sqliteVersion } from '../../store/soundness.ts';
import type { Desk } from '../desk.ts';
import { findRunner } from '../runner.ts';
import { moment } from '../time.ts';
import { ok, bad, odd, size, type Finding } from './finding.ts';

/** A checkpoint each 30 s keeps it below; a reader that never ends does not. */
const LARGE_WAL = 256 * 1024 ** 2;
const CLOCK_SLACK_MS = 60_000;

export function diagnoseDatabase(desk: Desk): Finding[] {
  const file = path.join(desk.data, 'rivus.db');
  if (!fs.existsSync(file)) return [ok('database', 'nothing is stored yet')];
  try {
    const db = openStore(desk.data, { readonly: true });
    try {
      return [...soundness(db, file), ...schema(db), ...wal(desk, file), ...journals(db), ...aside(db, desk), ...clock(db, desk)];
    } finally {
      db.close();
    }
  } catch (error) {
    return [bad('database', (error as Error).message, 'npx jobctl restore BACKUP')];
  }
}

function soundness(db: Handle, file: string): Finding[] {
  const damages = damagesOf(db);
  const about = `${size(fs.statSync(file).size)}, SQLite ${sqliteVersion(db)}`;
  return [damages.length === 0 ? ok('database', `sound: ${about}`) : bad('database', `damaged: ${damages[0]}${damages.length > 1 ? `, and ${damages.length - 1} more` : ''}`, 'npx jobctl restore BACKUP')];
}

/** A newer one was refused when it was opened. */
function schema(db: Handle): Finding[] {
  const found = schemaOf(db);
  return [found === latestSchema ? ok('schema', `${found}`) : odd('schema', `${found}; the next start brings it to ${latestSchema}`, 'npx jobctl backup')];
}

function wal({ data }: Desk, file: string): Finding[] {
  const bytes = fs.statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > LARGE_WAL) return [odd('write-ahead log', `${size(bytes)}: somebody has been reading for long`, `fuser ${file}`)];
  if (bytes > 0 && !findRunner(data)) return [odd('write-ahead log', `${size(bytes)} left by a runner that was killed; the next start takes it in`, 'npx jobctl run')];
  return [ok('write-ahead log', size(bytes))];
}

function journals(db: Handle): Finding[] {
  const all = replayAll(db);
  const wrong = all.filter((actor) => !actor.ok);
  if (wrong.length === 0) return [ok('journals', `${all.length} actors replay to what is stored`)];
  return [odd('journals', `${wrong.length} of ${all.length} actors do not replay to what is stored: ${wrong[0]!.path}`, `npx jobctl replay ${wrong[0]!.path}`)];
}

function aside(db: Handle, desk: Desk): Finding[] {
  const [newest, ...older] = readAside(db);
  if (!newest) return [];
  const more = older.length > 0 ? `, and ${older.length} before` : '';
  return [odd('stored states', `${newest.path} began anew ${moment(newest.at, desk.clock.now())}, for its stored state could not be used: ${newest.reason}${more}`, `npx jobctl actor ${newest.path}`)];
}

function clock(db: Handle, desk: Desk): Finding[] {
  const lastAt = lastEventAt(db);
  const now = desk.clock.now();
  if (lastAt === undefined || lastAt <= now + CLOCK_SLACK_MS) return [ok('clock', new Date(now).toLocaleString('en-GB'))];
  return [odd('clock', `it is behind what was written ${moment(lastAt, now)}: waits are longer until it has caught up`, 'timedatectl')];
}
