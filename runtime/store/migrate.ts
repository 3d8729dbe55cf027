/** Brings the schema up to date: numbered files, each applied once and as a whole. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Handle } from './open.ts';
import { inWords, StoreUnusable } from './unusable.ts';

/** SQL of one step; the first makes schema 1. */
export type Migration = { name: string; sql: string };

const FOLDER = join(import.meta.dirname, 'migrations');

const shipped: readonly Migration[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .map((name) => ({ name, sql: readFileSync(join(FOLDER, name), 'utf8') }));

/** The schema that this program knows. */
export const latestSchema = shipped.length;

/** 0 for a new file. */
export const schemaOf = (db: Handle): number => db.pragma('user_version', { simple: true }) as number;

/** @throws the name of the step that failed; the file then has the schema of the step before */
export function migrate(db: Handle, steps: readonly Migration[] = shipped): void {
  for (const [index, { name, sql }] of steps.entries()) {
    if (index < schemaOf(db)) continue;
    try {
      db.transaction(() => {
        db.exec(sql);
        db.pragma(`user_version = ${index + 1}`);
      }).immediate();
    } catch (cause) {
      // A disk that fails or is full is no fault of the step.
      if (inWords(db.name, cause) instanceof StoreUnusable) throw cause;
      throw new Error(`${db.name}: migration ${name} failed: ${(cause as Error).message}`, { cause });
    }
  }
}
