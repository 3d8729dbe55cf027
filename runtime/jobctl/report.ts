/** Says what a command did: before → after, until when, how to take it back. */
import type { Standing } from '../../inspector/protocol.ts';
import type { Delivered } from './deliver.ts';
import type { Desk } from './desk.ts';
import { oneLine } from './text.ts';
import { moment } from './time.ts';

const PENDING = 'applied at the next start';

/** `subject` is a job or an actor; `{job: 'a16z'}` becomes part of the JSON. */
export function report(desk: Desk, subject: { job: string } | { path: string } | Record<string, never>, delivered: Delivered): void {
  const { terminal } = desk;
  if (delivered.pending) terminal.say('runner stopped; stored');
  if (terminal.json) return terminal.document({ ok: true, ...subject, ...delivered, ...(delivered.pending && { note: PENDING }) });
  const name = oneLine(Object.values(subject)[0] ?? 'runner');
  if (delivered.pending) return terminal.print(`${terminal.paint('bold', name)}  ${PENDING}`);
  const { before, after, undo, note } = delivered;
  const now = desk.clock.now();
  terminal.print(`${terminal.paint('bold', name)}  ${before.state} → ${terminal.paint('bold', oneLine(after.state))}${more(after, now)}`);
  if (note !== undefined) terminal.print(`  ${oneLine(note)}`);
  if (undo !== undefined) terminal.print(terminal.paint('dim', `  undo: ${oneLine(undo)}`));
}

/** `: market closed, until 18:04 (in 3h)`, or figures: `: new 3, seen 1`. */
function more({ reason, until, counts }: Standing, now: number): string {
  const parts = [
    ...(reason === undefined ? [] : [oneLine(reason)]),
    ...(until === undefined ? [] : [`until ${moment(until, now)}`]),
    ...Object.entries(counts ?? {}).map(([what, n]) => `${oneLine(what)} ${n}`),
  ];
  return parts.length > 0 ? `: ${parts.join(', ')}` : '';
}
