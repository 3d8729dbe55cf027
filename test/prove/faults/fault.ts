/** A fault: how it is made, what must come of it. */
import type { Finding } from '../audit/finding.ts';
import type { Tool } from './tools.ts';
import { Trial } from './trial.ts';

export type Outcome = {
  injected: number;
  /** What came of it, with figures; one line of Markdown. */
  outcome: string;
  /** The same with the protection left out, or a fault that nothing can survive: the test would have noticed. */
  control?: string;
  /** What does not hold; nothing when all does. */
  wrong: string[];
};

export type Fault = {
  /** As the table says it. */
  name: string;
  needs?: Tool;
  /** How often it is made in the test suite, and by `npm run prove:faults`. */
  quick: number;
  full: number;
  inject(times: number): Promise<Outcome>;
};

/** Runs with a trial of its own, and clears it away. */
export async function inTrial<T>(options: ConstructorParameters<typeof Trial>[0], work: (trial: Trial) => Promise<T>): Promise<T> {
  const trial = new Trial(options);
  try {
    return await work(trial);
  } finally {
    trial.close();
  }
}

export const words = (findings: readonly Finding[]): string[] => findings.map(({ claim, what }) => `${claim}: ${what}`);

/** Milliseconds since it was made. */
export function stopwatch(): () => number {
  const begin = performance.now();
  return () => Math.round(performance.now() - begin);
}
