/** The runner as it sees itself. */
import fs from 'node:fs';
import path from 'node:path';
import type { Database } from 'better-sqlite3';
import type { ConnectionView, DiagnosisView, StatusView, SystemView } from '../../inspector/protocol.ts';
import { readTree } from '../store/actors-view.ts';
import { readAside } from '../store/aside-view.ts';
import { version } from '../version.ts';
import type { VitalSigns } from '../vital-signs.ts';

const MOST_ASIDE = 20;

export type SystemWorld = {
  db: Database;
  about: { startedAt: number; bootId: string; dataDir: string };
  clock: { now(): number };
  status(): StatusView;
  signs: Pick<VitalSigns, 'look'>;
  /** So far. */
  flushes(): number;
  connections(): ConnectionView[];
  diagnose(): Promise<DiagnosisView>;
};

export function systemNow({ db, about, clock, status, signs, flushes, connections }: SystemWorld): SystemView {
  const { runner, undelivered = [] } = status();
  const tree = readTree(db);
  const now = clock.now();
  return {
    at: now, version, node: process.versions.node, pid: process.pid, ...about, url: runner.url ?? '',
    memory: memoryNow(), ...signs.look(), database: filesOf(db, about.dataDir),
    flushes: { total: flushes(), perSecond: flushes() / Math.max(1, (now - about.startedAt) / 1_000) },
    actors: tree.length, restarts: tree.flatMap(({ path, state, restarts }) => (restarts ? [{ path, state, restarts }] : [])).toSorted((a, b) => b.restarts.lastAt - a.restarts.lastAt),
    connections: connections(), undelivered, aside: readAside(db).slice(0, MOST_ASIDE),
  };
}

function memoryNow(): SystemView['memory'] {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  return { rss, heapUsed, heapTotal, external };
}

/** Their sizes only: whoever opened and closed them would drop SQLite's locks. */
function filesOf(db: Database, dataDir: string): SystemView['database'] {
  const bytes = (file: string) => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const { bavail, bsize } = fs.statfsSync(dataDir);
  return { file: db.name, bytes: bytes(db.name), walBytes: bytes(`${db.name}-wal`), lock: path.join(dataDir, 'runner.lock'), freeBytes: bavail * bsize };
}
