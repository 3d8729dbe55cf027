import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

const db = new Database(workerData as string, { readonly: true, timeout: 2_000 });
const found = db.prepare<[], string>('PRAGMA quick_check').pluck().all();
db.close();
parentPort!.postMessage(found.filter((line) => line !== 'ok'));
