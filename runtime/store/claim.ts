/**
 * Which tasks start now.
 *
 * Only of jobs that are neither held, draining nor archived, as their rows say in this very transaction. In order of lane
 * (what is tried again first), rank, item. A task takes a slot of each of its stage's resources, all or nothing; where
 * stages compete for slots, another one is asked first in each flush.
 *
 * A task that was running twice or more when the process died is a suspect and runs alone, so that only the guilty one is
 * there to be blamed: while one runs nothing is claimed, and when one may run nothing is claimed until all others have ended.
 */
import { hash } from 'node:crypto';
import type { Claim } from '../../actors/ports.ts';
import type { Handle } from './open.ts';
import type { Pipelines, Stage } from './pipelines.ts';
import { DONE, READY, RUNNING } from './states.ts';
import type { Tally } from './tally.ts';
import type { ClaimRequest } from './types.ts';

/** Crash marks from which on a task runs alone. */
export const SUSPECT_CRASHES = 2;

type Asked = { requests: readonly ClaimRequest[]; slots: Readonly<Record<string, number>>; inFlight: number };
type Claimed = { claims: Claim[]; heldBack: boolean };
type Row = Omit<Claim, 'job' | 'stage'>;
type Start = (stage: Stage, row: Row) => Claim;

const OPEN_STAGE = 'stage.active = 1 AND job.claiming = 1 AND job.draining = 0 AND job.archived = 0';
const OPEN = `FROM stage JOIN job ON job.id = stage.job AND ${OPEN_STAGE}`;
/** The row as it will be once it has been claimed. */
const ROW = `task.item_id AS itemId, item.key, item.data, task.priority, task.attempt + 1 AS attempt, task.tries, task.lease + 1 AS lease`;
const UPSTREAM = `ifnull((SELECT lower(hex(output_hash)) FROM task need WHERE need.item_id = task.item_id AND need.stage_id = +? AND need.state = ${DONE}), '') AS upstream`;
const READY_TASKS = `CROSS JOIN task ON task.stage_id = stage.id AND task.state = ${READY} AND task.crash < ${SUSPECT_CRASHES} CROSS JOIN item ON item.id = task.item_id`;

export function claimingIn(db: Handle, { pipelines }: { pipelines: Pipelines }) {
  // `+?` hides from SQLite that the value is a parameter: it would prepare the statement anew with each value (35 µs instead of 3).
  const next = (upstream: string) =>
    db.prepare<number[], Row>(`SELECT ${ROW}, ${upstream} ${OPEN} ${READY_TASKS} WHERE stage.id = +? ORDER BY task.lane, task.rank, task.item_id LIMIT +?`);
  const prepared = {
    next: next("'' AS upstream"),
    nextOfOneNeed: next(UPSTREAM),
    start: db.prepare<unknown[]>(
      `UPDATE task SET state = ${RUNNING}, attempt = attempt + 1, lease = lease + 1, epoch = ?, started_at = ? WHERE item_id = ? AND stage_id = ?`,
    ),
    upstream: db
      .prepare<[number, number], Buffer | null>(
        `SELECT iif(task.state = ${DONE}, task.output_hash, NULL) FROM stage_need JOIN task ON task.item_id = ? AND task.stage_id = need_id
          WHERE stage_need.stage_id = ? ORDER BY stage_need.position`,
      )
      .pluck(),
    suspectState: db.prepare<[], number | null>(`SELECT max(state) FROM task WHERE crash >= ${SUSPECT_CRASHES} AND state IN (${READY}, ${RUNNING})`).pluck(),
    suspects: db.prepare<[], { itemId: number; stageId: number }>(
      `SELECT task.item_id AS itemId, task.stage_id AS stageId FROM task JOIN stage ON stage.id = task.stage_id JOIN job ON job.id = stage.job AND ${OPEN_STAGE}
        WHERE task.crash >= ${SUSPECT_CRASHES} AND task.state = ${READY} ORDER BY task.crash, task.lane, task.rank, task.item_id`,
    ),
    suspect: db.prepare<[number, number], Row>(`SELECT ${ROW}, '' AS upstream FROM task JOIN item ON item.id = task.item_id WHERE task.item_id = ? AND task.stage_id = ?`),
  };

  function upstreamOf(itemId: number, { id, needs }: Stage): string {
    const hashes = prepared.upstream.all(itemId, id);
    if (needs.length === 1) return hashes[0]?.toString('hex') ?? '';
    return hash('sha256', Buffer.concat(hashes.map((digest) => digest ?? Buffer.alloc(0))), 'hex');
  }

  function rowsOf(stage: Stage, limit: number): Row[] {
    if (stage.needs.length === 0) return prepared.next.all(stage.id, limit);
    if (stage.needs.length === 1) return prepared.nextOfOneNeed.all(stage.needs[0]!.id, stage.id, limit);
    return prepared.next.all(stage.id, limit).map((row) => ({ ...row, upstream: upstreamOf(row.itemId, stage) }));
  }

  /** From the stage whose turn it is on, until the slots are used up. */
  function claimInTurn({ requests, slots }: Asked, turn: number, start: Start): Claim[] {
    const claims: Claim[] = [];
    const left = { ...slots };
    for (let n = 0; n < requests.length; n++) {
      const request = requests[(turn + n) % requests.length]!;
      const limit = affordable(request, left);
      if (limit <= 0) continue;
      const stage = pipelines.stage(request.job, request.stage);
      const rows = rowsOf(stage, limit);
      for (const row of rows) claims.push(start(stage, row));
      for (const resource of request.resources) left[resource] = (left[resource] ?? Infinity) - rows.length;
    }
    return claims;
  }

  /** One suspect if it may start now; undefined when there is none that anybody asks for, so that the others may go on. */
  function claimSuspect({ requests, slots, inFlight }: Asked, start: Start): Claim[] | undefined {
    const requested = new Map(requests.map((request) => [pipelines.stage(request.job, request.stage).id, request]));
    const asked = prepared.suspects.all().filter(({ stageId }) => (requested.get(stageId)?.limit ?? 0) > 0);
    if (asked.length === 0) return undefined;
    if (inFlight > 0) return [];
    const suspect = asked.find(({ stageId }) => affordable(requested.get(stageId)!, slots) > 0);
    if (!suspect) return undefined;
    const stage = pipelines.byId(suspect.stageId);
    const row = prepared.suspect.get(suspect.itemId, stage.id)!;
    return [start(stage, { ...row, upstream: stage.needs.length === 0 ? '' : upstreamOf(row.itemId, stage) })];
  }

  /** `heldBack`: tasks may be ready that were not given out because of a suspect; ask again when something has settled. */
  return function claim(asked: Asked, { epoch, at, turn }: { epoch: number; at: number; turn: number }, tally: Tally): Claimed {
    if (asked.requests.length === 0) return { claims: [], heldBack: false };
    const start: Start = (stage, row) => {
      prepared.start.run(epoch, at, row.itemId, stage.id);
      tally.move(stage, READY, RUNNING);
      return { job: stage.job, stage: stage.name, ...row };
    };
    // One look into an index that is empty as long as nothing crashes, 1 µs a flush: cheaper than a flag that may be wrong.
    const suspects = prepared.suspectState.get();
    if (suspects === RUNNING) return { claims: [], heldBack: true };
    const alone = suspects === READY ? claimSuspect(asked, start) : undefined;
    return alone ? { claims: alone, heldBack: true } : { claims: claimInTurn(asked, turn, start), heldBack: false };
  };
}

/** A resource of which no slots are counted limits nothing. */
function affordable({ limit, resources }: ClaimRequest, slots: Readonly<Record<string, number>>): number {
  return Math.min(limit, ...resources.map((resource) => slots[resource] ?? Infinity));
}
