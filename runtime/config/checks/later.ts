/** Keys that the schema accepts, but that no part of this version acts on yet: a limit that does nothing must say so. */
import { at, type Complaint } from '../complaint.ts';
import type { Path } from '../locate.ts';

const LATER: readonly Path[] = [['notify']];

export function ignoredKeys(data: unknown): Complaint[] {
  return LATER.filter((path) => at(data, path) !== undefined).map((path): Complaint => ({ path, on: 'key', message: `${String(path.at(-1))} has no effect yet in this version` }));
}
