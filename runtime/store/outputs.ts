/** Outputs as later stages, other jobs and digests read them. An output counts until a newer one takes its place, or its task is skipped or rejected. */
import type { OutputQuery, OutputRow } from '../../actors/ports.ts';
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';
import { REJECTED, SKIPPED } from './states.ts';

type Row = Omit<OutputRow, 'data' | 'output' | 'hash' | 'stage'> & { stageId: number; data: string; body: string; hash: Buffer };

/** Rows of all jobs that one statement looks at. */
const WINDOW = 5_000;
const COUNTS = `task.output_seq = output.seq AND task.state NOT IN (${SKIPPED}, ${REJECTED})`;

export function outputsIn(db: Handle, { pipelines }: { pipelines: Pipelines }) {
  const prepared = {
    last: db.prepare<[], number>('SELECT ifnull(max(seq), 0) FROM output').pluck(),
    window: db.prepare<[{ since: number; until: number; stages: string; limit: number }], Row>(
      `SELECT output.seq, output.stage_id AS stageId, item.id AS itemId, item.key, item.data, item.priority, output.body, output.hash
         FROM output CROSS JOIN task ON task.item_id = output.item_id AND task.stage_id = output.stage_id AND ${COUNTS} CROSS JOIN item ON item.id = output.item_id
        WHERE output.seq > @since AND output.seq <= @until AND output.stage_id IN (SELECT value FROM json_each(@stages)) ORDER BY output.seq LIMIT @limit`,
    ),
    ofItem: db.prepare<[number, number], string>(`SELECT body FROM task JOIN output ON ${COUNTS} WHERE task.item_id = ? AND task.stage_id = ?`).pluck(),
    ofStage: db.prepare<[number, string], { key: string; body: string }>(
      `SELECT item.key, output.body FROM item CROSS JOIN task ON task.item_id = item.id AND task.stage_id = ? CROSS JOIN output ON ${COUNTS} WHERE item.job = ? ORDER BY item.id`,
    ),
    jobOf: db.prepare<[number], string>('SELECT job FROM item WHERE id = ?').pluck(),
  };

  return {
    /** Outputs committed after `since`, in order of commit; without a stage those of all stages that nothing needs. */
    since({ job, stage: name, since, limit }: OutputQuery): OutputRow[] {
      const stages = pipelines.inOrder(job).filter((stage) => (name === undefined ? stage.dependents.length === 0 : stage.name === name));
      const last = prepared.last.get()!;
      const rows: Row[] = [];
      for (let from = since; from < last && rows.length < limit; from += WINDOW) {
        rows.push(...prepared.window.all({ since: from, until: from + WINDOW, stages: JSON.stringify(stages.map(({ id }) => id)), limit: limit - rows.length }));
      }
      return rows.map(outputRow);
    },

    /** Bodies (JSON text) by stage name, of those of the stages that have an output. */
    ofItem(itemId: number, stageNames: readonly string[]): Record<string, string> {
      const job = prepared.jobOf.get(itemId)!;
      const bodies = stageNames.map((name) => [name, prepared.ofItem.get(itemId, pipelines.stage(job, name).id)]);
      return Object.fromEntries(bodies.filter(([, body]) => body !== undefined));
    },

    /** Of all items of a job, the oldest item first; outputs are parsed. */
    ofStage(job: string, stage: string): { key: string; output: unknown }[] {
      return prepared.ofStage.all(pipelines.stage(job, stage).id, job).map(({ key, body }) => ({ key, output: JSON.parse(body) as unknown }));
    },
  };

  function outputRow({ stageId, data, body, hash, ...row }: Row): OutputRow {
    return { ...row, stage: pipelines.byId(stageId).name, data: JSON.parse(data), output: JSON.parse(body), hash: hash.toString('hex') };
  }
}
