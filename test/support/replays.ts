/** What must be true of every data folder, whatever has happened to it: each journal leads to what is stored. */
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { replayAll } from '../../runtime/recorder/replay.ts';
import { openStore } from '../../runtime/store/open.ts';
import { StoreUnusable } from '../../runtime/store/unusable.ts';

/** After its runner has ended. A folder that a test has damaged, so that nobody can open it, has nothing to replay. */
export function expectReplays(dataDir: string): void {
  const wrong = replayedIn(dataDir).filter(({ ok }) => !ok);
  expect(wrong, `journals in ${dataDir} that do not fold to their snapshots`).toEqual([]);
}

function replayedIn(dataDir: string) {
  if (!fs.existsSync(path.join(dataDir, 'rivus.db'))) return [];
  try {
    const db = openStore(dataDir, { readonly: true });
    try {
      return replayAll(db);
    } finally {
      db.close();
    }
  } catch (error) {
    if (isDamage(error)) return [];
    throw error;
  }
}

const isDamage = (error: unknown): boolean => error instanceof StoreUnusable || String((error as { code?: unknown }).code).startsWith('SQLITE_');
