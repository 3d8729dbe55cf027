/** After a run: is everything there that the figures claim was recorded? */
import { hash as digestOf } from 'node:crypto';
import { replayAll } from '../../runtime/recorder/replay.ts';
import { openStore } from '../../runtime/store/open.ts';
import { STAGES, type Project } from './project.ts';

type OutputRow = { itemId: number; stage: string; startedAt: number; finishedAt: number; versionId: number; upstream: Buffer | null; hash: Buffer; body: string };

/** What was found in the file. */
export type Recorded = { attempts: number; journal: number; actors: number; startedAt: number; finishedAt: number };

/**
 * Every item has one attempt at every stage, with its times, its version (with all its hashes), its output, and the hash of the
 * output before it; the counts are exact; every actor's journal folds to its stored snapshot.
 * @param journal false when the run left journal and snapshots out
 * @throws when anything is missing
 */
export function verify({ dataDir }: Project, items: number, { journal = true } = {}): Recorded {
  const db = openStore(dataDir, { readonly: true });
  try {
    const outputs = db
      .prepare<[], OutputRow>(
        `SELECT item_id AS itemId, stage.name AS stage, started_at AS startedAt, finished_at AS finishedAt, version_id AS versionId, upstream, hash, body
           FROM output JOIN stage ON stage.id = stage_id ORDER BY seq`,
      )
      .all();
    must(outputs.length === items * STAGES.length, `${outputs.length} outputs of ${items * STAGES.length}`);
    const versions = versionsOf(db);
    const hashes = new Map<string, Buffer>();
    for (const output of outputs) checkOutput(output, versions, hashes);
    must(hashes.size === outputs.length, `${outputs.length - hashes.size} tasks ran twice`);

    const tasks = db.prepare<[], number>('SELECT count(*) FROM task JOIN output ON seq = output_seq WHERE state = 4').pluck().get()!;
    must(tasks === outputs.length, `${tasks} tasks are done and know their output, of ${outputs.length}`);
    const counted = db.prepare<[], number>('SELECT sum(n) FROM task_count WHERE state = 4').pluck().get()!;
    must(counted === tasks, `the maintained counts say ${counted} done, the rows ${tasks}`);

    const replayed = journal ? replayAll(db) : [];
    for (const { path, ok, ...where } of replayed) must(ok, `${path} does not replay: ${JSON.stringify(where)}`);
    must(!journal || replayed.length > STAGES.length, `only ${replayed.length} actors have a snapshot`);
    return {
      attempts: outputs.length,
      journal: db.prepare<[], number>('SELECT count(*) FROM journal').pluck().get()!,
      actors: replayed.length,
      startedAt: outputs.reduce((least, { startedAt }) => Math.min(least, startedAt), Infinity),
      finishedAt: outputs.reduce((most, { finishedAt }) => Math.max(most, finishedAt), 0),
    };
  } finally {
    db.close();
  }
}

function checkOutput({ itemId, stage, startedAt, finishedAt, versionId, upstream, hash, body }: OutputRow, versions: Map<number, string>, hashes: Map<string, Buffer>): void {
  const where = `item ${itemId} at ${stage}`;
  must(startedAt > 0 && finishedAt >= startedAt, `${where}: times ${startedAt} to ${finishedAt}`);
  must(versions.get(versionId) === stage, `${where}: version ${versionId} is none of this stage`);
  must(hash.equals(sha256(body)), `${where}: the hash is not that of its output`);
  const before = STAGES[STAGES.indexOf(stage as (typeof STAGES)[number]) - 1];
  const expected = before && hashes.get(`${itemId} ${before}`);
  must(before ? expected !== undefined && upstream !== null && upstream.equals(expected) : upstream === null, `${where}: the upstream hash is not that of "${before}"`);
  hashes.set(`${itemId} ${stage}`, hash);
}

/** Name of the stage by id of version, of those that say by hash what ran. */
function versionsOf(db: ReturnType<typeof openStore>): Map<number, string> {
  const rows = db
    .prepare<[], { id: number; stage: string }>(
      `SELECT version.id, stage.name AS stage FROM version JOIN stage ON stage.id = stage_id
        WHERE length(bundle) = 64 AND length(config) = 64`,
    )
    .all();
  return new Map(rows.map(({ id, stage }) => [id, stage]));
}

const sha256 = (text: string): Buffer => digestOf('sha256', text, 'buffer');

function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(`not everything was recorded: ${otherwise}`);
}
