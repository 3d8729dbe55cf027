import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { keepCompiledCode } from '../compiled.ts';
import type { QuickChecked } from './quick-check.ts';

keepCompiledCode();
parentPort!.postMessage(check(workerData as string));

function check(file: string): QuickChecked {
  try {
    const db = new Database(file, { readonly: true, timeout: 2_000 });
    const found = db.prepare<[], string>('PRAGMA quick_check').pluck().all();
    db.close();
    return { found: found.filter((line) => line !== 'ok') };
  } catch (error) {
    if (error instanceof Database.SqliteError) return { found: [], code: error.code };
    throw error;
  }
}
