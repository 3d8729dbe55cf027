/** Which files belong to an item. Reads only. */
import type { Database } from 'better-sqlite3';
import { preparedFor } from './prepared.ts';

const statements = preparedFor((db) => ({
  one: db.prepare<[number, string], { name: string; hash: string; media: string; bytes: number }>(
    'SELECT use.name, artifact.hash, artifact.media, artifact.bytes FROM artifact_use use JOIN artifact ON artifact.hash = use.hash WHERE use.item_id = ? AND use.hash = ? LIMIT 1',
  ),
}));

/** Undefined when none of its attempts wrote it. */
export const artifactOfItem = (db: Database, item: number, hash: string) => statements(db).one.get(item, hash);
