/**
 * How attempts end. A settlement counts only while its claim is the newest one of a task that runs: same epoch, same
 * lease. A refused one changes nothing.
 */
import { hash } from 'node:crypto';
import type { EncodedError, Outcome, Receipt, Settlement } from '../../actors/ports.ts';
import { isAmount, type Spending } from './money/spending.ts';
import type { needsIn } from './needs.ts';
import type { Handle } from './open.ts';
import { endingOf, type Ending } from './outcomes.ts';
import type { Pipelines, Stage } from './pipelines.ts';
import type { prioritiesIn } from './priorities.ts';
import type { artifactsIn } from './artifacts.ts';
import type { attemptLogsIn } from './attempt-logs.ts';
import { DONE, FAILED, REJECTED, RUNNING, SKIPPED } from './states.ts';
import type { Tally } from './tally.ts';

type Done = Extract<Outcome, { kind: 'done' }>;
type Parts = {
  pipelines: Pipelines;
  needs: ReturnType<typeof needsIn>;
  spending: Spending;
  artifacts: ReturnType<typeof artifactsIn>;
  logs: ReturnType<typeof attemptLogsIn>;
  priorities: ReturnType<typeof prioritiesIn>;
};
/** The flush that a settlement is part of. */
export type Flush = { epoch: number; at: number; day: string };

const FENCE = `item_id = @item AND stage_id = @stage AND state = ${RUNNING} AND epoch = @epoch AND lease = @lease`;

export function settlingIn(db: Handle, { pipelines, needs, spending, artifacts, logs, priorities }: Parts) {
  const prepared = {
    output: db.prepare<unknown[]>(
      `INSERT INTO output (item_id, stage_id, lease, attempt, started_at, finished_at, version_id, upstream, hash, body, discrepancies, previous)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    previous: db.prepare<[number, number], number | null>('SELECT output_seq FROM task WHERE item_id = ? AND stage_id = ?').pluck(),
    withdraw: db.prepare<[number | bigint]>('DELETE FROM output WHERE seq = ?'),
    done: db.prepare<unknown[]>(
      `UPDATE task SET state = ${DONE}, epoch = NULL, finished_at = ?, output_seq = ?, output_hash = ?, crash = 0, solo_crash = 0, reserved = 0, reason = NULL
        WHERE item_id = ? AND stage_id = ? AND state = ${RUNNING} AND epoch = ? AND lease = ?`,
    ),
    end: db.prepare(
      `UPDATE task SET state = @state, epoch = NULL, finished_at = @finishedAt, lane = min(lane, @lane), due_at = @dueAt, tries = tries + @charged,
              crash = iif(@absolves, 0, crash), solo_crash = iif(@absolves, 0, solo_crash), reserved = 0, reason = @reason
        WHERE ${FENCE}`,
    ),
    attempt: db.prepare(
      `INSERT INTO attempt (item_id, stage_id, lease, attempt, outcome, charged, started_at, finished_at, version_id, upstream, class, error, reason, fingerprint, led_to)
       VALUES (@item, @stage, @lease, @attempt, @outcome, @charged, @startedAt, @finishedAt, @version, @upstream, @class, @error, @reason, @fingerprint, @state)`,
    ),
    spoilt: db.prepare(`UPDATE task SET state = ${FAILED}, epoch = NULL, finished_at = @at, tries = tries + 1, reserved = 0, reason = @error WHERE ${FENCE}`),
    // From the task's own row: of the settlement's values nobody knows which one was bad.
    spoiltAttempt: db.prepare(
      `INSERT INTO attempt (item_id, stage_id, lease, attempt, outcome, charged, started_at, finished_at, class, error, led_to)
       SELECT item_id, stage_id, lease, attempt, 'failed', 1, started_at, @at, 'item_specific', @error, ${FAILED} FROM task WHERE item_id = @item AND stage_id = @stage`,
    ),
  };

  /** The usual case: an output row, the task, the tasks that it opens. */
  function settleDone(settlement: Settlement, outcome: Done, stage: Stage, { epoch }: Flush, tally: Tally): boolean {
    const { claim, startedAt, finishedAt, version } = settlement;
    const { itemId, lease, attempt } = claim;
    const digest = hash('sha256', outcome.output, 'buffer');
    const upstream = claim.upstream === '' ? null : Buffer.from(claim.upstream, 'hex');
    const previous = attempt === 1 ? null : prepared.previous.get(itemId, stage.id);
    // The output comes first because the task holds its number; a refused one is taken back in the same transaction.
    const { lastInsertRowid: seq } = prepared.output.run(
      itemId, stage.id, lease, attempt, startedAt, finishedAt, version, upstream, digest, outcome.output, outcome.discrepancies, previous,
    );
    if (prepared.done.run(finishedAt, seq, digest, itemId, stage.id, epoch, lease).changes === 0) {
      prepared.withdraw.run(seq);
      return false;
    }
    tally.move(stage, RUNNING, DONE);
    if (outcome.priority !== undefined) priorities.change(itemId, outcome.priority, stage.slope);
    needs.openDependents(itemId, stage, tally);
    return true;
  }

  function settleEnding(settlement: Settlement, ending: Ending, stage: Stage, { epoch }: Flush, tally: Tally): boolean {
    const { claim, startedAt, finishedAt, version } = settlement;
    const { itemId, lease, attempt, upstream } = claim;
    const error = ending.error && JSON.stringify(ending.error);
    const row = {
      item: itemId, stage: stage.id, epoch, lease, attempt, startedAt, finishedAt, version,
      upstream: upstream === '' ? null : Buffer.from(upstream, 'hex'),
      state: ending.state, outcome: ending.outcome, charged: Number(ending.charged), class: ending.class, error, reason: ending.reason, fingerprint: ending.judgement?.fingerprint,
    };
    const task = { ...row, lane: ending.lane, dueAt: ending.dueAt, absolves: Number(ending.absolves), reason: error ?? ending.reason };
    if (prepared.end.run(task).changes === 0) return false;
    prepared.attempt.run(row);
    if (ending.judgement?.fingerprint !== undefined) tally.meet({ judgement: { ...ending.judgement, fingerprint: ending.judgement.fingerprint }, error: ending.error!, at: finishedAt, n: 1 });
    tally.move(stage, RUNNING, ending.state);
    if (ending.state === SKIPPED) needs.openDependents(itemId, stage, tally);
    else if (ending.state === REJECTED) needs.endItem(itemId, stage, ending.reason!, tally);
    else if (ending.state !== FAILED) needs.recheck(itemId, stage, ending.state, tally);
    return true;
  }

  function pay({ claim, result, spending: isOpen }: Settlement, stage: Stage, flush: Flush): void {
    if (!isOpen) spending.settle(claim, stage.id, result.costMicroUsd, flush);
  }

  return {
    /** @throws what the database says of a value that cannot be written; the caller rolls back and uses `spoil` */
    settle(settlement: Settlement, flush: Flush, tally: Tally): Receipt {
      const { claim, result } = settlement;
      const stage = pipelines.stage(claim.job, claim.stage);
      const { outcome } = result;
      const settled =
        outcome.kind === 'done'
          ? settleDone(settlement, outcome, stage, flush, tally)
          : settleEnding(settlement, endingOf(outcome, settlement), stage, flush, tally);
      // Money is spent, whatever becomes of the task.
      if (result.costMicroUsd !== 0 || claim.reserved || !settled) pay(settlement, stage, flush);
      if (!settled) return { settlement, answer: 'refused' };
      if (result.artifacts.length > 0) artifacts.use(claim.itemId, stage.id, claim.lease, result.artifacts, flush.at);
      if (settlement.log) logs.add(claim, stage.id, settlement.log, flush.at);
      return { settlement, answer: 'committed' };
    },

    /** Instead of a settlement that cannot be written: the task fails, and says why. */
    spoil(settlement: Settlement, cause: Error, flush: Flush, tally: Tally): Receipt {
      const { epoch, at } = flush;
      const { claim } = settlement;
      const stage = pipelines.stage(claim.job, claim.stage);
      const error: EncodedError = { name: 'UnwritableResult', message: `the result could not be stored: ${cause.message}` };
      const row = { item: claim.itemId, stage: stage.id, epoch, lease: claim.lease, at, error: JSON.stringify(error) };
      if (prepared.spoilt.run(row).changes === 0) return { settlement, answer: 'refused' };
      prepared.spoiltAttempt.run(row);
      if (isAmount(settlement.result.costMicroUsd)) pay(settlement, stage, flush);
      else spending.lose(claim, stage.id);
      if (settlement.log) logs.add(claim, stage.id, settlement.log, at);
      tally.move(stage, RUNNING, FAILED);
      return { settlement, answer: 'committed' };
    },
  };
}
