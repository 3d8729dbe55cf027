/** `jobctl try JOB STAGE --item ID`: one stage, run for a look with the code as it is now. Nothing is stored. */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Log } from '../../../actors/ports.ts';
import type { HttpSpec, JobSpec, StageSpec } from '../../../machines/spec.ts';
import { didYouMeanOrList } from '../../config/suggest.ts';
import { BundleError } from '../../handlers/bundle-error.ts';
import { tryStage } from '../../handlers/trial.ts';
import { readItems } from '../../store/items-view.ts';
import { configured } from '../configured.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure, type ExitCode } from '../failure.ts';
import { reading } from '../store.ts';
import { oneLine } from '../text.ts';
import { trialInput, type TrialInput, type TrialNames } from '../trial-input.ts';
import { showTrial, trialView, type LogLine } from '../trial-view.ts';

export async function tryOne(desk: Desk, jobName: string, stageName: string, names: TrialNames): Promise<never> {
  const { spec } = await configured(desk, 'mend it first: try runs what stands in the files');
  const { job, stage } = specNamed(spec.jobs, jobName, stageName);
  if (names.item === undefined && names.with === undefined) throw await withoutItem(desk, job, stage);
  const isStored = names.item !== undefined || existsSync(path.join(desk.data, 'rivus.db'));
  // The database stays open meanwhile: outputs of other stages are read when the stage asks for them.
  const code = isStored ? await reading(desk, (db) => look(desk, trialInput(desk, db, job, stage, names), spec.http[job.id]!)) : await look(desk, trialInput(desk, undefined, job, stage, names), spec.http[job.id]!);
  // Not by itself: a timer or a socket that the stage has left behind would keep it.
  process.exit(code);
}

async function look(desk: Desk, input: TrialInput, http: HttpSpec): Promise<ExitCode> {
  const folder = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), 'rivus-try-')));
  const lines: LogLine[] = [];
  const root = path.dirname(desk.config);
  let keep = false;
  try {
    const trial = await tryStage({ ...input, http, root, folder, dataDir: desk.data, clock: desk.clock, env: process.env, signal: untilInterrupted(), log: logTo(desk, lines) });
    keep = trial.result.artifacts.length > 0;
    const view = trialView(trial, input, lines);
    if (desk.terminal.json) desk.terminal.document(view);
    else showTrial(view, input, desk);
    return view.ok ? EXIT.ok : EXIT.failed;
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    throw new Failure(EXIT.failed, 'unloadable', error.message, { hint: `the job would be held until ${input.job.handler} is mended`, cause: error });
  } finally {
    if (!keep) await fs.rm(folder, { recursive: true, force: true });
  }
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
  const newest = existsSync(path.join(desk.data, 'rivus.db')) ? await reading(desk, (db) => readItems(db, job.id, { limit: 1 }).items[0]) : undefined;
  const way = newest ? `--item ${newest.id}` : `--with '{"url": "…"}'`;
  return new Failure(EXIT.usage, 'usage', 'try takes an item of the job, or the data of one', { hint: `npx jobctl try ${job.id} ${stage.name} ${way}` });
}

/** Aborted by Ctrl-C; a second one ends the process at once. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new DOMException('interrupted', 'AbortError')));
  return controller.signal;
}

/** As they are written: a stage may take its time. */
function logTo({ terminal }: Desk, lines: LogLine[]): Log {
  const write = (level: keyof Log) => (message: string, facts: Record<string, unknown> = {}) => {
    // Known to whoever tries it.
    const { job: _, stage: __, item: ___, attempt: ____, ...own } = facts;
    const more = Object.keys(own).length > 0 ? { facts: own } : {};
    lines.push({ level, message, ...more });
    if (!terminal.json) terminal.say(`${level.padEnd(5)} ${oneLine(message)}${more.facts ? `  ${JSON.stringify(own)}` : ''}`);
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
