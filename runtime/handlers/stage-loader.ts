/** From a stage's files to code that runs: bundle → store → import → version. */
import { VALIDATE, type Claim, type Result } from '../../actors/ports.ts';
import type { JobSpec, StageSpec } from '../../machines/spec.ts';
import { atWork } from './at-work.ts';
import { runAttempt } from './attempt.ts';
import type { Bundle, bundleStage } from './bundle.ts';
import type { Given } from './context.ts';
import type { VersionHashes } from './facets.ts';
import { loadBundle, storeBundle } from './load.ts';
import { stageIn } from './loaded-stage.ts';
import { Threads } from './thread/threads.ts';
import type { World } from './world.ts';

/** What runs the attempts of a stage, until other code takes its place. */
export type ReadyStage = {
  /** The module as jobs.yaml names it. */
  handler: string;
  /** Id of its version in the store. */
  version: number;
  /** US dollars that an attempt costs at most, as the code says. */
  maxCost: number | undefined;
  run(claim: Claim, given: Given): Promise<Result>;
  /** Other code has taken its place. What is in flight ends on this one. */
  retire(): void;
};

export type LoaderOptions = {
  /** Where bundles are stored; absolute. */
  bundles: string;
  world: World;
  /** Here, or in a process of its own. */
  bundle: typeof bundleStage;
  importTimeoutMs?: number | undefined;
};

export class StageLoader {
  private readonly bundles: string;
  private readonly world: World;
  private readonly bundle: typeof bundleStage;
  private readonly importTimeoutMs: number | undefined;
  private readonly threads = new Set<Threads>();
  private readonly inThreads = new Map<string, ReadyStage>();
  private readonly said = new Set<string>();

  constructor({ bundles, world, bundle, importTimeoutMs }: LoaderOptions) {
    this.bundles = bundles;
    this.world = world;
    this.bundle = bundle;
    this.importTimeoutMs = importTimeoutMs;
  }

  /** Rejects with `BundleError`. `onBundled` hears of the bundle before it is run for the first time. */
  async load(job: JobSpec, stage: StageSpec, onBundled: (bundle: Bundle) => void): Promise<ReadyStage> {
    const bundle = await this.bundle(this.world.root, job.handler, stage.name);
    onBundled(bundle);
    if (!bundle.isStored) await storeBundle(this.bundles, bundle);
    if (bundle.whole && stage.name !== VALIDATE) this.warnOnce(`${job.handler}: its stages are not written as a literal in handler({ stages: { … } }), so any change in it makes the outputs of all of them stale`);
    return stage.isolate === 'thread' ? this.loadInThread(job, stage, bundle) : this.loadInline(job, stage, bundle);
  }

  private async loadInline(job: JobSpec, stage: StageSpec, bundle: Bundle): Promise<ReadyStage> {
    const { world, bundles, importTimeoutMs } = this;
    const loading = { job: job.id, stage: stage.name, key: undefined, fail: () => false };
    const module = await atWork.run(loading, () => loadBundle(bundles, bundle.hash, job.handler, world.clock, importTimeoutMs));
    const { loaded, hashes } = stageIn(module, job, stage, bundle, world.models.specs());
    return { ...(await this.versioned(job, stage, hashes)), maxCost: loaded.maxCost, run: (claim, given) => runAttempt(loaded, claim, given, world), retire() {} };
  }

  /** The module never runs in the runner's own thread. What has not changed keeps its threads. */
  private async loadInThread(job: JobSpec, stage: StageSpec, { hash, prompts }: Bundle): Promise<ReadyStage> {
    const { world, bundles, importTimeoutMs } = this;
    const assignment = { job, stage, bundles, bundle: { hash, prompts }, root: world.root, uuid: world.store.uuid, models: world.models.specs(), keyless: world.models.keyless };
    const key = JSON.stringify(assignment);
    const known = this.inThreads.get(key);
    if (known) return known;
    const threads = new Threads(assignment, world, importTimeoutMs);
    this.threads.add(threads);
    const { hashes, maxCost } = await threads.load();
    const retire = () => {
      this.inThreads.delete(key);
      threads.retire();
    };
    const ready = { ...(await this.versioned(job, stage, hashes)), maxCost, run: (claim: Claim, given: Given) => threads.run(claim, given), retire };
    this.inThreads.set(key, ready);
    return ready;
  }

  private async versioned(job: JobSpec, stage: StageSpec, hashes: VersionHashes): Promise<Pick<ReadyStage, 'handler' | 'version'>> {
    // What checks puts nothing out that could grow stale.
    if (stage.name === VALIDATE) return { handler: job.handler, version: 0 };
    return { handler: job.handler, version: await this.world.store.versionId(job.id, stage.name, hashes, this.world.clock.now()) };
  }

  close(): void {
    for (const threads of this.threads) threads.close();
  }

  /** What works otherwise than one may think. */
  private warnOnce(message: string): void {
    if (!this.said.has(message)) this.world.log.warn(message);
    this.said.add(message);
  }
}
