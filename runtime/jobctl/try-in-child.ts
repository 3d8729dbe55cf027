/** The child of `jobctl try`: runs the stage and says what came of it. */
import path from 'node:path';
import type { Log } from '../../actors/ports.ts';
import type { HttpSpec, JobSpec, StageSpec } from '../../machines/spec.ts';
import { BundleError } from '../handlers/bundle-error.ts';
import { tryStage } from '../handlers/trial.ts';
import type { ModelSpecs } from '../llm/catalogue.ts';
import type { Handle } from '../store/open.ts';
import { sayLast, untilInterrupted } from './contained.ts';
import type { Desk } from './desk.ts';
import { EXIT, Failure, type ExitCode } from './failure.ts';
import { holdsData, reading } from './store.ts';
import { oneLine } from './text.ts';
import { trialInput, type TrialInput, type TrialNames } from './trial-input.ts';
import { showTrial, trialView, type LogLine, type TrialView } from './trial-view.ts';

/** Of jobs.yaml, what an attempt needs. */
type Tried = { job: JobSpec; stage: StageSpec; http: HttpSpec; models: ModelSpecs };

/** Ends the process by itself: a timer or a socket that the stage has left behind would keep it. Rejects when there was nothing to run. */
export async function tryIn(folder: string, desk: Desk, { job, stage, http, models }: Tried, names: TrialNames): Promise<never> {
  const isStored = names.item !== undefined || holdsData(desk.data);
  let keep = false;
  let code: ExitCode;
  try {
    // The database stays open meanwhile: outputs of other stages are read when the stage asks for them.
    const run = (db?: Handle) => look(folder, desk, trialInput(desk, db, job, stage, names), { http, models });
    const view = isStored ? await reading(desk, run) : await run();
    keep = view.artifacts.length > 0;
    code = view.ok ? EXIT.ok : EXIT.failed;
  } finally {
    await sayLast({ keep });
  }
  process.exit(code);
}

async function look(folder: string, desk: Desk, input: TrialInput, world: Pick<Tried, 'http' | 'models'>): Promise<TrialView> {
  const lines: LogLine[] = [];
  const root = path.dirname(desk.config);
  try {
    const trial = await tryStage({ ...input, ...world, root, folder, dataDir: desk.data, clock: desk.clock, env: process.env, signal: untilInterrupted(), log: logTo(desk, lines) });
    const view = trialView(trial, input, lines);
    if (desk.terminal.json) desk.terminal.document(view);
    else showTrial(view, input, desk);
    return view;
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    throw new Failure(EXIT.failed, 'unloadable', error.message, { hint: `the job would be held until ${input.job.handler} is mended`, cause: error });
  }
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
