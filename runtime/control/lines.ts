/** The line for a terminal that comes nearest to a command; what it takes is found anew there. */
import type { BulkAction, Condition } from '../../inspector/protocol.ts';
import { printFilter } from '../filter/print.ts';

export const VERBS = { RETRY: 'retry', RESET: 'reset', REPROCESS: 'reprocess' } as const;
const MOST_NAMED = 20;

/** `filter`: null for items that were chosen. */
type Meant = { filter: string | null; where: readonly Condition[]; items: readonly number[] };

export function lineOf(job: string, { filter, where, items }: Meant, action: BulkAction): string {
  if (action.verb === 'PRIORITY') return `npx jobctl priority ${job} ITEM… ${action.priority}`;
  const stage = action.stage === undefined ? '' : ` ${action.stage}`;
  const what = filter === null ? ` --item ${items.length > MOST_NAMED ? 'ITEM…' : items.join(' ')}` : where.length === 0 && filter === '' ? '' : ` --where '${(filter === '' ? printFilter(where) : filter).replaceAll("'", `'\\''`)}'`;
  return `npx jobctl ${VERBS[action.verb]} ${job}${stage}${what}${action.downstream ? ' --downstream' : ''}`;
}
