/** From a stage's files to code that runs: bundle → store → import → version. */
import type { Claim, Clock, Log, Result } from '../../actors/ports.ts';
import type { JobSpec, StageSpec } from '../../machines/spec.ts';
import { atWork } from './at-work.ts';
import { runAttempt } from './attempt.ts';
import type { Bundle, bundleStage } from './bundle.ts';
import type { Given } from './context.ts';
import { hashFacets, hashOfVersion } from './facets.ts';
import { loadBundle, storeBundle } from './load.ts';
import { effectiveNeeds, stageOf } from './loaded-stage.ts';
import type { World } from './world.ts';

/** What runs the attempts of a stage, until other code takes its place. */
export type ReadyStage = {
  /** The module as jobs.yaml names it. */
  handler: string;
  /** Id of its version in the store. */
  version: number;
  run(claim: Claim, given: Given): Promise<Result>;
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
    await storeBundle(this.bundles, bundle);
    if (bundle.whole) this.warnOnce(`${job.handler}: its stages are not written as a literal in handler({ stages: { … } }), so any change in it makes the outputs of all of them stale`);
    return this.loadInline(job, stage, bundle);
  }

  private async loadInline(job: JobSpec, stage: StageSpec, bundle: Bundle): Promise<ReadyStage> {
    const { world, bundles, importTimeoutMs } = this;
    const loading = { job: job.id, stage: stage.name, key: undefined, fail: () => false };
    const { definition: handler, deps } = await atWork.run(loading, () => loadBundle(bundles, bundle.hash, job.handler, world.clock, importTimeoutMs));
    const definition = stageOf(handler, stage.name, job.handler);
    const needs = effectiveNeeds(definition, stage, job);
    const hashes = hashFacets({ bundle: bundle.hash, prompts: bundle.prompts, uses: definition.uses, deps, out: definition.out, needs });
    const version = await world.store.versionId(job.id, stage.name, hashes, world.clock.now());
    const loaded = {
      job: job.id, name: stage.name, definition, item: definition.item ?? handler.item, needs, version,
      siblings: job.stages.map(({ name }) => name), versionHash: hashOfVersion(hashes),
    };
    return { handler: job.handler, version, run: (claim, given) => runAttempt(loaded, claim, given, world) };
  }

  /** What works otherwise than one may think. */
  private warnOnce(message: string): void {
    if (!this.said.has(message)) this.world.log.warn(message);
    this.said.add(message);
  }
}
