/** What discoveries find: every key with the decision on it, and an item with its tasks for each key that is taken. */
import type { Candidate, Decision, FoundReceipt } from '../../actors/ports.ts';
import type { Handle } from './open.ts';
import type { Pipelines, Stage } from './pipelines.ts';
import { BLOCKED, READY } from './states.ts';
import { rankOf } from './rank.ts';
import type { Tally } from './tally.ts';
import type { FoundBatch } from './types.ts';

type Seen = { itemId: number | null; revision: string | null };

export function itemsIn(db: Handle, { pipelines }: { pipelines: Pipelines }) {
  const prepared = {
    seen: db.prepare<[string, string], Seen>('SELECT seen.item_id AS itemId, item.revision FROM seen LEFT JOIN item ON item.id = seen.item_id WHERE seen.job = ? AND seen.key = ?'),
    note: db.prepare(
      `INSERT INTO seen (job, key, decision, reason, revision, first_at, last_at, item_id) VALUES (@job, @key, @decision, @reason, @revision, @at, @at, @itemId)
       ON CONFLICT DO UPDATE SET decision = excluded.decision, reason = excluded.reason, revision = coalesce(excluded.revision, revision),
                                 times = times + 1, last_at = excluded.last_at, item_id = coalesce(excluded.item_id, item_id)`,
    ),
    item: db.prepare<unknown[], number>(
      'INSERT INTO item (job, key, title, data, priority, revision, created_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id',
    ).pluck(),
    known: db.prepare<[string, string], Seen>('SELECT id AS itemId, revision FROM item WHERE job = ? AND key = ?'),
    revise: db.prepare<unknown[]>('UPDATE item SET data = ?, title = coalesce(?, title), revision = ? WHERE id = ?'),
    task: db.prepare<[number, number, number, number, number]>('INSERT INTO task (item_id, stage_id, state, priority, rank) VALUES (?, ?, ?, ?, ?)'),
    cursor: db.prepare<[string, string]>('INSERT INTO source_cursor (job, cursor) VALUES (?, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor'),
    priorities: db.prepare<[string, string], { id: number; priority: number }>('SELECT item.id, priority FROM json_each(?) ids CROSS JOIN item ON item.id = ids.value AND item.job = ?'),
    storedCursor: db.prepare<[string], string>('SELECT cursor FROM source_cursor WHERE job = ?').pluck(),
  };

  function create(job: string, candidate: Candidate, at: number, stages: readonly Stage[], tally: Tally): number | undefined {
    const { key, title, data, priority = 0, revision } = candidate;
    const id = prepared.item.get(job, key, title, JSON.stringify(data), priority, revision, at);
    if (id === undefined) return undefined;
    for (const stage of stages) {
      const state = stage.needs.length === 0 ? READY : BLOCKED;
      prepared.task.run(id, stage.id, state, priority, rankOf(stage.slope, priority, at));
      tally.add(stage, state);
    }
    return id;
  }

  function revise({ itemId, revision: stored }: Seen, { data, title, revision }: Candidate): void {
    if (revision !== undefined && revision !== stored) prepared.revise.run(JSON.stringify(data), title, revision, itemId);
  }

  return {
    /** The stages of new items, to be asked for once a batch. */
    stagesOf: (job: string): Stage[] => pipelines.inOrder(job),

    /**
     * One candidate. A key without an item is taken, unless it is filtered or there is no room (`full`); one with an item
     * takes over the data of a new revision.
     * @throws what the database says of a candidate that cannot be written
     */
    find(job: string, candidate: Candidate, { at, decision: full }: Pick<FoundBatch, 'at' | 'decision'>, stages: readonly Stage[], tally: Tally): Decision {
      const { key, filtered, revision } = candidate;
      let known = prepared.seen.get(job, key);
      let decision: Decision = filtered !== undefined ? 'filtered' : known?.itemId ? 'seen' : (full ?? 'new');
      let itemId = known?.itemId;
      if (decision === 'new') itemId = create(job, candidate, at, stages, tally);
      if (decision === 'new' && itemId === undefined) {
        known = prepared.known.get(job, key)!;
        itemId = known.itemId;
        decision = 'seen';
      }
      if (decision === 'seen') revise(known!, candidate);
      prepared.note.run({ job, key, decision, reason: filtered, revision, at, itemId });
      return decision;
    },

    /** A candidate that cannot be written counts as filtered; its key is recorded with the reason, if it has a usable one. */
    turnAway(job: string, { key }: Candidate, cause: Error, { at }: Pick<FoundBatch, 'at'>): Decision {
      if (typeof key === 'string' && key !== '') {
        prepared.note.run({ job, key, decision: 'filtered', reason: `it could not be stored: ${cause.message}`, revision: null, at, itemId: null });
      }
      return 'filtered';
    },

    /** Of those that the job has. */
    priorities: (job: string, ids: readonly number[]): { id: number; priority: number }[] => prepared.priorities.all(JSON.stringify(ids), job),
    /** `cursor` is JSON text. */
    saveCursor: (job: string, cursor: string): void => void prepared.cursor.run(job, cursor),
    /** Parsed; undefined when the strategy has stored none. */
    cursor(job: string): unknown {
      const text = prepared.storedCursor.get(job);
      return text === undefined ? undefined : JSON.parse(text);
    },
  };
}

export const noneFound = (): FoundReceipt => ({ new: 0, seen: 0, filtered: 0 });
