/** Handlers of all jobs: bundled and loaded when they are prepared, run by claim. */
import path from 'node:path';
import type { Handlers, Log } from '../../actors/ports.ts';
import type { JobSpec, StageSpec } from '../../machines/spec.ts';
import { createArtifacts, type Artifacts } from '../artifacts.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import { noLlm } from '../llm.ts';
import { runAttempt } from './attempt.ts';
import { BundleError } from './bundle-error.ts';
import type { bundleStage } from './bundle.ts';
import { hashFacets, hashOfVersion } from './facets.ts';
import { framesIn } from './frames.ts';
import { loadBundle, storeBundle } from './load.ts';
import { effectiveNeeds, stageOf, type LoadedStage } from './loaded-stage.ts';
import { Secrets } from './redact.ts';
import type { Progress, World } from './world.ts';

export type HandlersOptions = Pick<World, 'clock' | 'log' | 'env' | 'store' | 'ledger' | 'root' | 'web'> & {
  /** Absolute. Bundles, artifacts and published files lie below it. */
  dataDir: string;
  /** The jobs of the configuration in force. */
  specs(): readonly JobSpec[];
  /** Here, or in a process of its own. */
  bundle: typeof bundleStage;
  /** Instead of those below `dataDir`. */
  artifacts?: Artifacts;
  onProgress?(progress: Progress): void;
};

export interface LoadingHandlers extends Handlers {
  /** The operator's files that a stage was made of when it was last prepared, also in vain; absolute. For watching. */
  sources(job: string, stage: string): readonly string[];
}

export function createHandlers(options: HandlersOptions): LoadingHandlers {
  const { dataDir, specs, clock, log, root, store, bundle: bundleOf } = options;
  const bundles = path.join(dataDir, 'bundles');
  const world = worldOf(options, bundles);
  const loaded = new Map<string, Map<string, LoadedStage>>();
  const sources = new Map<string, readonly string[]>();
  /** The latest look at a stage's files. */
  const looks = new Map<string, Promise<void>>();
  const said = new Set<string>();

  async function load(job: JobSpec, stage: StageSpec): Promise<LoadedStage> {
    const bundle = await bundleOf(root, job.handler, stage.name);
    sources.set(`${job.id}/${stage.name}`, bundle.sources);
    await storeBundle(bundles, bundle);
    const { definition: handler, deps } = await loadBundle(bundles, bundle.hash, job.handler, clock);
    const definition = stageOf(handler, stage.name, job.handler);
    const needs = effectiveNeeds(definition, stage, job);
    const hashes = hashFacets({ bundle: bundle.hash, prompts: bundle.prompts, uses: definition.uses, deps, out: definition.out, needs });
    tell(job, stage, bundle.whole);
    return {
      job: job.id,
      name: stage.name,
      definition,
      item: definition.item ?? handler.item,
      needs,
      siblings: job.stages.map(({ name }) => name),
      version: store.versionId(job.id, stage.name, hashes, clock.now()),
      versionHash: hashOfVersion(hashes),
    };
  }

  /** What works otherwise than one may think; once. */
  function tell(job: JobSpec, stage: StageSpec, whole: boolean): void {
    if (whole) once(log, `${job.handler}: its stages are not written as a literal in handler({ stages: { … } }), so any change in it makes the outputs of all of them stale`);
    if (stage.isolate === 'thread') once(log, `job "${job.id}" stage "${stage.name}": isolate: thread has no effect yet; it runs in the main thread`);
  }

  function once({ warn }: Log, message: string): void {
    if (!said.has(message)) warn(message);
    said.add(message);
  }

  async function prepareAt(jobId: string, stageName: string, key: string, isLatest: () => boolean): Promise<void> {
    try {
      const { job, stage } = specOf(specs(), jobId, stageName);
      const ready = await load(job, stage);
      if (!isLatest()) return;
      if (!loaded.has(jobId)) loaded.set(jobId, new Map());
      loaded.get(jobId)!.set(stageName, ready);
    } catch (error) {
      if (error instanceof BundleError && error.sources.length > 0) sources.set(key, error.sources);
      throw error;
    }
  }

  return {
    prepare(jobId, stageName) {
      const key = `${jobId}/${stageName}`;
      const look: Promise<void> = prepareAt(jobId, stageName, key, () => looks.get(key) === look);
      looks.set(key, look);
      // The files may have changed twice: the later look counts, whichever ends first.
      const latest = (): Promise<void> => (looks.get(key) === look ? look : looks.get(key)!);
      return look.then(latest, latest);
    },

    version(job, stage) {
      const ready = loaded.get(job)?.get(stage);
      if (!ready) throw new Error(`the handler of job "${job}" stage "${stage}" is not prepared`);
      return ready.version;
    },

    run(claim, signal) {
      const ready = loaded.get(claim.job)?.get(claim.stage);
      if (ready) return runAttempt(ready, claim, signal, world);
      const error = { name: 'NotPrepared', message: `the handler of job "${claim.job}" stage "${claim.stage}" is not loaded` };
      return Promise.resolve({ outcome: { kind: 'failed', class: 'code_bug', error }, costMicroUsd: 0, artifacts: [] });
    },

    sources: (job, stage) => sources.get(`${job}/${stage}`) ?? [],
  };
}

function worldOf({ clock, log, env, store, ledger, root, dataDir, web, artifacts, onProgress = () => {} }: HandlersOptions, bundles: string): World {
  const secrets = new Secrets();
  const inSources = framesIn(bundles);
  return {
    clock, log, env, store, ledger, root, web, secrets, onProgress,
    llm: noLlm,
    artifacts: artifacts ?? createArtifacts(dataDir),
    clean: (text) => inSources(secrets.strike(text)),
  };
}

function specOf(specs: readonly JobSpec[], jobId: string, stageName: string): { job: JobSpec; stage: StageSpec } {
  const job = specs.find(({ id }) => id === jobId);
  if (!job) throw new BundleError(`there is no job "${jobId}"${didYouMeanOrList(jobId, specs.map(({ id }) => id))}`, []);
  const stage = job.stages.find(({ name }) => name === stageName);
  if (!stage) throw new BundleError(`the job "${jobId}" has no stage "${stageName}"${didYouMeanOrList(stageName, job.stages.map(({ name }) => name))}`, []);
  return { job, stage };
}
