/** How much work waits in each job, and who waits for it to become less. */

export class Room {
  private readonly pendings = new Map<string, number>();
  private readonly waiting = new Set<{ job: string; below: number; then(): void }>();
  private readonly stored: (job: string) => number;

  /** @param stored what the store counts, for a job that has not been counted yet */
  constructor(stored: (job: string) => number) {
    this.stored = stored;
  }

  pending(job: string): number {
    return this.pendings.get(job) ?? this.stored(job);
  }

  /** Calls `then` once, as soon as fewer than `below` tasks are pending. */
  whenBelow(job: string, below: number, then: () => void): () => void {
    const waiting = { job, below, then };
    this.waiting.add(waiting);
    this.look();
    return () => this.waiting.delete(waiting);
  }

  /** As of the last commit. */
  count(pending: ReadonlyMap<string, number>): void {
    for (const [job, n] of pending) this.pendings.set(job, n);
  }

  look(): void {
    for (const waiting of this.waiting) {
      if (this.pending(waiting.job) >= waiting.below) continue;
      this.waiting.delete(waiting);
      waiting.then();
    }
  }
}
