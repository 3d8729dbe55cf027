/** What a stage's code and settings were: attempts and outputs point to these rows. */
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';

/** SHA-256 of each facet, as hex. */
export type VersionHashes = { bundle: string; prompts: string; model: string; config: string; schema: string };

export function versionsIn(db: Handle, { pipelines }: { pipelines: Pipelines }) {
  const OF = 'stage_id = ? AND bundle = ? AND prompts = ? AND model = ? AND config = ? AND schema = ?';
  const known = db.prepare<unknown[], number>(`SELECT id FROM version WHERE ${OF}`).pluck();
  const add = db.prepare<unknown[], number>('INSERT INTO version (stage_id, bundle, prompts, model, config, schema, created_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id').pluck();

  const make = db.transaction((version: unknown[], at: number): number => known.get(...version) ?? add.get(...version, at)!).immediate;

  /** The id of these hashes, made at `at` (ms since the epoch) when they are new: only then is anything written. */
  return (job: string, stage: string, { bundle, prompts, model, config, schema }: VersionHashes, at: number): number => {
    const version = [pipelines.stage(job, stage).id, bundle, prompts, model, config, schema];
    return known.get(...version) ?? make(version, at);
  };
}
