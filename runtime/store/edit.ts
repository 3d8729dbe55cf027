/** Edits by hand: retry, reset, reprocess. */
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';
import { reopen, TAKES, type Reopened, type TaskFacts } from './reopen.ts';
import { NORMAL_LANE, REJECTED, RETRY_LANE } from './states.ts';
import type { Tally } from './tally.ts';
import type { TaskEdit } from './types.ts';

/** Stage ids and states as JSON arrays. */
type Scope = { stages: string; states: string };
const IN_SCOPE = 'task.stage_id IN (SELECT value FROM json_each(@stages)) AND task.state IN (SELECT value FROM json_each(@states))';

export function editingIn(db: Handle, { pipelines }: { pipelines: Pipelines }) {
  const prepared = {
    // What ended badly has an index: to retry the few failed ones of a million must not walk them all.
    endedBadly: db
      .prepare<[Scope], number>(`SELECT DISTINCT task.item_id FROM task WHERE ${IN_SCOPE} AND task.state >= ${REJECTED}`)
      .pluck(),
    ofJob: db.prepare<[Scope & { job: string }], number>(`SELECT DISTINCT item.id FROM item CROSS JOIN task ON task.item_id = item.id AND ${IN_SCOPE} WHERE item.job = @job`).pluck(),
    ofItems: db
      .prepare<[Scope & { job: string; items: string }], number>(
        `SELECT DISTINCT item.id FROM json_each(@items) ids CROSS JOIN item ON item.id = ids.value AND item.job = @job CROSS JOIN task ON task.item_id = item.id AND ${IN_SCOPE}`,
      )
      .pluck(),
    tasks: db.prepare<[number], TaskFacts>('SELECT stage_id AS stageId, state, rejected_by AS rejectedBy FROM task WHERE item_id = ?'),
    // A crash mark stays: what ended the process before runs alone until it has proved itself, but starts its count anew.
    reopen: db.prepare<[number, number, number, number]>(
      `UPDATE task SET state = ?, lane = ?, due_at = NULL, tries = 0, solo_crash = 0, rejected_by = NULL, reason = NULL WHERE item_id = ? AND stage_id = ?`,
    ),
  };

  function itemsWith(scope: Scope, verb: TaskEdit['verb'], job: string, items: readonly number[] | undefined): number[] {
    if (items) return prepared.ofItems.all({ ...scope, job, items: JSON.stringify(items) });
    return TAKES[verb].every((state) => state >= REJECTED) ? prepared.endedBadly.all(scope) : prepared.ofJob.all({ ...scope, job });
  }

  function write(itemId: number, { stage, from, to, byHand }: Reopened, verb: TaskEdit['verb'], tally: Tally): void {
    prepared.reopen.run(to, byHand && verb !== 'reprocess' ? RETRY_LANE : NORMAL_LANE, itemId, stage.id);
    tally.move(stage, from, to);
  }

  /** How many tasks are ready or blocked again. A hundred thousand items take about a second: give many in slices. */
  return function edit({ verb, job, stage: name, items }: TaskEdit, tally: Tally): number {
    const stages = pipelines.inOrder(job);
    const scope = stages.filter((stage) => name === undefined || stage.name === name);
    const ids = itemsWith({ stages: JSON.stringify(scope.map(({ id }) => id)), states: JSON.stringify(TAKES[verb]) }, verb, job, items);
    let edited = 0;
    for (const id of ids) {
      for (const change of reopen(stages, prepared.tasks.all(id), verb, (stage) => scope.includes(stage))) {
        write(id, change, verb, tally);
        edited += 1;
      }
    }
    return edited;
  };
}
