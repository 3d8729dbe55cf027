/** Events that an operator sends to an actor. */
import type { Command, Offer } from '../protocol.ts';
import { act } from './model.ts';

type Payload = Record<string, unknown>;

/** An event that cannot be sent by its name alone: something has to be said. What this page can say by itself is said. */
export const needsPayload = ({ event, payload = [] }: Offer): boolean => payload.some(({ name, required }) => required && !(name in saidOf(event)));

/** Some events have commands of their own: those say what they did, and how it is taken back. Answers why it was not taken. */
export async function send(path: string, event: string, payload = saidOf(event)): Promise<string | undefined> {
  // The one thing that this page cannot take back.
  if (event === 'STOP' && path === 'supervisor' && !confirm('Stop the runner? What runs gets 10 s to end; it is started again in a terminal.')) return undefined;
  const { command, did } = commandFor(path, event, payload);
  return act(command, did);
}

const SAID: Record<string, Payload | undefined> = { PAUSE: { reason: 'paused in the inspector' }, RESUME: { force: false } };
/** What this page says when nobody says anything else. */
export const saidOf = (event: string): Payload => SAID[event] ?? {};

function commandFor(path: string, event: string, payload: Payload): { command: Command; did: string } {
  const own = ownCommand(path, event, payload);
  return own ?? { command: { type: 'SEND', path, event: { ...payload, type: event } }, did: `${event} was sent to ${path}` };
}

function ownCommand(path: string, event: string, payload: Payload): { command: Command; did: string } | undefined {
  if (event === 'STOP' && path === 'supervisor') return { command: { type: 'STOP' }, did: 'the runner stops' };
  if (event === 'RECLASSIFY' && path === 'doctor') return { command: { type: 'RECLASSIFY', ...payload } as Command, did: `${String(payload['fingerprint'])} means ${String(payload['class'])}` };
  const job = /^job\/([^/]+)(\/lifecycle)?$/.exec(path)?.[1];
  const did = DONE[event];
  return job !== undefined && did !== undefined ? { command: { type: event, job, ...payload } as Command, did: `${job}: ${did}` } : undefined;
}

const DONE: Record<string, string | undefined> = { PAUSE: 'paused', RESUME: 'resumed', DRAIN: 'draining' };

/** What a terminal would be told, with what has to be said. */
export function sendLine(path: string, { event, payload = [] }: Offer): string {
  const parts = payload.filter(({ required }) => required).map(({ name }) => [name, '…']);
  return `npx jobctl send ${path} ${event}${parts.length > 0 ? ` '${JSON.stringify(Object.fromEntries(parts))}'` : ''}`;
}
