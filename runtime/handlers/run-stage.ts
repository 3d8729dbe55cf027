/** `import { runStage } from 'rivus/test'`: one stage alone, with a real `ctx`, in a folder that is gone afterwards. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ArtifactRef, Claim, Clock, Log, Outcome } from '../../actors/ports.ts';
import { createArtifacts } from '../artifacts.ts';
import { realClock } from '../clock.ts';
import { httpSpec, type HttpConfig } from '../config/http.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import { Cassette } from '../http/cassette.ts';
import { cassetteMode } from '../http/cassettes.ts';
import { createWeb, type Web } from '../http/web.ts';
import { createExec } from '../exec.ts';
import { createDoctor } from '../doctor/doctor.ts';
import { modelSpecs, type ModelsConfig } from '../config/model.ts';
import type { Llm } from '../../actors/llm.ts';
import { Models, noModels } from '../llm/models.ts';
import type { LlmCall } from '../store/types.ts';
import { runAttempt } from './attempt.ts';
import { bundleStage } from './bundle.ts';
import type { AnyHandler, OutputOf } from './define.ts';
import { framesIn } from './frames.ts';
import { loadBundle, storeBundle } from './load.ts';
import { declaredNeeds, stageOf } from './loaded-stage.ts';
import { Secrets } from './redact.ts';
import { voice } from './voice.ts';
import type { Env, Progress, World } from './world.ts';

const ITEM_ID = 1;

export type RunStageOptions<Item = any, Prev = any> = {
  item: Item;
  /** Outputs of other stages, as the stage finds them. */
  prev?: Partial<Prev>;
  key?: string;
  attempt?: number;
  /** What `ctx.secret` finds. Of the real environment there are PATH and HOME, for `ctx.exec`. */
  env?: Env;
  /** Answers instead of the network. */
  fetch?: typeof fetch;
  /** What `ctx.llm` is, instead of `models`. */
  llm?: Llm;
  /** As `models` in jobs.yaml, with keys from `env`; with a cassette that is replayed, no key is needed. */
  models?: ModelsConfig;
  /** As in jobs.yaml; a server on this machine may be asked without. */
  http?: HttpConfig;
  /** A .yaml with what the web answered: it is replayed, and recorded by `RIVUS_CASSETTE=record` or `auto`. Values of `env` are struck out. */
  cassette?: string;
  /** What `ctx.now()` says, ms since the epoch. */
  now?: number;
  signal?: AbortSignal;
  /** What `ctx.outputs(stage)` finds. */
  outputs?: Readonly<Record<string, { key: string; output: unknown }[]>>;
  /** Artifacts that are there already, such as those of an earlier run. */
  artifacts?: readonly { name: string; data: string | Uint8Array }[];
  /** What `ctx.once` has remembered already, by name, such as that of an earlier run. */
  once?: Readonly<Record<string, unknown>>;
};

export type WrittenArtifact = ArtifactRef & { data: Buffer; published: boolean };

export type StageRun<Output = any> = {
  outcome: Outcome;
  /** Parsed; undefined unless the outcome is `done`. */
  output: Output | undefined;
  /** US dollars. */
  cost: number;
  logs: { level: keyof Log; message: string; facts: Record<string, unknown> | undefined }[];
  artifacts: WrittenArtifact[];
  progress: Progress[];
  /** Calls of models. */
  calls: LlmCall[];
  /** What `ctx.once` has remembered, by name. */
  once: Record<string, unknown>;
};

type StageIn<Handler extends AnyHandler, Name extends keyof Handler['stages']> = Handler['stages'][Name]['run'];
type GivenTo<Run extends (...given: any) => unknown> = Parameters<Run>[0] extends { item: infer Item; prev: infer Prev } ? RunStageOptions<Item, Prev> : RunStageOptions;

/**
 * Runs one attempt of a stage. `handler`: the handler itself, or the path of its module, which is then bundled as in the running system.
 * It does not reject for what the stage throws: that is `outcome`.
 */
export function runStage<const Handler extends AnyHandler, Name extends keyof Handler['stages'] & string>(
  handler: Handler,
  stage: Name,
  options: GivenTo<StageIn<Handler, Name>>,
): Promise<StageRun<OutputOf<ReturnType<StageIn<Handler, Name>>>>>;
export function runStage(handler: string, stage: string, options: RunStageOptions): Promise<StageRun>;
export async function runStage(handler: AnyHandler | string, stage: string, options: RunStageOptions): Promise<StageRun> {
  const folder = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), 'rivus-stage-')));
  try {
    const module = typeof handler === 'string' ? await loadFrom(handler, stage, folder) : handler;
    return await runIn(folder, module, stage, options);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

async function loadFrom(file: string, stage: string, folder: string): Promise<AnyHandler> {
  const bundle = await bundleStage(process.cwd(), file, stage);
  const bundles = path.join(folder, 'bundles');
  await storeBundle(bundles, bundle);
  return (await loadBundle(bundles, bundle.hash, file, realClock)).definition;
}

async function runIn(folder: string, handler: AnyHandler, name: string, options: RunStageOptions): Promise<StageRun> {
  const definition = stageOf(handler, name, 'the handler');
  const prev = options.prev ?? {};
  const memoKey = (memo: string) => ['test', ITEM_ID, name, memo].join('|');
  const memos = new Map(Object.entries(options.once ?? {}).map(([memo, value]) => [memoKey(memo), JSON.stringify(value)]));
  const logs: StageRun['logs'] = [];
  const progress: Progress[] = [];
  const calls: LlmCall[] = [];
  const world = worldIn(folder, options, { memos, logs, progress, calls });
  for (const { name, data } of options.artifacts ?? []) await world.artifacts.write(name, data);

  const needs = declaredNeeds(definition) ?? Object.keys(prev);
  const unread = Object.keys(prev).find((given) => !needs.includes(given));
  if (unread !== undefined) throw new TypeError(`runStage: "${name}" does not read the output of "${unread}"${didYouMeanOrList(unread, needs)}`);
  const loaded = {
    job: 'test', name, definition, item: definition.item ?? handler.item, needs, maxCost: definition.maxCost, versionHash: 'test',
    siblings: [...new Set([...Object.keys(handler.stages), ...Object.keys(options.outputs ?? {})])],
  };
  const { outcome, costMicroUsd, artifacts } = await runAttempt(loaded, claimOf(name, options), options.signal ?? (() => new AbortController().signal), world);
  return {
    outcome,
    output: outcome.kind === 'done' ? JSON.parse(outcome.output) : undefined,
    cost: costMicroUsd / 1e6,
    logs,
    artifacts: await Promise.all(artifacts.map((ref) => readBack(ref, folder, world))),
    progress,
    calls,
    once: Object.fromEntries([...memos].map(([key, text]) => [key.slice(memoKey('').length), JSON.parse(text)])),
  };
}

function worldIn(folder: string, options: RunStageOptions, seen: { memos: Map<string, string> } & Pick<StageRun, 'logs' | 'progress' | 'calls'>): World {
  const clock: Clock = options.now === undefined ? realClock : { ...realClock, now: () => options.now! };
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env };
  const secrets = new Secrets();
  const inSources = framesIn(path.join(folder, 'bundles'), clock);
  const [web, artifacts, specs] = [webOf(options, clock), createArtifacts(folder), modelSpecs(options.models)];
  const write = (level: keyof Log) => (message: string, facts?: Record<string, unknown>) => void seen.logs.push({ level, message, facts });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  return {
    clock,
    secrets,
    log,
    say: voice({ clock, log, secrets }),
    noteCall() {},
    root: process.cwd(),
    env,
    web,
    exec: (signal) => createExec({ clock, env, cwd: process.cwd(), signal }),
    doctor: createDoctor({ clock }),
    models: new Models({ ...noModels, clock, env, web, artifacts, secrets, root: process.cwd(), specs: () => specs, ledger: { noteCall: async (call) => void seen.calls.push(call) } }),
    llm: options.llm,
    meters: new WeakMap(),
    onSpend() {},
    artifacts,
    clean: (text) => inSources(secrets.strike(text)),
    onProgress: (progress) => void seen.progress.push(progress),
    store: {
      uuid: 'test',
      versionId: () => 1,
      outputs: {
        ofItem: (_itemId, stages) => Object.fromEntries(Object.entries(options.prev ?? {}).filter(([name, output]) => stages.includes(name) && output !== undefined).map(([name, output]) => [name, JSON.stringify(output)])),
        ofStage: (_job, stage) => structuredClone(options.outputs?.[stage] ?? []),
      },
    },
    ledger: {
      recall: (key) => seen.memos.get(key),
      remember: async (key, value) => void seen.memos.set(key, value),
    },
  };
}

/** A test's server is on this machine, and its requests need no gap between them. */
function webOf({ fetch, http = {}, cassette: file, env = {} }: RunStageOptions, clock: Clock): Web {
  const spec = httpSpec({ allow_hosts: ['localhost', '127.0.0.0/8', '::1'], per_host: { gap: 0 } }, http);
  const cassette = file === undefined ? undefined : new Cassette(path.resolve(file), cassetteMode(process.env) ?? 'replay', Object.values(env).filter((value) => value !== undefined));
  return createWeb({ clock, spec: () => spec, ...(cassette && { cassette: () => cassette }), ...(fetch && { transport: (url, init) => fetch(url.href, init) }) });
}

function claimOf(stage: string, { item, key = 'item', attempt = 1 }: RunStageOptions): Claim {
  return { job: 'test', stage, itemId: ITEM_ID, key, data: JSON.stringify(item), priority: 0, attempt, tries: attempt - 1, lease: attempt, upstream: '' };
}

async function readBack(ref: ArtifactRef, folder: string, world: World): Promise<WrittenArtifact> {
  const published = await fs.stat(path.join(folder, 'published', 'test', ref.name)).then(() => true, () => false);
  return { ...ref, data: await world.artifacts.read(ref.hash), published };
}
