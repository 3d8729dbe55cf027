/** Calls of models, a line each. */
import type { CallView } from '../../inspector/protocol.ts';
import { table, type Column } from './table.ts';
import { span } from './time.ts';

export type ShownCall = Omit<CallView, 'requestId'>;

export const callsTable = (calls: readonly ShownCall[]): string[] => table(calls, COLUMNS);

const COLUMNS: Column<ShownCall>[] = [
  { head: 'CALL', text: ({ stage, attempt }) => `${stage} ${attempt}` },
  { head: 'MODEL', text: ({ alias, model }) => (alias === model ? model : `${alias} (${model})`), most: 40 },
  { head: 'IN', text: ({ tokensIn, seconds }) => (seconds === null ? (tokensIn ?? '') : `${seconds} s`), align: 'right' },
  { head: 'CACHED', text: ({ tokensCached }) => tokensCached || '', align: 'right' },
  { head: 'OUT', text: ({ tokensOut }) => tokensOut ?? '', align: 'right' },
  { head: 'COST', text: cost, align: 'right' },
  { head: 'TOOK', text: ({ ms, kept }) => (kept ? '' : span(ms)), align: 'right' },
  { head: 'ANSWER', text: ({ kept, outcome }) => (kept ? 'kept from before' : outcome), most: 40 },
];

function cost({ costUsd, assumed, kept }: ShownCall): string {
  if (kept) return '';
  if (costUsd === null) return 'unpriced';
  return `${assumed ? 'at most ' : ''}$${costUsd.toFixed(4)}`;
}
