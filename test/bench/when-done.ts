/** Waits for the commit with which the last item has passed the last stage. Looks at the flushes as they come back: nothing is asked of the database. */
import type { Runner } from '../../runtime/runner.ts';
import type { Batch, Flushed } from '../../runtime/store/types.ts';

/** Calls `see` after every commit of the runner. */
export function watchFlushes({ store }: Pick<Runner, 'store'>, see: (flushed: Flushed, batch: Batch) => void): void {
  const commit = store.commit;
  store.commit = (batch) => {
    const flushed = commit(batch);
    see(flushed, batch);
    return flushed;
  };
}

/** For a job "bench" with `items` items. @returns the time of that commit (ms since the epoch), and the flushes until then. Rejects when it was before this call. */
export function whenDone(runner: Runner, items: number): Promise<{ endedAt: number; flushes: number }> {
  return new Promise((resolve, reject) => {
    const count = () => runner.store.counts.ofJob('bench').get('score')!.done;
    let finished = count();
    if (finished === items) return reject(new Error('the work was over before anybody looked: take more items'));
    watchFlushes(runner, ({ receipts }) => {
      for (const { settlement, answer } of receipts) if (settlement.claim.stage === 'score' && answer === 'committed') finished += 1;
      if (finished >= items && count() === items) resolve({ endedAt: Date.now(), flushes: runner.ledger.flushes });
    });
  });
}
