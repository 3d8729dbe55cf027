/** How much each stage gets done, from the counts as they come: nothing is drawn that did not happen. */
import type { JobView } from '../protocol.ts';

const WINDOW_MS = 10_000;

type Sample = { at: number; done: number };

export class Rates {
  private readonly samples = new Map<string, Sample[]>();

  note(jobs: readonly JobView[], at: number): void {
    for (const { id, stages } of jobs) for (const { name, done } of stages) this.add(`${id}/${name}`, { at, done });
  }

  private add(key: string, sample: Sample): void {
    const samples = this.samples.get(key) ?? [];
    const last = samples.at(-1);
    // A count that went back was reset: what was before says nothing any more.
    if (last && last.done > sample.done) samples.length = 0;
    samples.push(sample);
    while (samples.length > 2 && samples[1]!.at <= sample.at - WINDOW_MS) samples.shift();
    this.samples.set(key, samples);
  }

  /** Items a minute that the stage finished lately. */
  perMinute(job: string, stage: string): number {
    const samples = this.samples.get(`${job}/${stage}`) ?? [];
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last || last.at - first.at < 1_000) return 0;
    return ((last.done - first.done) / (last.at - first.at)) * 60_000;
  }
}
