/** Texts of jobs.yaml beside each other: what a newer one means, and how it differs line by line. */
import type { ConfigChange } from '../../inspector/protocol.ts';
import { changesBetween } from './changes.ts';
import { specIn } from './check.ts';
import { lineDiff, type Line } from './line-diff.ts';

/** Without changes also where one of them cannot be read by this version any more. */
export function comparedTexts(before: string, after: string): { changes: ConfigChange[]; lines: Line[] } {
  const [from, to] = [specIn(before), specIn(after)];
  return { changes: from && to ? changesBetween(from, to) : [], lines: lineDiff(before, after) };
}

/** Lines that a revision has added and removed; nothing of one whose predecessor is gone. */
export function sizeOf({ id, text }: { id: number; text: string }, older: string | undefined): { added?: number; removed?: number } {
  if (older === undefined && id > 1) return {};
  const lines = lineDiff(older ?? '', text);
  const count = (wanted: '+' | '-') => lines.filter(({ mark }) => mark === wanted).length;
  return { added: count('+'), removed: count('-') };
}
