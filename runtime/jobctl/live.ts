/** How the living runner stands, in its own words: whether it is degraded is in no row, for that would have to be written. */
import { randomUUID } from 'node:crypto';
import type { RunnerView, StatusView } from '../../inspector/protocol.ts';
import type { Desk } from './desk.ts';
import { findRunner } from './runner.ts';

/** A look is to end soon, also when the runner was stopped in the middle (SIGSTOP). */
const PATIENCE_MS = 1_000;

/** @param stored what is known without asking; it stays where nobody answers */
export async function asItSays(desk: Desk, stored: RunnerView): Promise<RunnerView> {
  const { url, token } = findRunner(desk.data) ?? {};
  if (url === undefined || token === undefined) return stored;
  const { state, reason, since } = (await inTime(desk, ask({ url, token }, desk))) ?? { state: stored.state, reason: undefined, since: undefined };
  return { ...stored, state, ...(reason !== undefined && { reason }), ...(since !== undefined && { since }) };
}

async function ask(address: { url: string; token: string }, { clock }: Desk): Promise<RunnerView | undefined> {
  const { Connection } = await import('./client.ts');
  const connection = await Connection.open(address, clock);
  const answer = await connection.query(randomUUID(), { type: 'status' });
  connection.close();
  return 'view' in answer ? (answer.view as StatusView).runner : undefined;
}

async function inTime({ clock, terminal }: Desk, asked: Promise<RunnerView | undefined>): Promise<RunnerView | undefined> {
  let timer: unknown;
  const late = new Promise<undefined>((resolve) => (timer = clock.setTimeout(() => resolve(undefined), PATIENCE_MS)));
  try {
    const view = await Promise.race([asked, late]);
    if (!view) terminal.say('the runner lives and does not answer: it is stopped in the middle, or very busy');
    return view;
  } catch {
    return undefined; // It has just ended.
  } finally {
    clock.clearTimeout(timer);
  }
}
