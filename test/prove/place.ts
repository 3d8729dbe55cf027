/** A folder of the kill test's own, with its jobs in it. */
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore, type Handle } from '../../runtime/store/open.ts';

/** The names of project/jobs.yaml. */
export const JOBS = ['north', 'south', 'west'] as const;
export const STAGES = ['fetch', 'extract', 'score'] as const;
export type Job = (typeof JOBS)[number];

const PROJECT = fileURLToPath(new URL('./project', import.meta.url));

export type Place = { config: string; dataDir: string; ledger: string; remove(): void };

/** @param within an existing folder; @param project what is copied into it */
export function makePlace(within = os.tmpdir(), project = PROJECT): Place {
  const folder = realpathSync(mkdtempSync(path.join(within, 'rivus-prove-')));
  cpSync(project, folder, { recursive: true });
  const ledger = path.join(folder, 'ledger.ndjson');
  writeFileSync(ledger, '');
  return { config: path.join(folder, 'jobs.yaml'), dataDir: path.join(folder, 'data'), ledger, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Looks at the database without changing it; undefined while there is none. */
export function reading<T>({ dataDir }: Place, look: (db: Handle) => T): T {
  const db = openStore(dataDir, { readonly: true });
  try {
    return look(db);
  } finally {
    db.close();
  }
}
