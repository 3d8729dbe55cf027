/** The durations of a stage's latest attempts, for quantiles. */

const KEPT = 256;

export class Durations {
  private readonly kept: number[] = [];
  private next = 0;

  /** @param ms of one attempt */
  add(ms: number): void {
    this.kept[this.next] = ms;
    this.next = (this.next + 1) % KEPT;
  }

  /** p50 and p95 in ms; nothing before the first attempt has ended. */
  quantiles(): { p50Ms: number; p95Ms: number } | undefined {
    if (this.kept.length === 0) return undefined;
    const sorted = this.kept.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]!;
    return { p50Ms: at(0.5), p95Ms: at(0.95) };
  }
}
