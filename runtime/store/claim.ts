/**
 * Which tasks start now.
 *
 * Only of jobs that are neither held, draining nor archived, as their rows say in this very transaction. In order of lane
 * (what is tried again first, but never more than three of four), rank, item. Stages that need slots or tokens share them
 * out among themselves; the others, the usual case, take what they can. What may cost money starts only when that is reserved.
 *
 * A task that was running twice or more when the process died is a suspect and runs alone, so that only the guilty one is
 * there to be blamed: while one runs nothing is claimed, and when one may run nothing is claimed until all others have ended.
 */
import { hash } from 'node:crypto';
import type { Claim } from '../../actors/ports.ts';
import type { Handle } from './open.ts';
import type { Pipelines, Stage } from './pipelines.ts';
import { DONE, NORMAL_LANE, READY, RETRY_LANE, RUNNING } from './states.ts';
import type { Tally } from './tally.ts';
import type { Cashier, Moment } from './money/cashier.ts';
import type { Money } from './money/money.ts';
import { isLimited, Permits, type Permitted } from './permit/permits.ts';
import { shareOut, type Short } from './permit/share-out.ts';
import type { ClaimRequest } from './types.ts';

/** Crash marks from which on a task runs alone. */
export const SUSPECT_CRASHES = 2;

/** Of so many starts in a row, one is of a task that was never tried: those that are put off again and again must not keep it out for ever. */
const ONE_NEW_OF = 4;

type Asked = { requests: readonly ClaimRequest[]; inFlight: number } & Permitted;
type Claimed = { claims: Claim[]; heldBack: boolean; short: Short[]; spent: ReadonlyMap<string, number> };
type Row = Omit<Claim, 'job' | 'stage'> & { lane: number };
type Start = (stage: Stage, row: Row) => Claim;

const OPEN_STAGE = 'stage.active = 1 AND job.claiming = 1 AND job.draining = 0 AND job.archived = 0';
const OPEN = `FROM stage JOIN job ON job.id = stage.job AND ${OPEN_STAGE}`;
/** The row as it will be once it has been claimed. */
const ROW = `task.item_id AS itemId, item.key, item.data, task.priority, task.attempt + 1 AS attempt, task.tries, task.lease + 1 AS lease, task.lane`;
const UPSTREAM = `ifnull((SELECT lower(hex(output_hash)) FROM task need WHERE need.item_id = task.item_id AND need.stage_id = +? AND need.state = ${DONE}), '') AS upstream`;
const READY_TASKS = `CROSS JOIN task ON task.stage_id = stage.id AND task.state = ${READY} AND task.crash < ${SUSPECT_CRASHES} CROSS JOIN item ON item.id = task.item_id`;

export function claimingIn(db: Handle, { pipelines, money }: { pipelines: Pipelines; money: Money }) {
  // `+?` hides from SQLite that the value is a parameter: it would prepare the statement anew with each value (35 µs instead of 3).
  const next = (upstream: string, lane = '') =>
    db.prepare<number[], Row>(`SELECT ${ROW}, ${upstream} ${OPEN} ${READY_TASKS}${lane} WHERE stage.id = +? ORDER BY task.lane, task.rank, task.item_id LIMIT +?`);
  const prepared = {
    next: next("'' AS upstream"),
    nextOfOneNeed: next(UPSTREAM),
    new: next("'' AS upstream", ` AND task.lane = ${NORMAL_LANE}`),
    newOfOneNeed: next(UPSTREAM, ` AND task.lane = ${NORMAL_LANE}`),
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

  /** By stage. Kept in memory only: a restart, or a flush that is tried again, costs one turn. */
  const retriesInARow = new Map<number, number>();

  function upstreamOf(itemId: number, { id, needs }: Stage): string {
    const hashes = prepared.upstream.all(itemId, id);
    if (needs.length === 1) return hashes[0]?.toString('hex') ?? '';
    return hash('sha256', Buffer.concat(hashes.map((digest) => digest ?? Buffer.alloc(0))), 'hex');
  }

  /** In lanes that take turns, once there is something to try again. */
  function rowsOf(stage: Stage, limit: number): Row[] {
    const rows = inOrder(stage, limit, prepared.next, prepared.nextOfOneNeed);
    if (rows[0]?.lane !== RETRY_LANE) return rows;
    const retries = rows.filter(({ lane }) => lane === RETRY_LANE);
    const fresh = rows.length > retries.length ? rows.slice(retries.length) : inOrder(stage, Math.ceil(limit / ONE_NEW_OF), prepared.new, prepared.newOfOneNeed);
    return inTurns(retries, fresh, retriesInARow.get(stage.id) ?? 0).slice(0, limit);
  }

  function inOrder(stage: Stage, limit: number, next: typeof prepared.next, nextOfOneNeed: typeof prepared.next): Row[] {
    if (stage.needs.length === 0) return next.all(stage.id, limit);
    if (stage.needs.length === 1) return nextOfOneNeed.all(stage.needs[0]!.id, stage.id, limit);
    return next.all(stage.id, limit).map((row) => ({ ...row, upstream: upstreamOf(row.itemId, stage) }));
  }

  /** From the stage whose turn it is on. */
  function claimInTurn({ requests, slots, tokens }: Asked, turn: number, start: Start, cashier: Cashier): Omit<Claimed, 'heldBack'> {
    const claims: Claim[] = [];
    const begin = turn % requests.length;
    const inTurn = [...requests.slice(begin), ...requests.slice(0, begin)];
    const stageOf = ({ job, stage }: ClaimRequest) => pipelines.stage(job, stage);
    for (const request of inTurn) {
      if (isLimited(request) || request.limit <= 0) continue;
      const stage = stageOf(request);
      const permit = cashier.permit(stage, request, request.limit);
      for (const row of cashier.within(permit, rowsOf(stage, permit.asked))) claims.push(cashier.hold(stage, start(stage, row), permit));
    }
    const limited = inTurn.filter(isLimited);
    if (limited.length === 0) return { claims, short: [], spent: NOTHING_SPENT };
    const permits = new Permits({ slots, tokens });
    const short = shareOut<Row>(limited, {
      permits,
      rowsOf: (request, limit) => rowsOf(stageOf(request), limit),
      affords: (request) => cashier.affords(stageOf(request), request),
      start(request, row) {
        const stage = stageOf(request);
        claims.push(cashier.hold(stage, start(stage, row), cashier.permit(stage, request, 1)));
      },
    });
    return { claims, short, spent: permits.spent };
  }

  /** One suspect if it may start now; undefined when there is none that anybody asks for, so that the others may go on. */
  function claimSuspect({ requests, slots, tokens, inFlight }: Asked, start: Start, cashier: Cashier): Omit<Claimed, 'heldBack' | 'short'> | undefined {
    const requested = new Map(requests.map((request) => [pipelines.stage(request.job, request.stage).id, request]));
    const asked = prepared.suspects.all().filter(({ stageId }) => (requested.get(stageId)?.limit ?? 0) > 0);
    if (asked.length === 0) return undefined;
    if (inFlight > 0) return NOTHING;
    const permits = new Permits({ slots, tokens });
    const suspect = asked.find(({ stageId }) => permits.most(requested.get(stageId)!) > 0 && cashier.affords(pipelines.byId(stageId), requested.get(stageId)!));
    if (!suspect) return undefined;
    const stage = pipelines.byId(suspect.stageId);
    const row = prepared.suspect.get(suspect.itemId, stage.id)!;
    permits.take(requested.get(stage.id)!);
    const claim = start(stage, { ...row, upstream: stage.needs.length === 0 ? '' : upstreamOf(row.itemId, stage) });
    return { claims: [cashier.hold(stage, claim, cashier.permit(stage, requested.get(stage.id)!, 1))], spent: permits.spent };
  }

  /** Whether a claim of a stage would be given a task now: for whoever wonders why nothing is claimed. It has to know all that `claim` knows. */
  function couldClaim(request: ClaimRequest, { inFlight, at, day, ...permitted }: Omit<Asked, 'requests'> & Moment): boolean {
    const stage = pipelines.stage(request.job, request.stage);
    if (new Permits(permitted).most(request) < 1 || !money.cashier({ at, day }).affords(stage, request)) return false;
    const suspects = prepared.suspectState.get();
    if (suspects === RUNNING) return false;
    const [first] = suspects === READY ? prepared.suspects.all() : [];
    return first ? inFlight === 0 && first.stageId === stage.id : rowsOf(stage, 1).length > 0;
  }

  /** `heldBack`: tasks may be ready that were not given out because of a suspect; ask again when something has settled. */
  function claim(asked: Asked, { epoch, at, turn }: { epoch: number; at: number; turn: number }, cashier: Cashier, tally: Tally): Claimed {
    if (asked.requests.length === 0) return { ...NOTHING, short: [], heldBack: false };
    const start: Start = (stage, { lane, ...row }) => {
      prepared.start.run(epoch, at, row.itemId, stage.id);
      tally.move(stage, READY, RUNNING);
      if (lane === RETRY_LANE) retriesInARow.set(stage.id, (retriesInARow.get(stage.id) ?? 0) + 1);
      else if (retriesInARow.size > 0) retriesInARow.delete(stage.id);
      return { job: stage.job, stage: stage.name, ...row };
    };
    // One look into an index that is empty as long as nothing crashes, 1 µs a flush: cheaper than a flag that may be wrong.
    const suspects = prepared.suspectState.get();
    if (suspects === RUNNING) return { ...NOTHING, short: [], heldBack: true };
    const alone = suspects === READY ? claimSuspect(asked, start, cashier) : undefined;
    return alone ? { ...alone, short: [], heldBack: true } : { ...claimInTurn(asked, turn, start, cashier), heldBack: false };
  }

  return { claim, couldClaim };
}

const NOTHING_SPENT: ReadonlyMap<string, number> = new Map();
const NOTHING = { claims: [], spent: NOTHING_SPENT };

/** Retries first, but a fresh one after three of them in a row. */
function inTurns(retries: readonly Row[], fresh: readonly Row[], inARow: number): Row[] {
  const rows: Row[] = [];
  for (let [r, f, n] = [0, 0, inARow]; r < retries.length || f < fresh.length; ) {
    const isFreshNext = f < fresh.length && (n >= ONE_NEW_OF - 1 || r === retries.length);
    rows.push(isFreshNext ? fresh[f++]! : retries[r++]!);
    n = isFreshNext ? 0 : n + 1;
  }
  return rows;
}
