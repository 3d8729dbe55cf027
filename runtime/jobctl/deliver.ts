/** Takes commands to the runner; when none lives, to the store, from where the next start takes them. */
import { randomUUID } from 'node:crypto';
import { command as commandSchema, MAX_FRAME_BYTES, type Command, type ConfigChange, type Standing } from '../../inspector/protocol.ts';
import { acquireLock, RunnerAlreadyRunning, type Lock } from '../store/lock.ts';
import { openStore } from '../store/open.ts';
import { storePending } from '../store/pending.ts';
import { Connection } from './client.ts';
import type { Desk } from './desk.ts';
import { EXIT, Failure } from './failure.ts';
import { addressOf, findRunner } from './runner.ts';
import { requireData } from './store.ts';

/** What became of a command: done, or kept for the next start. */
export type Delivered = { pending: false; before: Standing; after: Standing; undo?: string; note?: string; changes?: ConfigChange[] } | { pending: true };
export type Deliver = (command: Command) => Promise<Delivered>;

/** Opens one way for all commands that `work` delivers. */
export async function delivering<T>(desk: Desk, work: (deliver: Deliver) => Promise<T>): Promise<T> {
  return findRunner(desk.data) ? toRunner(desk, work) : toStore(desk, work);
}

/** For what makes no sense without a runner: a failure with exit code 3 when none lives. */
export async function toRunner<T>(desk: Desk, work: (deliver: Deliver, connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.open(addressOf(findRunner(desk.data)), desk.clock);
  const deliver: Deliver = async (command) => {
    checkSize(command);
    const answer = await connection.command(randomUUID(), command);
    if ('view' in answer) throw new Error('the runner answered a command with a view');
    return { pending: false, before: answer.before, after: answer.after, ...(answer.undo && { undo: answer.undo }), ...(answer.note && { note: answer.note }), ...(answer.changes && { changes: answer.changes }) };
  };
  try {
    return await work(deliver, connection);
  } finally {
    connection.close();
  }
}

async function toStore<T>(desk: Desk, work: (deliver: Deliver) => Promise<T>): Promise<T> {
  requireData(desk.data);
  // Held while the file is open for writing: a runner that starts meanwhile must not find a second writer.
  const lock = locked(desk.data);
  const db = openStore(desk.data);
  try {
    return await work(async (command) => {
      const checked = commandSchema.safeParse(command);
      if (!checked.success) throw new Failure(EXIT.usage, 'bad_request', checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
      checkSize(command);
      storePending(db, { id: randomUUID(), at: desk.clock.now(), who: 'cli', command: checked.data });
      return { pending: true };
    });
  } finally {
    db.close();
    lock.release();
  }
}

function locked(data: string): Lock {
  try {
    return acquireLock(data);
  } catch (cause) {
    if (!(cause instanceof RunnerAlreadyRunning)) throw cause;
    throw new Failure(EXIT.stopped, 'not_ready', 'the runner is starting or stopping', { hint: 'try again in a moment', cause });
  }
}

function checkSize(command: Command): void {
  const bytes = frameBytes(command);
  if (bytes > MAX_FRAME_BYTES) throw new Failure(EXIT.usage, 'too_large', `the command has ${bytes} bytes; ${MAX_FRAME_BYTES} are the most that a runner takes`);
}

/** Of the frame that will carry the command: its id is a UUID. */
export function frameBytes(command: Command): number {
  return Buffer.byteLength(JSON.stringify({ id: '00000000-0000-0000-0000-000000000000', command }));
}
