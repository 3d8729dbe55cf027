/** `jobctl try JOB STAGE --item ID`: one stage, run for a look with the code as it is now. Nothing is stored. */
import type { JobSpec, StageSpec } from '../../../machines/spec.ts';
import { didYouMeanOrList } from '../../config/suggest.ts';
import { readItems } from '../../store/items-view.ts';
import { configured } from '../configured.ts';
import { childFolder, inChild } from '../contained.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure, type ExitCode } from '../failure.ts';
import { holdsData, reading } from '../store.ts';
import type { TrialNames } from '../trial-input.ts';

export async function tryOne(desk: Desk, jobName: string, stageName: string, names: TrialNames): Promise<ExitCode> {
  const { spec } = await configured(desk, 'mend it first: try runs what stands in the files');
  const { job, stage } = specNamed(spec.jobs, jobName, stageName);
  if (names.item === undefined && names.with === undefined) throw await withoutItem(desk, job, stage);
  const folder = childFolder();
  if (folder === undefined) return inChild(desk, stage.timeoutMs);
  const { tryIn } = await import('../try-in-child.ts');
  return tryIn(folder, desk, { job, stage, http: spec.http[job.id]!, models: spec.models }, names);
}

function specNamed(jobs: readonly JobSpec[], jobName: string, stageName: string): { job: JobSpec; stage: StageSpec } {
  const job = jobs.find(({ id }) => id === jobName);
  if (!job) throw new Failure(EXIT.notFound, 'unknown_job', `jobs.yaml has no job "${jobName}"${didYouMeanOrList(jobName, jobs.map(({ id }) => id))}`);
  const stage = job.stages.find(({ name }) => name === stageName);
  if (stage) return { job, stage };
  throw new Failure(EXIT.notFound, 'unknown_stage', `job "${jobName}" has no stage "${stageName}"${didYouMeanOrList(stageName, job.stages.map(({ name }) => name))}`);
}

/** The newest item is what an operator most likely wants to try. */
async function withoutItem(desk: Desk, job: JobSpec, stage: StageSpec): Promise<Failure> {
  const newest = holdsData(desk.data) ? await reading(desk, (db) => readItems(db, job.id, { limit: 1 }).items[0]) : undefined;
  const way = newest ? `--item ${newest.id}` : `--with '{"url": "…"}'`;
  return new Failure(EXIT.usage, 'usage', 'try takes an item of the job, or the data of one', { hint: `npx jobctl try ${job.id} ${stage.name} ${way}` });
}
