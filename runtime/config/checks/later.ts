/** Keys that the schema accepts, but that no part of this version acts on yet: a limit that does nothing must say so. */
import { at, type Complaint } from '../complaint.ts';
import type { Path } from '../locate.ts';

const LATER: readonly Path[] = [['doctor', 'model'], ['doctor', 'daily_cost_limit'], ['doctor', 'rate'], ['notify']];
const LATER_IN_JOB: readonly Path[] = [['window']];

export function ignoredKeys(data: unknown): Complaint[] {
  const within = (list: string, keys: readonly Path[]) => Object.keys(Object(at(data, [list]))).flatMap((name) => keys.map((key) => [list, name, ...key]));
  return [...LATER, ...within('jobs', LATER_IN_JOB)]
    .filter((path) => at(data, path) !== undefined)
    .map((path): Complaint => ({ path, on: 'key', message: `${String(path.at(-1))} has no effect yet in this version` }));
}
