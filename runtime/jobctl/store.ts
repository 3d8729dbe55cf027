/** The store as `jobctl` reads it: beside the living runner, or alone. Never written while a runner lives. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { StatusView } from '../../inspector/protocol.ts';
import { openStore, type Handle } from '../store/open.ts';
import { readStatus } from '../store/status.ts';
import type { Desk } from './desk.ts';
import { EXIT, Failure } from './failure.ts';
import { findRunner, runnerView } from './runner.ts';

/** Opens the database for reading, hands it to `read` and closes it. */
export async function reading<T>({ data }: Desk, read: (db: Handle) => T | Promise<T>): Promise<T> {
  requireData(data);
  const db = openStore(data, { readonly: true });
  try {
    return await read(db);
  } finally {
    db.close();
  }
}

export const holdsData = (data: string): boolean => existsSync(path.join(data, 'rivus.db'));

/** Fails with the way out when the folder holds no database yet. */
export function requireData(data: string): void {
  if (holdsData(data)) return;
  throw new Failure(EXIT.stopped, 'no_data', `there is nothing stored in ${data} yet`, { hint: 'start the runner with `npx jobctl run`, or name its folder with --data' });
}

/** The status of all jobs; says on stderr when no runner lives. */
export function statusOf(desk: Desk, db: Handle): StatusView {
  const status = quietStatusOf(desk, db);
  if (status.runner.state === 'stopped') desk.terminal.say('runner stopped; showing stored state');
  return status;
}

/** For commands that change something: these say themselves what a stopped runner means for them. */
export function quietStatusOf({ data, clock }: Desk, db: Handle): StatusView {
  const now = clock.now();
  return readStatus(db, now, runnerView(findRunner(data), now));
}
