/** Commands to a job: each looks up its names first, so that a slip gets a suggestion and changes nothing. */
import type { Command } from '../../../inspector/protocol.ts';
import { breakerOfResource, isResourceBreaker } from '../../../machines/breaker.ts';
import { didYouMeanOrList } from '../../config/suggest.ts';
import { parseDuration } from '../../config/units.ts';
import { actorPaths } from '../../store/actors-view.ts';
import { delivering } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { jobNamed } from '../named.ts';
import { report } from '../report.ts';
import { quietStatusOf, reading } from '../store.ts';
import { parseUntil } from '../time.ts';

const BY_OPERATOR = 'paused by the operator';

type DryRun = { dryRun?: boolean };
type ToJob = Extract<Command, { type: 'PAUSE' | 'RESUME' | 'DRAIN' | 'WAKE' | 'CLEAR_ERRORS' }>;

export async function pause(desk: Desk, name: string, reason: string | undefined, { retryIn, until, ...options }: { retryIn?: string; until?: string } & DryRun): Promise<void> {
  const end = until === undefined ? endIn(retryIn, desk.clock.now()) : parseUntil(until, desk.clock.now());
  await change(desk, name, (job) => ({ type: 'PAUSE', job, reason: reason || BY_OPERATOR, ...(end !== undefined && { until: end }) }), options);
}

export function unpause(desk: Desk, name: string, { force = false, ...options }: { force?: boolean } & DryRun): Promise<void> {
  return change(desk, name, (job) => ({ type: 'RESUME', job, force }), options);
}

export function drain(desk: Desk, name: string, options: DryRun): Promise<void> {
  return change(desk, name, (job) => ({ type: 'DRAIN', job }), options);
}

/** Of a job, or of what jobs share. */
export async function clearErrors(desk: Desk, name: string | undefined, { resource, ...options }: { resource?: string } & DryRun): Promise<void> {
  if ((resource === undefined) === (name === undefined)) throw new Failure(EXIT.usage, 'usage', 'clear-errors takes a job or --resource NAME', { hint: 'npx jobctl clear-errors JOB' });
  if (resource !== undefined) return clearErrorsOf(desk, resource, options);
  await change(desk, name!, (job) => ({ type: 'CLEAR_ERRORS', job }), options);
}

async function clearErrorsOf(desk: Desk, resource: string, { dryRun }: DryRun): Promise<void> {
  const command = { type: 'SEND' as const, path: breakerOfResource(resource), event: { type: 'CLEAR_ERRORS' } };
  await reading(desk, async (db) => {
    const paths = actorPaths(db);
    if (!paths.includes(command.path)) {
      const known = paths.filter(isResourceBreaker).map((path) => path.split('/')[1]!);
      throw new Failure(EXIT.notFound, 'unknown_resource', `no jobs share a resource "${resource}"${didYouMeanOrList(resource, known)}`);
    }
    if (dryRun) return (await import('../rehearse.ts')).rehearse(desk, db, command);
    await delivering(desk, async (deliver) => report(desk, { path: command.path }, await deliver(command)));
  });
}

export async function wake(desk: Desk, name: string | undefined, { all = false, ...options }: { all?: boolean } & DryRun): Promise<void> {
  if (all === (name !== undefined)) throw new Failure(EXIT.usage, 'usage', 'wake takes a job or --all', { hint: 'npx jobctl wake JOB' });
  if (name !== undefined) return change(desk, name, (job) => ({ type: 'WAKE', job }), options);
  await wakeAll(desk, options);
}

/** A job that may not be woken now keeps no other one asleep. */
async function wakeAll(desk: Desk, { dryRun }: DryRun): Promise<void> {
  const jobs = await reading(desk, (db) => quietStatusOf(desk, db).jobs.filter((job) => job.state !== 'archived'));
  if (dryRun) {
    for (const { id } of jobs) await change(desk, id, (job) => ({ type: 'WAKE', job }), { dryRun });
    return;
  }
  await delivering(desk, async (deliver) => {
    let refused: Failure | undefined;
    let woken = 0;
    for (const { id: job } of jobs) {
      try {
        report(desk, { job }, await deliver({ type: 'WAKE', job }));
        woken += 1;
      } catch (error) {
        if (!(error instanceof Failure) || error.exit !== EXIT.notAccepted) throw error;
        desk.terminal.say(`${job} is not woken: ${error.message}`);
        refused = error;
      }
    }
    if (refused && woken === 0) throw refused;
  });
}

async function change(desk: Desk, name: string, commandFor: (job: string) => ToJob, { dryRun }: DryRun): Promise<void> {
  await reading(desk, async (db) => {
    const command = commandFor(jobNamed(quietStatusOf(desk, db), name).id);
    if (dryRun) return (await import('../rehearse.ts')).rehearse(desk, db, command);
    await delivering(desk, async (deliver) => report(desk, { job: command.job }, await deliver(command)));
  });
}

function endIn(duration: string | undefined, now: number): number | undefined {
  if (duration === undefined) return undefined;
  const ms = parseDuration(duration);
  if (ms === undefined) throw new Failure(EXIT.usage, 'usage', `"${duration}" is no duration`, { hint: 'write --retry-in 30s, 5m, 3h or 2d' });
  return now + ms;
}
