/** What the operator named: found, or refused with a suggestion. */
import type { JobView, StatusView } from '../../inspector/protocol.ts';
import { didYouMean, didYouMeanOrList } from '../config/suggest.ts';
import { findItems, lastKeys } from '../store/items-view.ts';
import type { Handle } from '../store/open.ts';
import type { Desk } from './desk.ts';
import { EXIT, Failure } from './failure.ts';

const KEYS_TO_GUESS_FROM = 1_000;

export function jobNamed({ jobs }: StatusView, name: string): JobView {
  const job = jobs.find((job) => job.id === name);
  if (job) return job;
  const proposal = didYouMeanOrList(name, jobs.map((job) => job.id));
  throw new Failure(EXIT.notFound, 'unknown_job', `there is no job "${name}"${proposal}`, { hint: '`npx jobctl status` lists the jobs' });
}

export function stageNamed(job: JobView, name: string): string {
  const names = [...job.stages.map((stage) => stage.name), ...(job.parked ?? []).map(({ stage }) => stage)];
  if (names.includes(name)) return name;
  throw new Failure(EXIT.notFound, 'unknown_stage', `job "${job.id}" has no stage "${name}"${didYouMeanOrList(name, names)}`);
}

/** Id of an item, in `job` only if that is given. A number is an id before it is a key. */
export function itemNamed({ terminal }: Desk, db: Handle, name: string, job?: string): number {
  const [found, ...others] = findItems(db, name, job);
  if (!found) {
    const where = job === undefined ? '' : ` in job "${job}"${didYouMean(name, lastKeys(db, job, KEYS_TO_GUESS_FROM))}`;
    throw new Failure(EXIT.notFound, 'unknown_item', `there is no item "${name}"${where}`, { hint: `\`npx jobctl items ${job ?? 'JOB'}\` lists them` });
  }
  if (others.length === 0) return found.id;
  const list = (items: typeof others) => items.map(({ id, job, key }) => `${id} (${job} ${key})`).join(', ');
  if (String(found.id) === name) {
    terminal.say(`"${name}" is the id of this item, and the key of ${list(others)}`);
    return found.id;
  }
  const all = [found, ...others];
  const hint = 'give the id, or the job with --job';
  throw new Failure(EXIT.usage, 'ambiguous', `"${name}" names ${all.length} items: ${list(all)}`, { hint, items: all });
}

/** Fails unless there is such an actor. */
export function actorNamed(paths: readonly string[], path: string): void {
  if (paths.includes(path)) return;
  const hint = 'paths look like job/ID/lifecycle or job/ID/stage/NAME';
  throw new Failure(EXIT.notFound, 'unknown_actor', `there is no actor "${path}"${didYouMean(path, paths)}`, { hint });
}
