/**
 * The money of each attempt, from its reserve to what it has cost. Each verb changes the row and the sums of its day together.
 *
 *   hold · draw ──▶ reserve ── settle ──▶ actual          the attempt has ended, and said what it cost
 *                   reserve ── lose ──▶ lost ── settle ──▶ actual   given up, or the process died; it may still be heard of
 *
 * All that an attempt spends belongs to the day on which its first money was reserved: at midnight nothing moves from one day to the
 * next, so that neither can be overrun by it.
 */
import type { Claim } from '../../../actors/ports.ts';
import type { Handle } from '../open.ts';
import type { Stage } from '../pipelines.ts';
import { RUNNING } from '../states.ts';
import type { Change, Sums } from './sums.ts';

export type Lease = Pick<Claim, 'itemId' | 'lease'>;
type Moment = { day: string; at: number };
/** `open`: what calls under way may still cost, `calls`: what others have; both are part of `microUsd`. */
export type MoneyRow = { id: number; job: string; stageId: number; kind: Kind; microUsd: number; declared: number; open: number; calls: number; day: string };
type Kind = 'reserve' | 'actual' | 'lost';

/** Micro-dollars. */
export const isAmount = (cost: number): boolean => Number.isSafeInteger(cost) && cost >= 0;

export type Spending = ReturnType<typeof spendingIn>;

const ROW = 'id, job, stage_id AS stageId, kind, micro_usd AS microUsd, declared, open, calls, day';
const SUM_OF = { reserve: 'reserved', actual: 'settled', lost: 'lost' } as const;

export function spendingIn(db: Handle, sums: Sums) {
  const prepared = {
    ofLease: db.prepare<[number, number, number], MoneyRow>(`SELECT ${ROW} FROM cost WHERE item_id = ? AND stage_id = ? AND lease = ?`),
    byId: db.prepare<[number], MoneyRow>(`SELECT ${ROW} FROM cost WHERE id = ?`),
    ofItem: db.prepare<[number], number>('SELECT ifnull(sum(micro_usd), 0) FROM cost WHERE item_id = ?').pluck(),
    add: db.prepare(
      `INSERT INTO cost (job, stage_id, item_id, lease, kind, micro_usd, declared, open, day, at)
       VALUES (@job, @stageId, @itemId, @lease, @kind, @microUsd, @declared, @open, @day, @at)`,
    ),
    change: db.prepare('UPDATE cost SET kind = @kind, micro_usd = @microUsd, open = @open, calls = @calls WHERE id = @id'),
    remove: db.prepare<[number]>('DELETE FROM cost WHERE id = ?'),
    open: db.prepare<[], MoneyRow>(`SELECT ${ROW} FROM cost WHERE kind = 'reserve'`),
    isRunning: db.prepare<[number, number, number], 1>(`SELECT 1 FROM task WHERE item_id = ? AND stage_id = ? AND lease = ? AND state = ${RUNNING}`).pluck(),
    largest: db.prepare<[], { id: number; microUsd: number }>('SELECT id, largest_cost AS microUsd FROM stage WHERE largest_cost > 0'),
    noteLargest: db.prepare<[number, number]>('UPDATE stage SET largest_cost = ? WHERE id = ?'),
  };
  // It may hold more than the rows when a flush was rolled back: then more is reserved than would have to be, never less.
  const largest = new Map(prepared.largest.all().map(({ id, microUsd }) => [id, microUsd]));

  type New = { job: string; stageId: number; lease?: Lease; kind: Kind; microUsd: number; declared?: boolean; open?: number };

  function add({ job, stageId, lease, kind, microUsd, declared = false, open = 0 }: New, { day, at }: Moment): number {
    const row = { job, stageId, itemId: lease?.itemId ?? null, lease: lease?.lease ?? null, kind, microUsd, declared: Number(declared), open, day, at };
    sums.change(day, job, stageId, { [SUM_OF[kind]]: microUsd });
    return Number(prepared.add.run(row).lastInsertRowid);
  }

  /** Rows that hold nothing more are no rows. */
  function change(row: MoneyRow, to: Partial<Pick<MoneyRow, 'kind' | 'microUsd' | 'open' | 'calls'>>): void {
    const next = { ...row, ...to };
    const moved: Change = { [SUM_OF[row.kind]]: -row.microUsd };
    moved[SUM_OF[next.kind]] = (moved[SUM_OF[next.kind]] ?? 0) + next.microUsd;
    if (next.microUsd === 0 && (next.kind !== 'reserve' || !row.declared)) prepared.remove.run(row.id);
    else prepared.change.run({ id: row.id, kind: next.kind, microUsd: next.microUsd, open: next.open, calls: next.calls });
    sums.change(row.day, row.job, row.stageId, moved);
  }

  /** What nobody had reserved shows what the next ones may cost. When all of it was declared, the declaration counts again. */
  function learn(stageId: number, costMicroUsd: number, row: MoneyRow | undefined): void {
    const known = largest.get(stageId) ?? 0;
    const covered = row?.declared === 1 && costMicroUsd <= row.microUsd;
    const learnt = covered ? (row.microUsd >= known ? 0 : known) : Math.max(known, costMicroUsd - (row?.declared ? 0 : (row?.calls ?? 0)));
    if (learnt === known) return;
    largest.set(stageId, learnt);
    prepared.noteLargest.run(learnt, stageId);
  }

  return {
    ofLease: ({ itemId, lease }: Lease, stageId: number) => prepared.ofLease.get(itemId, stageId, lease),
    /** Micro-dollars that the item has cost so far, with all that is reserved for it. */
    ofItem: (itemId: number): number => prepared.ofItem.get(itemId)!,
    /** Whether the attempt is the one that its task runs. */
    isRunning: ({ itemId, lease }: Lease, stageId: number): boolean => prepared.isRunning.get(itemId, stageId, lease) === 1,
    /** The most that an attempt of the stage has cost beyond what was declared, or 0. */
    largest: (stageId: number): number => largest.get(stageId) ?? 0,

    /** Reserves for an attempt that starts: what its stage has `declared`, or the most that one like it has cost. */
    hold: (stage: Stage, lease: Lease, microUsd: number, declared: boolean, moment: Moment): void =>
      void add({ job: stage.job, stageId: stage.id, lease, kind: 'reserve', microUsd, declared }, moment),
    /** Reserves for the first call of an attempt, or for one that no attempt makes; answers the row's id. */
    begin: (job: string, stageId: number, lease: Lease | undefined, microUsd: number, moment: Moment): number =>
      add({ job, stageId, ...(lease && { lease }), kind: 'reserve', microUsd, open: microUsd }, moment),
    /** Reserves for a call of an attempt that has a reserve. A declared one pays for it already. */
    draw: (row: MoneyRow, microUsd: number): void => change(row, { open: row.open + microUsd, ...(row.declared === 0 && { microUsd: row.microUsd + microUsd }) }),

    /** A call for which `reserved` was held has cost so much. Its attempt may have ended: then it counts as spent at once. */
    endCall(id: number, reserved: number, cost: number): void {
      const row = prepared.byId.get(id);
      if (!row) return;
      const paid = row.declared === 1 && row.kind === 'reserve' ? row.microUsd : row.microUsd + cost - reserved;
      const isWhole = row.kind === 'reserve' && row.stageId === 0;
      change(row, { open: row.open - reserved, calls: row.calls + cost, microUsd: paid, ...(isWhole && { kind: 'actual' }) });
    },

    /**
     * What an attempt really cost takes the place of what was reserved for it. Calls that still run count as if they cost the most.
     * @throws RangeError for what is no amount
     */
    settle({ job, itemId, lease }: Claim, stageId: number, cost: number, moment: Moment): void {
      if (!isAmount(cost)) throw new RangeError(`a cost must be whole micro-dollars from 0 on, not ${cost}`);
      const row = prepared.ofLease.get(itemId, stageId, lease);
      if (row?.kind === 'actual') return;
      if (cost > 0) learn(stageId, cost, row);
      if (row) change(row, { kind: 'actual', microUsd: cost + row.open });
      else if (cost > 0) add({ job, stageId, lease: { itemId, lease }, kind: 'actual', microUsd: cost }, moment);
    },

    /** Nobody will say what the attempt has cost: what was reserved counts as spent. */
    lose({ itemId, lease }: Lease, stageId: number): void {
      const row = prepared.ofLease.get(itemId, stageId, lease);
      if (row?.kind === 'reserve') change(row, { kind: 'lost' });
    },

    /** The process that had reserved it is gone. */
    loseAll(): void {
      for (const row of prepared.open.all()) change(row, { kind: 'lost' });
    },
  };
}
