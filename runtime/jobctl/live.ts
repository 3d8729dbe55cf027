/** What only the living runner knows: how it stands, in its own words, for whether it is degraded is in no row; and what attempts say that are not over. */
import { randomUUID } from 'node:crypto';
import type { AttemptLogView, ItemDetail, Query, RunnerView, StatusView } from '../../inspector/protocol.ts';
import type { ShownLog } from './attempt-log.ts';
import type { Desk } from './desk.ts';
import { findRunner } from './runner.ts';

/** A look is to end soon, also when the runner was stopped in the middle (SIGSTOP). */
const PATIENCE_MS = 1_000;

/** @param stored what is known without asking; it stays where nobody answers */
export async function asItSays(desk: Desk, stored: RunnerView): Promise<RunnerView> {
  const [view] = (await answersTo(desk, [{ type: 'status' }])) as StatusView[];
  if (!view) return stored;
  const { state, reason, since } = view.runner;
  return { ...stored, state, ...(reason !== undefined && { reason }), ...(since !== undefined && { since }) };
}

/** Of the attempts at an item that are under way; nothing where nobody answers. */
export async function logsNow(desk: Desk, { id, stages }: ItemDetail): Promise<ShownLog[]> {
  const running = Object.entries(stages).flatMap(([stage, { state, attempts: attempt }]) => (state === 'running' ? [{ stage, attempt }] : []));
  if (running.length === 0) return [];
  const views = (await answersTo(desk, running.map((one) => ({ type: 'attemptLog', item: id, ...one })))) as AttemptLogView[];
  return views.map((view, n) => ({ ...running[n]!, ...view })).filter(({ lines, calls }) => lines.length + calls.length > 0);
}

/** All of them, or none where the runner does not answer. */
async function answersTo(desk: Desk, queries: Query[]): Promise<unknown[]> {
  const { url, token } = findRunner(desk.data) ?? {};
  return url === undefined || token === undefined ? [] : inTime(desk, ask({ url, token }, desk, queries));
}

async function ask(address: { url: string; token: string }, { clock }: Desk, queries: Query[]): Promise<unknown[]> {
  const { Connection } = await import('./client.ts');
  const connection = await Connection.open(address, clock);
  try {
    const answers = await Promise.all(queries.map((query) => connection.query(randomUUID(), query)));
    return answers.flatMap((answer) => ('view' in answer ? [answer.view] : []));
  } finally {
    connection.close();
  }
}

async function inTime({ clock, terminal }: Desk, asked: Promise<unknown[]>): Promise<unknown[]> {
  let timer: unknown;
  const late = new Promise<undefined>((resolve) => (timer = clock.setTimeout(() => resolve(undefined), PATIENCE_MS)));
  try {
    const views = await Promise.race([asked, late]);
    if (!views) terminal.say('the runner lives and does not answer: it is stopped in the middle, or very busy');
    return views ?? [];
  } catch {
    return []; // It has just ended.
  } finally {
    clock.clearTimeout(timer);
  }
}
