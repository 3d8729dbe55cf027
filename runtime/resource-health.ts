/**
 * Whether it is the shared thing that fails: failures of stages that use a resource, as its breaker is to count them. The same error in one job
 * may be that job's own fault, and its own breaker's business; in two of them it is the resource's. A success of any stage that uses it clears it.
 *
 * It hears every commit. While nothing fails it does no more than look for a failure.
 */
import { failureOf } from '../actors/failure.ts';
import type { Claim, Receipt, ResourceHealth } from '../actors/ports.ts';
import type { JobSpec } from '../machines/spec.ts';
import type { Failure, Run, Summary } from '../machines/stage-worker.ts';
import type { GroupCommit } from './ledger/ledger.ts';

/** Jobs with the same error. */
const LEAST_JOBS = 2;
/** Failures of one kind that are remembered until another job has it too. */
const MOST_REMEMBERED = 100;

type Met = Pick<Claim, 'job' | 'stage'> & { failure: Failure };

type Options = {
  job(id: string): JobSpec | undefined;
  ledger: Pick<GroupCommit, 'absolve' | 'isHeldBack' | 'holdsBack'>;
};

export class RunnerResourceHealth implements ResourceHealth {
  private readonly options: Options;
  private readonly watchers = new Map<string, (summary: Summary) => void>();
  /** By resource: failures since its last success, by their fingerprints. */
  private readonly suspects = new Map<string, Map<string, Met[]>>();

  constructor(options: Options) {
    this.options = options;
  }

  watch(name: string, tell: (summary: Summary) => void): () => void {
    this.watchers.set(name, tell);
    return () => {
      if (this.watchers.get(name) === tell) this.watchers.delete(name);
    };
  }

  absolve(name: string, items: readonly number[]): void {
    const met = [...(this.suspects.get(name)?.values() ?? [])].flat();
    for (const [at, those] of Map.groupBy(items.flatMap((id) => met.find(({ failure }) => failure.itemId === id) ?? []), ({ job, stage }) => `${job} ${stage}`)) {
      const [job, stage] = at.split(' ') as [string, string];
      this.options.ledger.absolve(job, stage, those.map(({ failure }) => failure.itemId));
    }
  }

  /** After each commit. */
  hear(receipts: readonly Receipt[]): void {
    if (this.watchers.size === 0) return;
    const { holdsBack } = this.options.ledger;
    for (const { settlement, answer } of receipts) {
      if (answer !== 'committed') continue;
      const { claim, result: { outcome } } = settlement;
      if (outcome.kind === 'failed') this.failed(claim, failureOf(outcome, settlement));
      else if (outcome.kind !== 'interrupted' && (holdsBack || this.suspects.size > 0)) this.succeeded(claim);
    }
  }

  private failed(claim: Claim, failure: Failure): void {
    if (failure.hold !== undefined || failure.class === 'code_bug') return;
    for (const name of this.sharedBy(claim)) {
      if (failure.class !== 'item_specific') this.tellFailure(name, { job: claim.job, stage: claim.stage, failure });
      // While it is being tried, that is an answer.
      else if (this.options.ledger.isHeldBack(name)) this.tellEnd(name, 'item_specific');
    }
  }

  private tellFailure(name: string, met: Met): void {
    const suspect = this.suspects.get(name) ?? new Map<string, Met[]>();
    this.suspects.set(name, suspect);
    const { fingerprint } = met.failure;
    const before = suspect.get(fingerprint) ?? [];
    const now = [...before, met].slice(-MOST_REMEMBERED);
    suspect.set(fingerprint, now);
    const isShared = (those: readonly Met[]) => new Set(those.map(({ job }) => job)).size >= LEAST_JOBS;
    // One that is being tried need not fail twice.
    if (isShared(now)) return this.tell(name, isShared(before) ? [met] : now);
    if (this.options.ledger.isHeldBack(name)) this.tell(name, [met]);
  }

  private succeeded(claim: Claim): void {
    for (const name of this.sharedBy(claim)) {
      if (!this.suspects.delete(name) && !this.options.ledger.isHeldBack(name)) continue;
      this.tellEnd(name, 'ok');
    }
  }

  private tellEnd(name: string, kind: Run['class']): void {
    this.watchers.get(name)!({ ...nothing(name), ended: 1, runs: [{ class: kind, n: 1 }] });
  }

  private tell(name: string, those: readonly Met[]): void {
    const failures = those.map(({ job, stage, failure }) => ({ ...failure, reason: `${failure.reason} (${job} ${stage})` }));
    this.watchers.get(name)?.({ ...nothing(name), ended: failures.length, failed: failures.length, runs: failures.map(({ class: kind }) => ({ class: kind, n: 1 })), failures });
  }

  private sharedBy({ job, stage }: Claim): readonly string[] {
    const uses = this.options.job(job)?.stages.find(({ name }) => name === stage)?.resources ?? [];
    return uses.length === 0 ? uses : uses.filter((name) => this.watchers.has(name));
  }
}

const nothing = (name: string): Summary => ({ stage: name, running: 0, zombies: 0, ended: 0, failed: 0, refused: 0, finished: 0, runs: [] });
