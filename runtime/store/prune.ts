/**
 * What is old goes, a little at a time: each verb looks at a bounded number of rows, about a millisecond, and answers where
 * to go on. What is current stays whatever its age: outputs in force, errors of failed tasks, keys that were seen.
 */
import type { Handle } from './open.ts';
import type { KeptEntry } from './replay-view.ts';

/** What one look took away, and where the next one goes on; undefined at the end of the table. */
export type Look<Place> = { removed: number; next: Place | undefined };
export type EditKey = { itemId: number; stageId: number; at: number };
export type TaskKey = { itemId: number; stageId: number };
export type AttemptKey = { itemId: number; stageId: number; lease: number };

const LOOK = 200;

export function pruningIn(db: Handle) {
  const prepared = {
    lastSeq: db.prepare<[], number>('SELECT ifnull(max(seq), 0) FROM journal').pluck(),
    firstSeq: db.prepare<[], number>('SELECT ifnull(min(seq), 0) FROM journal').pluck(),
    atOrAfter: db.prepare<[number], { seq: number; at: number } | undefined>('SELECT seq, at FROM journal WHERE seq >= ? ORDER BY seq LIMIT 1'),
    nextPath: db.prepare<[string], string | undefined>('SELECT path FROM journal WHERE path > ? ORDER BY path LIMIT 1').pluck(),
    head: db.prepare<[string, number], KeptEntry>(`SELECT seq, at, event, state FROM journal WHERE path = ? AND seq <= ? ORDER BY seq LIMIT ${LOOK}`),
    actor: db.prepare<[string], { seq: number; src: string; version: number; snapshot: string } | undefined>('SELECT seq, src, version, snapshot FROM actor WHERE path = ?'),
    nextBeginning: db.prepare<[string, number], number | undefined>("SELECT seq FROM journal WHERE path = ? AND seq > ? AND type = 'xstate.init' ORDER BY seq LIMIT 1").pluck(),
    cutOff: db.prepare<[string, number]>('DELETE FROM journal WHERE path = ? AND seq < ?'),
    begin: db.prepare<[string, string, number]>(`UPDATE journal SET type = 'xstate.init', event = ?, source = NULL, cause = NULL WHERE path = ? AND seq = ?`),
    stages: db.prepare<[], number>('SELECT id FROM stage').pluck(),
    countsThen: db.prepare<[{ stage: number; cut: number }]>(
      `DELETE FROM count_then WHERE stage_id = @stage AND (seq, at) IN (SELECT seq, at FROM count_then WHERE stage_id = @stage
          AND seq < (SELECT max(seq) FROM count_then WHERE stage_id = @stage AND seq <= @cut) ORDER BY seq, at LIMIT ${LOOK})`,
    ),
    actorsThen: db.prepare<[], { id: number; seq: number }>(`SELECT id, seq FROM actor_then ORDER BY id LIMIT ${LOOK}`),
    removeActorThen: db.prepare<[number]>('DELETE FROM actor_then WHERE id = ?'),
    attempts: db.prepare<[number, number, number], AttemptKey & { finishedAt: number | null; current: number }>(
      `SELECT attempt.item_id AS itemId, attempt.stage_id AS stageId, attempt.lease, attempt.finished_at AS finishedAt, task.lease = attempt.lease AS current
         FROM attempt LEFT JOIN task ON task.item_id = attempt.item_id AND task.stage_id = attempt.stage_id
        WHERE (attempt.item_id, attempt.stage_id, attempt.lease) > (?, ?, ?) ORDER BY 1, 2, 3 LIMIT ${LOOK}`,
    ),
    // Of a task that has not run since, it says what became of its last attempt.
    edits: db.prepare<[number, number, number], EditKey & { current: number }>(
      `SELECT task_edit.item_id AS itemId, task_edit.stage_id AS stageId, task_edit.at, ifnull(task.started_at < task_edit.at, 0) AS current
         FROM task_edit LEFT JOIN task ON task.item_id = task_edit.item_id AND task.stage_id = task_edit.stage_id
        WHERE (task_edit.item_id, task_edit.stage_id, task_edit.at) > (?, ?, ?) ORDER BY 1, 2, 3 LIMIT ${LOOK}`,
    ),
    removeEdit: db.prepare<[EditKey]>('DELETE FROM task_edit WHERE item_id = @itemId AND stage_id = @stageId AND at = @at'),
    removeAttempt: db.prepare<[AttemptKey]>('DELETE FROM attempt WHERE item_id = @itemId AND stage_id = @stageId AND lease = @lease'),
    outputs: db.prepare<[number], AttemptKey & { seq: number; finishedAt: number; current: number | null }>(
      `SELECT output.seq, output.item_id AS itemId, output.stage_id AS stageId, output.lease, output.finished_at AS finishedAt, task.output_seq = output.seq AS current
         FROM output LEFT JOIN task ON task.item_id = output.item_id AND task.stage_id = output.stage_id WHERE output.seq > ? ORDER BY output.seq LIMIT ${LOOK}`,
    ),
    removeOutput: db.prepare<[number]>('DELETE FROM output WHERE seq = ?'),
    removeLog: db.prepare<[AttemptKey]>('DELETE FROM attempt_log WHERE item_id = @itemId AND stage_id = @stageId AND lease = @lease'),
    removeLogs: db.prepare<[number, number]>(`DELETE FROM attempt_log WHERE id IN (SELECT id FROM (SELECT id, at FROM attempt_log ORDER BY id LIMIT ${LOOK}) WHERE at < ? OR id <= (SELECT max(id) FROM attempt_log) - ?)`),
    removeUses: db.prepare<[AttemptKey]>('DELETE FROM artifact_use WHERE item_id = @itemId AND stage_id = @stageId AND lease = @lease'),
    artifacts: db.prepare<[string], { hash: string; at: number; used: number }>(
      `SELECT hash, at, EXISTS (SELECT 1 FROM artifact_use WHERE artifact_use.hash = artifact.hash) AS used FROM artifact WHERE hash > ? ORDER BY hash LIMIT ${LOOK}`,
    ),
    removeArtifact: db.prepare<[string]>('DELETE FROM artifact WHERE hash = ?'),
    hasArtifact: db.prepare<[string], number | undefined>('SELECT 1 FROM artifact WHERE hash = ?').pluck(),
    removeCalls: db.prepare<[number]>(`DELETE FROM llm_call WHERE id IN (SELECT id FROM (SELECT id, at FROM llm_call ORDER BY id LIMIT ${LOOK}) WHERE at < ?)`),
    commands: db.prepare<[string], { id: string; at: number; state: string }>(`SELECT id, at, state FROM command WHERE id > ? ORDER BY id LIMIT ${LOOK}`),
    removeCommand: db.prepare<[string]>('DELETE FROM command WHERE id = ?'),
    beforeEdits: db.prepare<[number, number], { itemId: number; stageId: number; isOver: number }>(
      `SELECT before_edit.item_id AS itemId, before_edit.stage_id AS stageId, (task.lease IS NOT before_edit.lease OR task.state > 1 OR edit.id IS NULL) AS isOver
         FROM before_edit LEFT JOIN task ON task.item_id = before_edit.item_id AND task.stage_id = before_edit.stage_id LEFT JOIN edit ON edit.id = before_edit.edit
        WHERE (before_edit.item_id, before_edit.stage_id) > (?, ?) ORDER BY 1, 2 LIMIT ${LOOK}`,
    ),
    removeBeforeEdit: db.prepare<[number, number]>('DELETE FROM before_edit WHERE item_id = ? AND stage_id = ?'),
    removeEditsByHand: db.prepare<[number]>(`DELETE FROM edit WHERE id IN (SELECT id FROM (SELECT id, at, state FROM edit ORDER BY id LIMIT ${LOOK}) WHERE at < ? AND state <> 'running' AND id < (SELECT max(id) FROM edit))`),
    // A text's age begins when the next one took its place.
    removeRevisions: db.prepare<[number, number]>(
      `DELETE FROM config_revision WHERE id IN (
         SELECT id FROM (SELECT id, lead(at) OVER (ORDER BY id) AS until FROM (SELECT id, at FROM config_revision ORDER BY id LIMIT ${LOOK + 1}))
          WHERE until IS NOT NULL AND (until < ? OR id <= (SELECT max(id) FROM config_revision) - ?))`,
    ),
    removeIncidents: db.prepare<[number]>(`DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE opened_at < ? AND ended_at IS NOT NULL LIMIT ${LOOK})`),
    removeNotifications: db.prepare<[number]>(`DELETE FROM notification WHERE id IN (SELECT id FROM notification WHERE written_at < ? AND state <> 'waiting' LIMIT ${LOOK})`),
    // The newest one says which id comes next.
    removeActions: db.prepare<[number]>(`DELETE FROM doctor_action WHERE id IN (SELECT id FROM doctor_action WHERE at < ? AND id < (SELECT max(id) FROM doctor_action) AND (action <> 'pause_job' OR ended_at IS NOT NULL) LIMIT ${LOOK})`),
    removeKinds: db.prepare<[number]>(
      `DELETE FROM fingerprint WHERE fingerprint IN (
         SELECT fingerprint FROM fingerprint WHERE last_at < ? AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.fingerprint = fingerprint.fingerprint)
            AND NOT EXISTS (SELECT 1 FROM verdict WHERE verdict.fingerprint = fingerprint.fingerprint) LIMIT ${LOOK})`,
    ),
    removeUse: db.prepare<[number]>(`DELETE FROM resource_use WHERE (resource, at) IN (SELECT resource, at FROM resource_use WHERE at < ? ORDER BY at LIMIT ${LOOK})`),
    removeQuarantined: db.prepare<[number]>(`DELETE FROM actor_quarantine WHERE id IN (SELECT id FROM actor_quarantine WHERE at < ? ORDER BY id LIMIT ${LOOK})`),
  };

  /** The newest entry written before a time; clocks that were set back aside, for that is what a few days matter. */
  function lastBefore(time: number): number {
    let [low, high] = [prepared.firstSeq.get()!, prepared.lastSeq.get()! + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const entry = prepared.atOrAfter.get(middle);
      if (entry && entry.at < time) low = Math.max(entry.seq, middle) + 1;
      else high = middle;
    }
    return low - 1;
  }

  function forget(key: AttemptKey): void {
    prepared.removeUses.run(key);
    prepared.removeLog.run(key);
  }
  const inOne = <Args extends unknown[], T>(write: (...args: Args) => T) => db.transaction(write).immediate as (...args: Args) => T;

  return {
    /** Entries up to this one may go: older than `before` (ms since the epoch), or beyond the newest `rows`. */
    journalCut: ({ before, rows }: { before: number; rows: number }): number => Math.max(lastBefore(before), prepared.lastSeq.get()! - rows),
    /** The path after this one; undefined after the last. */
    nextPath: (path: string): string | undefined => prepared.nextPath.get(path),
    /**
     * The oldest entries of an actor up to the cut, and its stored snapshot unless it is gone. Never beyond what the snapshot
     * holds: a replay ends there. `more`: there are others.
     */
    head(path: string, cut: number) {
      const actor = prepared.actor.get(path);
      const entries = prepared.head.all(path, actor ? Math.min(cut, actor.seq) : cut);
      return { entries, actor, more: entries.length === LOOK };
    },
    /** Number of the first entry after `seq` with which an actor began once more. */
    nextBeginning: (path: string, seq: number): number | undefined => prepared.nextBeginning.get(path, seq),
    /** An actor's journal begins at `seq` from now on, with this event in the place of the one that was there; none: as it is. */
    beginAt: inOne((path: string, seq: number, event?: string): number => {
      if (event !== undefined) prepared.begin.run(event, path, seq);
      return prepared.cutOff.run(path, seq).changes;
    }),

    stages: (): number[] => prepared.stages.all(),
    /** Counts of a stage before those that still held at the cut. */
    countsThen: (stage: number, cut: number): number => prepared.countsThen.run({ stage, cut }).changes,

    /** How actors stood before the cut: nobody can look there any more. */
    actorsThen: inOne((cut: number): Look<true> => {
      const old = prepared.actorsThen.all().filter(({ seq }) => seq <= cut);
      for (const { id } of old) prepared.removeActorThen.run(id);
      return { removed: old.length, next: old.length === LOOK ? true : undefined };
    }),

    /** Attempts without an output that ended before `before`, but for the last one of each task. */
    attempts: inOne((after: AttemptKey, before: number): Look<AttemptKey> => {
      const rows = prepared.attempts.all(after.itemId, after.stageId, after.lease);
      const old = rows.filter(({ finishedAt, current }) => finishedAt !== null && finishedAt < before && current !== 1);
      for (const key of old) {
        prepared.removeAttempt.run(key);
        forget(key);
      }
      return { removed: old.length, next: rows.length === LOOK ? rows.at(-1) : undefined };
    }),

    /** What was opened again by hand before `before`, of tasks that have run since. */
    edits: inOne((after: EditKey, before: number): Look<EditKey> => {
      const rows = prepared.edits.all(after.itemId, after.stageId, after.at);
      const old = rows.filter(({ at, current }) => at < before && current !== 1);
      for (const { itemId, stageId, at } of old) prepared.removeEdit.run({ itemId, stageId, at });
      return { removed: old.length, next: rows.length === LOOK ? rows.at(-1) : undefined };
    }),

    /** Outputs that newer ones replaced, made before `before`. */
    outputs: inOne((after: number, before: number): Look<number> => {
      const rows = prepared.outputs.all(after);
      const old = rows.filter(({ finishedAt, current }) => finishedAt < before && current !== 1);
      for (const { seq, ...key } of old) {
        prepared.removeOutput.run(seq);
        forget(key);
      }
      return { removed: old.length, next: rows.length === LOOK ? rows.at(-1)!.seq : undefined };
    }),

    /** Artifacts that nobody refers to, first written before `before`; `hashes` are those whose files may go now. */
    artifacts: inOne((after: string, before: number): Look<string> & { hashes: string[] } => {
      const rows = prepared.artifacts.all(after);
      const hashes = rows.filter(({ at, used }) => at < before && used === 0).map(({ hash }) => hash);
      for (const hash of hashes) prepared.removeArtifact.run(hash);
      return { removed: hashes.length, hashes, next: rows.length === LOOK ? rows.at(-1)!.hash : undefined };
    }),
    hasArtifact: (hash: string): boolean => prepared.hasArtifact.get(hash) !== undefined,

    httpCache: inOne(cachePruning(db, 'http_cache')),
    llmReplies: inOne(cachePruning(db, 'llm_reply')),
    /** Calls of models that were made before `before`. */
    llmCalls(before: number): Look<true> {
      const removed = prepared.removeCalls.run(before).changes;
      return { removed, next: removed === LOOK ? true : undefined };
    },

    /** What attempts had logged and asked of the web that were settled before `before`, and the oldest beyond the newest `most`. */
    attemptLogs(before: number, most: number): Look<true> {
      const removed = prepared.removeLogs.run(before, most).changes;
      return { removed, next: removed === LOOK ? true : undefined };
    },

    /** Commands that were answered before `before`. */
    commands: inOne((after: string, before: number): Look<string> => {
      const rows = prepared.commands.all(after);
      const old = rows.filter(({ at, state }) => at < before && state !== 'pending');
      for (const { id } of old) prepared.removeCommand.run(id);
      return { removed: old.length, next: rows.length === LOOK ? rows.at(-1)!.id : undefined };
    }),

    /** What operators had run again before `before`. The newest says which number comes next. */
    editsByHand: (before: number): number => prepared.removeEditsByHand.run(before).changes,

    /** How tasks stood that were begun since, or of edits that are gone: nothing of that can be put back. */
    beforeEdits: inOne((after: TaskKey): Look<TaskKey> => {
      const rows = prepared.beforeEdits.all(after.itemId, after.stageId);
      const over = rows.filter(({ isOver }) => isOver === 1);
      for (const { itemId, stageId } of over) prepared.removeBeforeEdit.run(itemId, stageId);
      return { removed: over.length, next: rows.length === LOOK ? rows.at(-1) : undefined };
    }),

    /** Texts of jobs.yaml that others replaced before `before`, and the oldest beyond the newest `most`. The one in force stays. */
    configRevisions(before: number, most: number): Look<true> {
      const removed = prepared.removeRevisions.run(before, most).changes;
      return { removed, next: removed === LOOK ? true : undefined };
    },

    /** Messages, and incidents that are over, from before `before`; what waits stays. */
    notices: (before: number): number => prepared.removeNotifications.run(before).changes + prepared.removeIncidents.run(before).changes,

    /** What the doctor did before `before`, where it is over; and kinds of errors that nobody has met since, of which nothing is left and nobody has said anything. */
    doctor: (before: number): number => prepared.removeActions.run(before).changes + prepared.removeKinds.run(before).changes,

    /** Snapshots that were put aside before `before`. */
    /** Of what jobs share. */
    resourceUse: (before: number): number => prepared.removeUse.run(before).changes,
    quarantined: (before: number): number => prepared.removeQuarantined.run(before).changes,
  };
}

/** Takes away what was last of use before `before`, and the oldest of what is more than `most` bytes. */
function cachePruning(db: Handle, table: 'http_cache' | 'llm_reply'): (before: number, most: number) => number {
  const oldest = db.prepare<[], { key: string; at: number; bytes: number }>(`SELECT key, at, bytes FROM ${table} ORDER BY at LIMIT ${LOOK}`);
  const total = db.prepare<[], number>(`SELECT ifnull(sum(bytes), 0) FROM ${table}`).pluck();
  const remove = db.prepare<[string]>(`DELETE FROM ${table} WHERE key = ?`);
  return (before, most) => {
    let excess = total.get()! - most;
    let removed = 0;
    for (const { key, at, bytes } of oldest.all()) {
      if (at >= before && excess <= 0) break;
      remove.run(key);
      excess -= bytes;
      removed++;
    }
    return removed;
  };
}
