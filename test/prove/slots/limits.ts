/** Which limits may be in force at a moment: those of a text from when it was written until a later one is known to be in force. */

export type Limits = Record<string, number>;

/** A claim that was committed under the old limit may be seen to start so long after the new one is in force, on a crowded machine. */
const SEEN_LATER_MS = 250;

export class LimitsInForce {
  private readonly texts: { limits: Limits; from: number; until: number }[] = [];

  /** It is on the disk from now on. */
  written(limits: Limits, at: number): void {
    this.texts.push({ limits, from: at, until: Infinity });
  }

  /** The text that was written last is in force. */
  inForce(at: number): void {
    for (const text of this.texts.slice(0, -1)) text.until = Math.min(text.until, at + SEEN_LATER_MS);
  }

  /** The most that a resource may have at that moment. */
  most(resource: string, at: number): number {
    return Math.max(...this.texts.filter(({ from, until }) => from <= at && at <= until).map(({ limits }) => limits[resource]!));
  }
}
