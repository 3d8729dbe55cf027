/** A data folder with very many items in it, written by the store itself, before a runner opens it. */
import path from 'node:path';
import type { JobSpec } from '../../machines/spec.ts';
import { openStore } from '../../runtime/store/open.ts';
import { storeOn } from '../../runtime/store/store.ts';
import { emptyBatch } from './store.ts';

const BATCH = 10_000;

/** `of`: what the nth item is. They are found a second after each other, the last one now. */
export function storeMany(folder: string, spec: JobSpec, n: number, of: (n: number) => { key: string; title: string; priority?: number }): void {
  const db = openStore(path.join(folder, 'data'));
  const store = storeOn(db);
  store.declare([spec]);
  store.boot();
  const now = Date.now();
  for (let from = 0; from < n; from += BATCH) {
    const candidates = Array.from({ length: Math.min(BATCH, n - from) }, (_, nth) => ({ ...of(from + nth), data: {} }));
    store.commit({ ...emptyBatch(now), found: [{ job: spec.id, at: now - (n - from) * 1_000, candidates }] });
  }
  db.close();
}
