/** Figures of many measurements in one. */

/** The value below which a share of the values lies; `share` from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** What they grow by from one to the next, by the straight line that lies nearest to all of them. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [rise, run] = values.reduce(([rise, run], value, n) => [rise + (n - middle) * (value - mean), run + (n - middle) ** 2], [0, 0]);
  return rise / run;
}
