/** How busy actors are: events a second lately, and what lies in their mailboxes. */
import type { AnyActorRef } from 'xstate';
import type { ActorLine } from '../../inspector/protocol.ts';

type Letter = { next: Letter | null } | null;

/** An actor works off its mailbox at once: what lies in it waits for what the actor does now, or for ever, if that never ends. */
export function mailboxOf(actor: AnyActorRef | undefined): number {
  let n = 0;
  for (let letter = (actor as { mailbox?: { _current: Letter } } | undefined)?.mailbox?._current; letter; letter = letter.next) n += 1;
  return n;
}

/** `rates`: events a second, by path. */
export function withBusy(lines: readonly ActorLine[], rates: ReadonlyMap<string, number>, mailbox: (path: string) => number): ActorLine[] {
  return lines.map((line) => {
    const [perSecond, waiting] = [rates.get(line.path), mailbox(line.path)];
    return { ...line, ...(perSecond !== undefined && { perSecond }), ...(waiting > 0 && { mailbox: waiting }) };
  });
}
