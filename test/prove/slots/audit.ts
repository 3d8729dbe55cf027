/** What the handlers have written, held against the limits: who was at work at the same moment. */
import { readFileSync } from 'node:fs';
import type { LimitsInForce } from './limits.ts';

/** `origin` tells the lives of the runner apart: with a process all that it ran has ended. Times are ms since the epoch. */
type Line = { what: 'start' | 'end'; at: number; origin: number; job: string; stage: string };

export type Audit = { starts: number; most: Record<string, number>; above: string[]; usedWhole: Record<string, number> };

/** @param resourcesOf what a stage of a job uses */
export function audit(file: string, limits: LimitsInForce, resourcesOf: (job: string, stage: string) => readonly string[]): Audit {
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Line);
  const found: Audit = { starts: 0, most: {}, above: [], usedWhole: {} };
  let [atWork, origin]: [Record<string, number>, number] = [{}, 0];
  for (const line of lines) {
    if (line.origin !== origin) [atWork, origin] = [{}, line.origin];
    if (line.what === 'start') found.starts += 1;
    for (const resource of resourcesOf(line.job, line.stage)) {
      const n = (atWork[resource] = (atWork[resource] ?? 0) + (line.what === 'start' ? 1 : -1));
      if (line.what === 'end') continue;
      const most = limits.most(resource, line.at);
      found.most[resource] = Math.max(found.most[resource] ?? 0, n);
      if (n > most) found.above.push(`${resource}: ${n} at work of ${most}, when ${line.job} ${line.stage} started`);
      if (n === most) found.usedWhole[resource] = (found.usedWhole[resource] ?? 0) + 1;
    }
  }
  return found;
}
