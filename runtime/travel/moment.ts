/** When an entry of the journal was written. */
import type { Handle } from '../store/open.ts';
import { timeOfSeq } from '../store/replay-view.ts';
import { UnknownPast } from './history.ts';

/** Ms since the epoch. @throws UnknownPast before the first entry that is kept */
export function momentOf(db: Handle, seq: number): number {
  const at = timeOfSeq(db, seq);
  if (at === undefined) throw new UnknownPast(`nothing is known of ${seq}: the journal begins later`);
  return at;
}
