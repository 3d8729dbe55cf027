/** Finds the runner that lives on a data folder: its lock says that it lives, two small files beside it say where. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RunnerView } from '../../inspector/protocol.ts';
import { isLocked } from '../store/lock.ts';
import { EXIT, Failure } from './failure.ts';

/** `url` and `token` are missing for the moment in which it starts or stops. */
export type Runner = { pid?: number; url?: string; bootId?: string; startedAt?: number; token?: string };

/**
 * Undefined when no runner lives. One that stops takes its file away; what a killed one left behind is not believed.
 * The lock is asked only then, as asking takes it for a moment.
 */
export function findRunner(data: string): Runner | undefined {
  const text = read(data, 'runner.json');
  if (text === undefined || !isLocked(data)) return undefined;
  const facts = JSON.parse(text || '{}') as Runner;
  const token = read(data, 'runner.token')?.trim();
  return { ...facts, ...(token !== undefined && { token }) };
}

export function runnerView(runner: Runner | undefined, now: number): RunnerView {
  if (!runner) return { state: 'stopped' };
  const { pid, bootId, startedAt, url } = runner;
  return {
    state: 'running',
    ...(pid !== undefined && { pid }),
    ...(bootId !== undefined && { bootId }),
    ...(startedAt !== undefined && { uptimeMs: Math.max(0, now - startedAt) }),
    ...(url !== undefined && { url }),
  };
}

/** Where to connect. Throws when the runner is not there, or not there yet. */
export function addressOf(runner: Runner | undefined): { url: string; token: string } {
  if (!runner) throw new Failure(EXIT.stopped, 'not_running', 'the runner is not running', { hint: 'start it with `npx jobctl run`' });
  const { url, token } = runner;
  if (url !== undefined && token !== undefined) return { url, token };
  throw new Failure(EXIT.stopped, 'not_ready', 'the runner is starting or stopping', { hint: 'try again in a moment' });
}

function read(data: string, name: string): string | undefined {
  try {
    return readFileSync(path.join(data, name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
