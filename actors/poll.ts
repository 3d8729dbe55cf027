/**
 * One poll of a job's source: takes candidates one by one and hands them to the ledger in batches. When the job has
 * `maxPending` tasks pending it stops in the middle, says so, and goes on there once a tenth of the queue is free.
 */
import { fromCallback } from 'xstate';
import type { DiscoveryEvent, Found as Counts } from '../machines/discovery.ts';
import { roomBelow } from '../machines/guards.ts';
import type { JobSpec } from '../machines/spec.ts';
import type { Candidate, Found, Ports } from './ports.ts';

const BATCH = 200;

type Input = { job: string; maxPending?: number };
type Tell = (event: DiscoveryEvent) => void;

/** @param specOf the job's specification as it is when the poll begins */
export const poll = (ports: Ports, specOf: (job: string) => JobSpec) =>
  fromCallback<{ type: string }, Input>(({ input, sendBack }) => {
    const ending = new AbortController();
    const tell = sendBack as Tell;
    const { clock } = ports;
    new Poll(ports, input, tell, ending.signal).run(specOf(input.job)).then(
      (found) => ending.signal.aborted || tell({ type: 'discovery.polled', found, at: clock.now() }),
      (error: Error & { retryAt?: number }) =>
        ending.signal.aborted ||
        tell({ type: 'discovery.failed', error: { name: error.name, message: messageOf(error) }, ...(error.retryAt && { retryAt: error.retryAt }), at: clock.now() }),
    );
    return () => ending.abort();
  });

class Poll {
  private readonly ports: Ports;
  private readonly job: string;
  private readonly maxPending: number;
  private readonly tell: Tell;
  private readonly signal: AbortSignal;
  private batch: Candidate[] = [];
  private cursor: string | undefined;
  private readonly counts: Counts = { new: 0, seen: 0, filtered: 0 };

  constructor(ports: Ports, { job, maxPending = Infinity }: Input, tell: Tell, signal: AbortSignal) {
    this.ports = ports;
    this.job = job;
    this.maxPending = maxPending;
    this.tell = tell;
    this.signal = signal;
  }

  async run(spec: JobSpec): Promise<Counts> {
    try {
      await this.read(spec);
    } finally {
      // What a source gave before it failed is not lost.
      await this.handIn();
    }
    return this.counts;
  }

  private async read(spec: JobSpec): Promise<void> {
    for await (const found of this.ports.sources.poll(spec, this.signal)) {
      if ('candidate' in found && this.isFull()) await this.turnAway(found.candidate);
      if (this.signal.aborted) break;
      this.take(found);
      if (this.batch.length >= this.room()) await this.handIn();
    }
  }

  private take(found: Found): void {
    if ('cursor' in found) this.cursor = found.cursor;
    else this.batch.push(found.candidate);
  }

  /** How many candidates may be taken before they have to be handed in; what they add to the queue is not known before. */
  private room(): number {
    return Math.max(1, Math.min(BATCH, this.maxPending - this.ports.ledger.pending(this.job)));
  }

  private async handIn(): Promise<void> {
    if (this.batch.length === 0 && this.cursor === undefined) return;
    const [candidates, cursor] = [this.batch, this.cursor];
    this.batch = [];
    this.cursor = undefined;
    const receipt = await this.ports.ledger.found(this.job, candidates, cursor === undefined ? {} : { cursor });
    for (const decision of ['new', 'seen', 'filtered'] as const) this.counts[decision] += receipt[decision];
  }

  private isFull(): boolean {
    return this.ports.ledger.pending(this.job) >= this.maxPending;
  }

  /** Notes the key that met a full queue, and waits until it can be taken. */
  private async turnAway(candidate: Candidate): Promise<void> {
    const { ledger, clock } = this.ports;
    await this.handIn();
    await ledger.found(this.job, [candidate], { decision: 'over_max_pending' });
    this.tell({ type: 'discovery.full', pending: ledger.pending(this.job), at: clock.now() });
    await new Promise<void>((resolve) => {
      const forget = ledger.whenPendingBelow(this.job, roomBelow(this.maxPending), resolve);
      this.signal.addEventListener('abort', () => (forget(), resolve()), { once: true });
    });
    if (!this.signal.aborted) this.tell({ type: 'discovery.resumed', at: clock.now() });
  }
}

/** What went wrong, with what was behind it: `fetch failed` alone helps nobody. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message ? `${error.message} (${error.cause.message})` : error.message;
}
