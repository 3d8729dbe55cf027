/** Handlers of all jobs: bundled and loaded when they are prepared, loaded anew when their files change, run by claim. */
import path from 'node:path';
import { VALIDATE, type AttemptLog, type Claim, type Handlers } from '../../actors/ports.ts';
import type { JobSpec, StageSpec } from '../../machines/spec.ts';
import { createArtifacts, type Artifacts } from '../artifacts.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import { createDoctor, type Doctor } from '../doctor/doctor.ts';
import { createExec } from '../exec.ts';
import type { Web } from '../http/web.ts';
import { Models, noModels, type ModelsWorld } from '../llm/models.ts';
import { outside } from './at-work.ts';
import { AttemptLogs } from './attempt-logs.ts';
import { BundleError } from './bundle-error.ts';
import type { bundleStage } from './bundle.ts';
import { framesIn } from './frames.ts';
import { checkSpec } from './own-check.ts';
import { Secrets } from './redact.ts';
import { SourceWatch, withFolders } from './source-watch.ts';
import type { Sources } from './sources.ts';
import { StageLoader, type ReadyStage } from './stage-loader.ts';
import { voice } from './voice.ts';
import type { AskedModels, Progress, World } from './world.ts';

export type HandlersOptions = Pick<World, 'clock' | 'log' | 'env' | 'store' | 'ledger' | 'root'> & {
  web: Web;
  /** Without it, the rules of Rivus alone. */
  doctor?: Doctor;
  /** Models, and what keeps count of them; without it none is configured. */
  llm?: Pick<ModelsWorld, 'specs' | 'budget' | 'ledger' | 'replies'>;
  /** Absolute. Bundles, artifacts and published files lie below it. */
  dataDir: string;
  /** The jobs of the configuration in force. */
  specs(): readonly JobSpec[];
  /** Here, or in a process of its own. */
  bundle: typeof bundleStage;
  /** Instead of those below `dataDir`. */
  artifacts?: Artifacts;
  /** How long a module may take to load; 10 s by default. */
  importTimeoutMs?: number;
  onProgress?(progress: Progress): void;
  onSecret?(job: string, name: string): void;
};

export interface LoadingHandlers extends Handlers {
  /** The operator's files that a stage was made of when it was last prepared, also in vain; absolute. */
  sources(job: string, stage: string): readonly string[];
  /** What the attempt that runs has logged and asked of the web so far; undefined when it did neither. */
  logNow(attempt: Pick<Claim, 'job' | 'stage' | 'itemId'>): AttemptLog | undefined;
  /** Text as it may be shown: frames as places in the operator's files, secrets struck out. */
  clean(text: string): string;
  /** For whoever asks models beside attempts. */
  readonly models: AskedModels;
  /** When every stage that was to be prepared until now has been, also in vain. */
  prepared(): Promise<unknown>;
  /** What stands behind the names of models has changed: versions are looked at anew. */
  lookAgain(): void;
  close(): void;
}

/** What is known of one stage. */
type Entry = {
  /** The latest look at its files. */
  look: Promise<void>;
  ready?: ReadyStage;
  sources: Sources;
  changed?: () => void;
};

export function createHandlers(options: HandlersOptions): LoadingHandlers {
  const bundles = path.join(options.dataDir, 'bundles');
  const logs = new AttemptLogs();
  const world = worldOf(options, bundles, logs);
  const loader = new StageLoader({ bundles, world, bundle: options.bundle, importTimeoutMs: options.importTimeoutMs });
  const watch = new SourceWatch(options.clock);
  const entries = new Map<string, Entry>();

  function entryOf(job: string, stage: string): Entry {
    const key = `${job}/${stage}`;
    const entry = entries.get(key) ?? { look: Promise.resolve(), sources: new Map() };
    entries.set(key, entry);
    return entry;
  }

  async function look(jobId: string, stageName: string, entry: Entry, isLatest: () => boolean): Promise<void> {
    const { job, stage } = specOf(options.specs(), jobId, stageName);
    try {
      const ready = await loader.load(job, stage, ({ sources }) => (entry.sources = sources));
      if (!isLatest()) return;
      if (entry.ready && entry.ready.version !== ready.version) options.log.info(`job "${jobId}" stage "${stageName}": its code has changed; what starts from now on runs the new one`);
      if (entry.ready !== ready) entry.ready?.retire();
      entry.ready = ready;
      follow(jobId, stageName, entry);
    } catch (error) {
      if (error instanceof BundleError && error.sources.size > 0) entry.sources = error.sources;
      // Code of another module is not what the configuration asks for.
      if (entry.ready && entry.ready.handler !== job.handler) {
        entry.ready.retire();
        delete entry.ready;
      }
      if (isLatest()) follow(jobId, stageName, { ...entry, sources: withFolders(entry.sources) });
      throw error;
    }
  }

  function follow(job: string, stage: string, { sources, changed }: Entry): void {
    if (changed) watch.follow(`${job}/${stage}`, sources, changed);
  }

  return {
    prepare(job, stage) {
      const entry = entryOf(job, stage);
      const mine: Promise<void> = look(job, stage, entry, () => entry.look === mine);
      entry.look = mine;
      // The files may have changed twice: the later look counts, whichever ends first.
      const latest = (): Promise<void> => (entry.look === mine ? mine : entry.look);
      return mine.then(latest, latest);
    },

    isReady: (job, stage) => entryOf(job, stage).ready !== undefined,

    watch(job, stage, changed) {
      const entry = entryOf(job, stage);
      entry.changed = changed;
      return () => {
        if (entry.changed !== changed) return;
        delete entry.changed;
        watch.forget(`${job}/${stage}`);
      };
    },

    maxCost: (job, stage) => entryOf(job, stage).ready?.maxCost,

    version(job, stage) {
      const { ready } = entryOf(job, stage);
      if (!ready) throw new Error(`the handler of job "${job}" stage "${stage}" is not prepared`);
      return ready.version;
    },

    run(claim, signal) {
      const { ready } = entryOf(claim.job, claim.stage);
      if (ready) return ready.run(claim, signal);
      const error = { name: 'NotPrepared', message: `the handler of job "${claim.job}" stage "${claim.stage}" is not loaded` };
      return Promise.resolve({ outcome: { kind: 'failed', class: 'code_bug', error }, costMicroUsd: 0, artifacts: [] });
    },

    takeLog: (claim) => logs.take(claim),
    logNow: (attempt) => logs.peek(attempt),
    sources: (job, stage) => [...entryOf(job, stage).sources.keys()].toSorted(),
    clean: world.clean,
    models: world.models,
    prepared: () => Promise.allSettled([...entries.values()].map(({ look }) => look)),
    lookAgain() {
      for (const { changed } of entries.values()) changed?.();
    },
    close() {
      watch.close();
      loader.close();
    },
  };
}

function worldOf({ clock, log, env, store, ledger, root, dataDir, web, llm = noModels, artifacts = createArtifacts(dataDir), doctor = createDoctor({ clock }), onProgress = () => {}, onSecret = () => {} }: HandlersOptions, bundles: string, logs: AttemptLogs): World {
  const secrets = new Secrets();
  const inSources = framesIn(bundles, clock);
  return {
    clock, log, env, store, root, web, secrets, doctor, onProgress, onSecret,
    ledger: { recall: (key) => ledger.recall(key), remember: (key, value) => outside(() => ledger.remember(key, value)) },
    exec: (signal) => createExec({ clock, env, cwd: root, signal }),
    models: new Models({ ...llm, clock, env, root, web, artifacts, secrets }),
    meters: new WeakMap(),
    onSpend() {},
    say: voice({ clock, log, secrets }, logs),
    noteCall: (claim, call) => logs.call(claim, call),
    artifacts,
    clean: (text) => inSources(secrets.strike(text)),
  };
}

function specOf(specs: readonly JobSpec[], jobId: string, stageName: string): { job: JobSpec; stage: StageSpec } {
  const job = specs.find(({ id }) => id === jobId);
  if (!job) throw new BundleError(`there is no job "${jobId}"${didYouMeanOrList(jobId, specs.map(({ id }) => id))}`);
  const stage = stageName === VALIDATE ? checkSpec(job) : job.stages.find(({ name }) => name === stageName);
  if (!stage) throw new BundleError(`the job "${jobId}" has no stage "${stageName}"${didYouMeanOrList(stageName, job.stages.map(({ name }) => name))}`);
  return { job, stage };
}
