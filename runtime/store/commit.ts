/**
 * The flush: everything that actors and pumps hand in within one turn of the loop, in one transaction.
 *
 * In this order: what the actors know and what holds the jobs; edits by hand; what was found; calls that ended, and then attempts;
 * delayed tasks that are due; money for calls; and last the claims, which so see every hold that is acknowledged together with them.
 *
 * The transaction may be rolled back and tried again: nothing outside of it is changed, all counting is done on a tally of
 * this try. One bad value must not fail every flush for ever: edits, finds and settlements are first written together
 * in one savepoint, and when that fails each in its own.
 */
import type { FoundReceipt, Receipt, Settlement } from '../../actors/ports.ts';
import type { claimingIn } from './claim.ts';
import type { countsIn } from './counts.ts';
import type { CountsThen } from './counts-then.ts';
import type { actorsIn } from './actors.ts';
import type { commandsIn } from './commands.ts';
import type { doctorIn, MetKind } from './doctor.ts';
import type { editingIn } from './edit.ts';
import { isOfAValue } from './errors.ts';
import { noneFound, type itemsIn } from './items.ts';
import type { jobsIn } from './jobs.ts';
import type { journalIn } from './journal.ts';
import type { llmCallsIn } from './llm-calls.ts';
import type { memosIn } from './memos.ts';
import type { noticesIn } from './notices.ts';
import type { Handle } from './open.ts';
import type { Cashier } from './money/cashier.ts';
import type { Grant } from './money/calls.ts';
import type { Money } from './money/money.ts';
import type { tokenBucketsIn } from './permit/token-buckets.ts';
import type { promotingIn } from './promote.ts';
import type { Flush, settlingIn } from './settle.ts';
import { Tally } from './tally.ts';
import type { Batch, Flushed, FoundBatch } from './types.ts';

type Parts = {
  countsThen: CountsThen;
  journal: ReturnType<typeof journalIn>;
  actors: ReturnType<typeof actorsIn>;
  jobs: ReturnType<typeof jobsIn>;
  commands: ReturnType<typeof commandsIn>;
  memos: ReturnType<typeof memosIn>;
  calls: ReturnType<typeof llmCallsIn>;
  doctor: ReturnType<typeof doctorIn>;
  notices: ReturnType<typeof noticesIn>;
  items: ReturnType<typeof itemsIn>;
  counts: ReturnType<typeof countsIn>;
  edit: ReturnType<typeof editingIn>;
  settling: ReturnType<typeof settlingIn>;
  promoting: ReturnType<typeof promotingIn>;
  claim: ReturnType<typeof claimingIn>['claim'];
  tokenBuckets: ReturnType<typeof tokenBucketsIn>;
  money: Money;
};
type Work = { edited: number[]; found: FoundReceipt[]; receipts: Receipt[] };
/** How each write of the work is done: straight on, or guarded. `otherwise` takes the place of one that cannot be done. */
type Guard = <T>(write: (tally: Tally) => T, otherwise: (cause: Error, tally: Tally) => T) => T;

export function committingIn(db: Handle, parts: Parts, epochNow: () => number) {
  const { countsThen, journal, actors, jobs, commands, memos, doctor, notices, calls, items, counts, edit, settling, promoting, claim, tokenBuckets, money } = parts;
  const nextTurn = db.prepare<[], number>('UPDATE runner SET commit_seq = commit_seq + 1 RETURNING commit_seq').pluck();
  const savepoint = db.transaction((write: () => unknown) => write()) as <T>(write: () => T) => T;

  function remember(batch: Batch): void {
    batch.journal.forEach(journal.append);
    batch.snapshots.forEach(actors.save);
    batch.gone.forEach(actors.remove);
    batch.jobs.forEach(jobs.project);
    batch.commands.forEach(commands.save);
    batch.notes.forEach(doctor.note);
    batch.notices.forEach(notices.note);
    for (const { key, value } of batch.memos) memos.save(key, value, batch.at);
    for (const { call, reply } of batch.calls) calls.add(call, reply, batch.day);
  }

  function findAll(found: FoundBatch, guard: Guard): FoundReceipt {
    const stages = items.stagesOf(found.job);
    const receipt = noneFound();
    for (const candidate of found.candidates) {
      const decision = guard(
        (tally) => items.find(found.job, candidate, found, stages, tally),
        (cause) => items.turnAway(found.job, candidate, cause, found),
      );
      if (decision !== 'over_max_pending') receipt[decision] += 1;
    }
    if (found.cursor !== undefined) items.saveCursor(found.job, found.cursor);
    return receipt;
  }

  function work(batch: Batch, flush: Flush, guard: Guard): Work {
    const settle = (settlement: Settlement): Receipt =>
      guard(
        (tally) => settling.settle(settlement, flush, tally),
        (cause, tally) => settling.spoil(settlement, cause, flush, tally),
      );
    money.end(batch.money);
    return {
      edited: batch.edits.map((change) => guard((tally) => edit(change, flush.at, tally), () => 0)),
      found: batch.found.map((found) => findAll(found, guard)),
      receipts: batch.settlements.map(settle),
    };
  }

  /** All in one savepoint; if that cannot be written, each part in one of its own. */
  function workIsolated(batch: Batch, flush: Flush, tally: Tally): Work {
    const together = new Tally();
    try {
      const done = savepoint(() => work(batch, flush, (write) => write(together)));
      tally.merge(together);
      return done;
    } catch (error) {
      if (!isOfAValue(error)) throw error;
      return work(batch, flush, (write, otherwise) => isolated(write, otherwise, tally));
    }
  }

  function isolated<T>(write: (tally: Tally) => T, otherwise: (cause: Error, tally: Tally) => T, tally: Tally): T {
    const part = new Tally();
    let done: T;
    try {
      done = savepoint(() => write(part));
    } catch (error) {
      if (!isOfAValue(error)) throw error;
      return otherwise(error as Error, tally);
    }
    tally.merge(part);
    return done;
  }

  /** What is known of errors in general must not keep a result from being stored. */
  function meet(kind: MetKind): void {
    try {
      doctor.meet(kind);
    } catch (error) {
      if (!isOfAValue(error)) throw error;
    }
  }

  const grantAll = ({ money }: Batch, cashier: Cashier): Grant[] =>
    money.length === 0 ? [] : money.flatMap((move) => (move.kind === 'reserve' ? [cashier.reserve(move.spender, move.need)] : []));

  const flushing = db.transaction((batch: Batch): Flushed => {
    const flush = { epoch: epochNow(), at: batch.at, day: batch.day };
    const tally = new Tally();
    countsThen.keep(batch);
    remember(batch);
    const done = workIsolated(batch, flush, tally);
    for (const kind of tally.met.values()) meet(kind);
    promoting.promote(batch.at, tally);
    const turn = nextTurn.get()!;
    const cashier = money.cashier(flush);
    const grants = grantAll(batch, cashier);
    const claimed = claim({ requests: batch.claims, slots: batch.slots, tokens: batch.tokens, inFlight: batch.inFlight }, { ...flush, turn }, cashier, tally);
    if (claimed.spent.size > 0) tokenBuckets.spend(claimed.spent, batch.tokens, batch.at);
    counts.write(tally);
    return {
      ...done,
      commit: turn,
      ...claimed,
      grants,
      shortages: cashier.shortages,
      finished: tally.finished,
      readied: [...tally.readied].map(({ job, name }) => ({ job, stage: name })),
      pending: new Map([...tally.jobsWithOtherPending()].map((job) => [job, counts.pending(job)])),
      nextDue: promoting.nextDue(),
    };
  });

  /**
   * Returns when it is durable. Throws when nothing of it was written: SQLITE_BUSY may be tried again with the same batch,
   * any other error of the store (full, I/O, corrupt) is for the operator.
   */
  return (batch: Batch): Flushed => {
    const flushed = flushing.immediate(batch);
    countsThen.kept(batch);
    return flushed;
  };
}
