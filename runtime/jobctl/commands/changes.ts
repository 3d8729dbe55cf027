/** Commands to a job: each looks up its names first, so that a slip gets a suggestion and changes nothing. */
import type { Command } from '../../../inspector/protocol.ts';
import { parseDuration } from '../../config/units.ts';
import { delivering } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { itemNamed, jobNamed, stageNamed } from '../named.ts';
import { report } from '../report.ts';
import { quietStatusOf, reading } from '../store.ts';
import { parseUntil } from '../time.ts';

const BY_OPERATOR = 'paused by the operator';

export async function pause(desk: Desk, name: string, reason: string | undefined, { retryIn, until }: { retryIn?: string; until?: string }): Promise<void> {
  const end = until === undefined ? endIn(retryIn, desk.clock.now()) : parseUntil(until, desk.clock.now());
  await change(desk, name, (job) => ({ type: 'PAUSE', job, reason: reason || BY_OPERATOR, ...(end !== undefined && { until: end }) }));
}

export function unpause(desk: Desk, name: string, { force = false }: { force?: boolean }): Promise<void> {
  return change(desk, name, (job) => ({ type: 'RESUME', job, force }));
}

export function drain(desk: Desk, name: string): Promise<void> {
  return change(desk, name, (job) => ({ type: 'DRAIN', job }));
}

export function clearErrors(desk: Desk, name: string): Promise<void> {
  return change(desk, name, (job) => ({ type: 'CLEAR_ERRORS', job }));
}

export async function wake(desk: Desk, name: string | undefined, { all = false }: { all?: boolean }): Promise<void> {
  if (all === (name !== undefined)) throw new Failure(EXIT.usage, 'usage', 'wake takes a job or --all', { hint: 'npx jobctl wake JOB' });
  if (name !== undefined) return change(desk, name, (job) => ({ type: 'WAKE', job }));
  await wakeAll(desk);
}

/** A job that may not be woken now keeps no other one asleep. */
async function wakeAll(desk: Desk): Promise<void> {
  const jobs = await reading(desk, (db) => quietStatusOf(desk, db).jobs.filter((job) => job.state !== 'archived'));
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

/** `retry`, `reset`, `reprocess`: of a stage and of items only, where these are named. */
export const rerun =
  (verb: 'retry' | 'reset' | 'reprocess') =>
  async (desk: Desk, name: string, stage: string | undefined, { item: names }: { item?: string[] }): Promise<void> => {
    const type = ({ retry: 'RETRY', reset: 'RESET', reprocess: 'REPROCESS' } as const)[verb];
    const command = await reading(desk, (db): Command => {
      const job = jobNamed(quietStatusOf(desk, db), name);
      return {
        type,
        job: job.id,
        ...(stage !== undefined && { stage: stageNamed(job, stage) }),
        ...(names && { items: names.map((item) => itemNamed(desk, db, item, job.id)) }),
      };
    });
    await delivering(desk, async (deliver) => report(desk, { job: name }, await deliver(command)));
  };

async function change(desk: Desk, name: string, commandFor: (job: string) => Command): Promise<void> {
  const { id } = await reading(desk, (db) => jobNamed(quietStatusOf(desk, db), name));
  await delivering(desk, async (deliver) => report(desk, { job: id }, await deliver(commandFor(id))));
}

function endIn(duration: string | undefined, now: number): number | undefined {
  if (duration === undefined) return undefined;
  const ms = parseDuration(duration);
  if (ms === undefined) throw new Failure(EXIT.usage, 'usage', `"${duration}" is no duration`, { hint: 'write --retry-in 30s, 5m, 3h or 2d' });
  return now + ms;
}
