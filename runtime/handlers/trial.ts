/**
 * One attempt for a look: the code as the files are now, the real world, and nothing of it is kept. Outputs of other stages, artifacts
 * and what `ctx.once` remembers are read from the store; whatever the attempt writes goes into a folder of its own.
 */
import path from 'node:path';
import type { Claim, Clock, Log, Result } from '../../actors/ports.ts';
import type { HttpSpec, JobSpec, StageSpec } from '../../machines/spec.ts';
import { createArtifacts, type Artifacts } from '../artifacts.ts';
import { createWeb } from '../http/web.ts';
import type { ModelSpecs } from '../llm/catalogue.ts';
import { noModels } from '../llm/models.ts';
import type { Stored } from '../store/stored.ts';
import type { LlmCall } from '../store/types.ts';
import { bundleStage } from './bundle.ts';
import { createHandlers } from './handlers.ts';
import type { Env } from './world.ts';

export type TrialOptions = {
  job: JobSpec;
  stage: StageSpec;
  claim: Claim;
  stored: Stored;
  /** How its requests behave. Nothing is kept of the answers. */
  http: HttpSpec;
  /** What was paid before is not paid again; what is paid is not kept. */
  models: ModelSpecs;
  /** Folder of jobs.yaml, and the data folder whose artifacts may be read; absolute. */
  root: string;
  dataDir: string;
  /** For bundles and for what is written; absolute. */
  folder: string;
  clock: Clock;
  log: Log;
  env: Env;
  /** Ends the attempt early. */
  signal: AbortSignal;
};

/** `bundle`: hash of the stage's code. `once`: names of the effects that ran, and are not remembered. */
export type Trial = { result: Result; durationMs: number; bundle: string; once: string[]; calls: LlmCall[]; published: string };

/** Rejects with `BundleError` when the stage cannot be loaded; what it throws itself is the result. */
export async function tryStage({ job, stage, claim, stored, http, models, root, dataDir, folder, clock, log, env, signal }: TrialOptions): Promise<Trial> {
  let bundle = '';
  const memos = new Map<string, string>();
  const calls: LlmCall[] = [];
  const handlers = createHandlers({
    root, clock, log, env,
    bundle: bundleStage,
    web: createWeb({ clock, spec: () => http }),
    dataDir: folder,
    artifacts: artifactsOver(createArtifacts(dataDir), createArtifacts(folder), job.id),
    specs: () => [job],
    llm: { ...noModels, specs: () => models, ledger: { noteCall: async (call) => void calls.push(call) }, replies: { find: stored.reply, remove() {} } },
    store: { ...stored, versionId: (_job, _stage, hashes) => ((bundle = hashes.bundle), 1) },
    ledger: { recall: (key) => memos.get(key) ?? stored.recall(key), remember: async (key, value) => void memos.set(key, value) },
  });
  try {
    await handlers.prepare(job.id, stage.name);
    const startedAt = clock.monotonic();
    const result = await within(stage, signal, clock, (signal) => handlers.run(claim, signal));
    const once = [...memos.keys()].map((key) => key.split('|').slice(3).join('|'));
    return { result, durationMs: clock.monotonic() - startedAt, bundle, once, calls, published: path.join(folder, 'published', job.id) };
  } finally {
    handlers.close();
  }
}

/** Reads what is stored; writes elsewhere, with a copy under its name for people. */
function artifactsOver(stored: Artifacts, own: Artifacts, job: string): Artifacts {
  return {
    async write(name, data, media) {
      const ref = await own.write(name, data, media);
      await own.publish(job, name, data);
      return ref;
    },
    publish: own.publish,
    read: (hash) => own.read(hash).catch(() => stored.read(hash)),
  };
}

/** A handler that does not hear its signal is given up all the same. */
async function within({ name, timeoutMs }: StageSpec, signal: AbortSignal, clock: Clock, run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const ending = new AbortController();
  const nothing = { costMicroUsd: 0, artifacts: [] };
  const over = Promise.withResolvers<Result>();
  const timer = clock.setTimeout(() => {
    const message = `the stage "${name}" took longer than ${timeoutMs} ms`;
    ending.abort(new DOMException(message, 'TimeoutError'));
    over.resolve({ ...nothing, outcome: { kind: 'failed', class: 'transient', error: { name: 'TimeoutError', message } } });
  }, timeoutMs);
  const interrupt = () => {
    ending.abort(signal.reason);
    over.resolve({ ...nothing, outcome: { kind: 'interrupted' } });
  };
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await Promise.race([run(ending.signal), over.promise]);
  } finally {
    clock.clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
  }
}
