/**
 * What many items say together. The same kind of error on many items of a stage, while next to none of its items succeeds, is no
 * fault of the items: "subtitles are disabled" for every video since this morning is a block. And an error that would stop
 * everybody, but that one item alone meets again and again while others succeed, is that item's.
 */
import type { ErrorClass, Settlement } from '../../actors/ports.ts';
import type { Opinion } from '../../machines/doctor.ts';

/** `items`: so many different ones. `withinMs`: with no longer pause than that between two of them. */
export type EvidenceSpec = { items: number; withinMs: number };

/** An item that meets the same error so often, while others succeed, is alone with it. */
const ALONE_TRIES = 3;
/** One success for so many failures shows that it is not everybody. */
const MOST_SUCCESSES = 0.1;
/** Of one kind at one stage. */
const MOST_KINDS = 5_000;

/** `items`: how often each has met it; `condemned`: those that failed for good by it, and have not run again since. */
type Tally = {
  job: string; stage: string; fingerprint: string; class: ErrorClass;
  items: Map<number, number>; condemned: number[]; failures: number; successes: number; lastAt: number; turned: ErrorClass | undefined; reason: string;
};
type Failed = Extract<Settlement['result']['outcome'], { kind: 'failed' }>;

export class Evidence {
  private readonly spec: () => EvidenceSpec;
  /** By stage, then by fingerprint: only while something fails. */
  private readonly stages = new Map<string, Map<string, Tally>>();
  private size = 0;

  constructor(spec: () => EvidenceSpec) {
    this.spec = spec;
  }

  /** What the kind means for now, where many items or one have said so. */
  of(job: string, stage: string, fingerprint: string): ErrorClass | undefined {
    return this.stages.get(`${job}/${stage}`)?.get(fingerprint)?.turned;
  }

  /** It was so when the process ended: until its stage works, it still is. */
  believe({ job, stage, fingerprint, reason }: Pick<Opinion, 'job' | 'stage' | 'fingerprint' | 'reason'>, at: number): void {
    Object.assign(this.tallyOf(job, stage, fingerprint, 'item_specific', at), { turned: 'systemic', reason });
  }

  /** Which items failed for good by what was no fault of theirs; each is answered once. */
  takeCondemned(job: string, stage: string, fingerprint: string): number[] {
    return this.stages.get(`${job}/${stage}`)?.get(fingerprint)?.condemned.splice(0) ?? [];
  }

  /** After the commit, in order. Answers what is known better now. */
  hear({ claim: { job, stage, itemId }, result: { outcome }, finishedAt }: Settlement): Opinion | undefined {
    if (outcome.kind === 'failed') return this.failed({ job, stage, itemId }, outcome, finishedAt);
    if (outcome.kind === 'done' && this.size > 0) return this.succeeded(`${job}/${stage}`);
    return undefined;
  }

  private failed({ job, stage, itemId }: { job: string; stage: string; itemId: number }, { fingerprint, class: kind, confidence }: Failed, at: number): Opinion | undefined {
    if (fingerprint === undefined || confidence === 1) return undefined;
    const tally = this.tallyOf(job, stage, fingerprint, kind, at);
    tally.items.set(itemId, (tally.items.get(itemId) ?? 0) + 1);
    tally.failures += 1;
    tally.lastAt = at;
    if (kind === 'item_specific') tally.condemned.push(itemId);
    // Judged before it was known better: it is brought in line too.
    if (tally.turned === 'systemic' && isOfItems(kind)) return this.turn(tally, 'systemic', tally.reason);
    return this.judge(tally, itemId);
  }

  private judge(tally: Tally, itemId: number): Opinion | undefined {
    const { items, successes, failures, turned } = tally;
    if (turned === undefined && isOfItems(tally.class) && items.size >= this.spec().items && successes <= failures * MOST_SUCCESSES) {
      return this.turn(tally, 'systemic', `${items.size} items in a row ended with the same error: it is not the items`);
    }
    if (turned === undefined && tally.class === 'systemic' && items.size === 1 && items.get(itemId)! >= ALONE_TRIES && successes > 0) {
      return this.turn(tally, 'item_specific', 'one item alone meets it again and again, while others succeed');
    }
    // It is not alone after all.
    if (turned === 'item_specific' && items.size > 1) tally.turned = undefined;
    return undefined;
  }

  /** A success at the stage: what seemed to hit everybody does not. */
  private succeeded(stage: string): undefined {
    const tallies = this.stages.get(stage);
    for (const tally of tallies?.values() ?? []) {
      tally.successes += 1;
      if (tally.turned !== 'systemic') continue;
      this.forget(stage, tally.fingerprint);
    }
    return undefined;
  }

  private turn(tally: Tally, to: ErrorClass, reason: string): Opinion {
    const { job, stage, fingerprint, class: was } = tally;
    tally.turned = to;
    tally.reason = reason;
    return { job, stage, fingerprint, class: to, was, by: 'evidence', confidence: 0.9, reason };
  }

  private tallyOf(job: string, stage: string, fingerprint: string, kind: ErrorClass, at: number): Tally {
    const path = `${job}/${stage}`;
    const known = this.stages.get(path)?.get(fingerprint);
    // A block lasts until something works, however long the job was held meanwhile.
    if (known && (known.turned === 'systemic' || at - known.lastAt <= this.spec().withinMs)) return known;
    if (known) this.forget(path, fingerprint);
    if (this.size >= MOST_KINDS) this.clear();
    const tally: Tally = { job, stage, fingerprint, class: kind, items: new Map(), condemned: [], failures: 0, successes: 0, lastAt: at, turned: undefined, reason: '' };
    this.stages.set(path, (this.stages.get(path) ?? new Map<string, Tally>()).set(fingerprint, tally));
    this.size += 1;
    return tally;
  }

  private forget(stage: string, fingerprint: string): void {
    const tallies = this.stages.get(stage)!;
    tallies.delete(fingerprint);
    this.size -= 1;
    if (tallies.size === 0) this.stages.delete(stage);
  }

  private clear(): void {
    this.stages.clear();
    this.size = 0;
  }
}

const isOfItems = (kind: ErrorClass): boolean => kind === 'item_specific' || kind === 'transient';
