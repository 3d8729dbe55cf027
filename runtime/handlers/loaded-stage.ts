/** A stage that is ready to run: its code, and what its attempts need to know. */
import { VALIDATE } from '../../actors/ports.ts';
import type { JobSpec, StageSpec } from '../../machines/spec.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import { facetsOf, type ModelSpecs } from '../llm/catalogue.ts';
import { BundleError, noStage } from './bundle-error.ts';
import type { Bundle } from './bundle.ts';
import type { AnyHandler, Schema, Stage } from './define.ts';
import { hashFacets, hashOfVersion, type VersionHashes } from './facets.ts';
import type { LoadedModule } from './load.ts';
import { MOST_USD } from './money.ts';
import { checkIn } from './own-check.ts';

export type LoadedStage = {
  job: string;
  name: string;
  definition: Stage;
  item: Schema | undefined;
  /** Stages whose outputs are `prev`: those it declares, or else those that jobs.yaml names. */
  needs: readonly string[];
  /** Names of all stages of the job. */
  siblings: readonly string[];
  /** Over all facets, hex. */
  versionHash: string;
  /** US dollars that an attempt costs at most, as the code says. */
  maxCost: number | undefined;
};

/** What a module's stage is, and the hashes of its version. Throws `BundleError` when it cannot be run as jobs.yaml says. */
export function stageIn({ definition: handler, deps }: LoadedModule, job: JobSpec, stage: StageSpec, bundle: Pick<Bundle, 'hash' | 'prompts'>, models: ModelSpecs): { loaded: LoadedStage; hashes: VersionHashes } {
  const definition = stageOf(handler, stage.name, job.handler);
  const needs = effectiveNeeds(definition, stage, job);
  const hashes = hashFacets({ bundle: bundle.hash, prompts: bundle.prompts, uses: definition.uses, deps, models: facetsOf(models), out: definition.out, needs });
  const siblings = job.stages.map(({ name }) => name);
  return { hashes, loaded: { job: job.id, name: stage.name, definition, item: stage.name === VALIDATE ? undefined : (definition.item ?? handler.item), needs, siblings, versionHash: hashOfVersion(hashes), maxCost: definition.maxCost } };
}

/** The stage of a handler. Throws `BundleError` when it has no such one, or when that is none; `file` is for the message. */
export function stageOf(handler: AnyHandler, name: string, file: string): Stage {
  if (name === VALIDATE) return checkIn(handler, file);
  const stage = Object.hasOwn(handler.stages, name) ? handler.stages[name] : undefined;
  if (!stage) throw new BundleError(noStage(file, name, Object.keys(handler.stages)));
  if (typeof stage.run !== 'function') throw new BundleError(`${file}: the stage "${name}" has no run(); write stage({ async run({ item, ctx }) { … } })`);
  for (const [what, schema] of [['out', stage.out], ['item', stage.item ?? handler.item]] as const) {
    if (schema && typeof schema.safeParse !== 'function') throw new BundleError(`${file}: \`${what}\` of "${name}" is no schema; write z.object({ … })`);
  }
  if (stage.maxCost !== undefined) checkMaxCost(stage.maxCost, `${file}: \`maxCost\` of "${name}"`);
  return stage;
}

function checkMaxCost(usd: unknown, what: string): void {
  if (typeof usd === 'number' && usd >= 0 && usd <= MOST_USD) return;
  throw new BundleError(`${what} must be US dollars, from 0 to ${MOST_USD}, not ${typeof usd === 'string' ? JSON.stringify(usd.slice(0, 50)) : String(usd)}`);
}

/** The names under `needs`, whichever way they are written; undefined when there are none. */
export function declaredNeeds({ needs }: Stage): string[] | undefined {
  return needs && (Array.isArray(needs) ? [...needs] : Object.keys(needs));
}

/** What `prev` holds. Throws `BundleError` when jobs.yaml would run the stage before one that it reads from. */
export function effectiveNeeds(stage: Stage, spec: StageSpec, { stages, handler }: JobSpec): string[] {
  const declared = declaredNeeds(stage);
  if (!declared) return spec.needs;
  const before = stagesBefore(spec, stages);
  for (const need of declared) {
    if (before.has(need)) continue;
    const where = `${handler}: the stage "${spec.name}" reads the output of "${need}"`;
    const others = stages.map(({ name }) => name).filter((name) => name !== spec.name);
    if (!others.includes(need)) throw new BundleError(`${where}, but jobs.yaml has no such stage${didYouMeanOrList(need, others)}`);
    throw new BundleError(`${where}, but jobs.yaml does not run it before; write stage_deps: { ${spec.name}: [${[...spec.needs, need].join(', ')}] }`);
  }
  return declared;
}

/** All that must have ended before this one may start, near and far. */
function stagesBefore(spec: StageSpec, stages: readonly StageSpec[]): Set<string> {
  const before = new Set<string>();
  const open = [...spec.needs];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (before.has(name)) continue;
    before.add(name);
    open.push(...(stages.find((stage) => stage.name === name)?.needs ?? []));
  }
  return before;
}
