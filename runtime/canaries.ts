/** What canaries ask of the store: tasks run again by the same edit as an operator's, and each commit may have ended some. */
import type { Canaries, Receipt } from '../actors/ports.ts';
import type { Redone, Trial, Tried } from '../machines/canary.ts';
import type { GroupCommit } from './ledger/ledger.ts';
import type { Store } from './store/store.ts';

/** Tasks of one flush: the loop stands still for about 5 ms. */
const SLICE = 500;

type Watch = { redone: Redone; tasks: readonly Tried[]; tell(trial: Trial): void };

export class RunnerCanaries implements Canaries {
  private readonly store: Store['canaries'];
  private readonly ledger: Pick<GroupCommit, 'edit'>;
  private readonly watches = new Set<Watch>();

  constructor({ store, ledger }: { store: Store['canaries']; ledger: Pick<GroupCommit, 'edit'> }) {
    this.store = store;
    this.ledger = ledger;
  }

  next(redone: Redone, most: number): Tried[] {
    return this.store.next(redone, most);
  }

  tryAgain(redone: Redone, tasks: readonly Tried[], tell: (trial: Trial) => void): () => void {
    const watch = { redone, tasks, tell };
    this.watches.add(watch);
    void this.retry(redone, this.store.untried(redone, tasks)).then(() => this.look(watch));
    return () => this.watches.delete(watch);
  }

  release(redone: Redone, tell: (tasks: number) => void): () => void {
    let stopped = false;
    const all = async () => {
      let released = 0;
      for (let edited = 1; edited > 0 && !stopped; released += edited) edited = await this.retry(redone, this.store.next(redone, SLICE));
      if (!stopped) tell(released);
    };
    void all();
    return () => (stopped = true);
  }

  /** After each commit: what settled may be what a step waits for. */
  hear(receipts: readonly Receipt[]): void {
    if (this.watches.size === 0) return;
    const jobs = new Set(receipts.map(({ settlement }) => settlement.claim.job));
    for (const watch of this.watches) if (jobs.has(watch.redone.job)) this.look(watch);
  }

  private look(watch: Watch): void {
    const trial = this.watches.has(watch) ? this.store.trialOf(watch.redone, watch.tasks) : undefined;
    if (trial === undefined) return;
    this.watches.delete(watch);
    watch.tell(trial);
  }

  private async retry({ job, fingerprint }: Redone, tasks: readonly Tried[]): Promise<number> {
    const where = [{ field: 'fingerprint', is: '=', value: fingerprint }] as const;
    const byStage = Map.groupBy(tasks, ({ stage }) => stage);
    const edits = [...byStage].map(([stage, those]) => this.ledger.edit({ verb: 'retry', job, stage, items: those.map(({ itemId }) => itemId), where: [...where] }));
    return (await Promise.all(edits)).reduce((sum, n) => sum + n, 0);
  }
}
