/**
 * `ctx` of one attempt. It is made for every attempt and mostly not used, so it is a class whose parts are made when they are asked for.
 * What needs the attempt is an accessor that answers a function: `const { once, log } = ctx` works too.
 */
import { hash } from 'node:crypto';
import type { Http } from '../../actors/http.ts';
import type { ArtifactRef, Claim, Log } from '../../actors/ports.ts';
import type { Exec } from '../exec.ts';
import type { Llm } from '../../actors/llm.ts';
import { llmOver } from '../llm/over.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import type { Ctx, CtxArtifacts } from './ctx.ts';
import { Deferred, Done, Rejected, Skipped, type DoneOptions } from './ended.ts';
import { toJsonText } from './json-text.ts';
import type { LoadedStage } from './loaded-stage.ts';
import { meterOf } from './meter.ts';
import { momentOf } from './moment.ts';
import { checkUsd, toMicroUsd } from './money.ts';
import { reasonText } from './reason.ts';
import { PauseJob } from './signals.ts';
import type { World } from './world.ts';

export type Given = AbortSignal | (() => AbortSignal);

/** A time that is over already would have the task claimed again at once, uncharged and for ever. */
const SHORTEST_DEFER_MS = 1000;
const NONE: readonly ArtifactRef[] = [];

/** A variable that a handler cannot do without. A `PauseJob`: no item of the job can. */
export class MissingSecret extends PauseJob {
  override name = 'MissingSecret';
}

export class AttemptContext implements Ctx {
  private readonly loaded: LoadedStage;
  private readonly claim: Claim;
  private readonly given: Given;
  private readonly world: World;
  private heard: AbortSignal | undefined;
  private refs: ArtifactRef[] | undefined;
  private lines: Log | undefined;
  private memos: Map<string, Promise<unknown>> | undefined;

  constructor(loaded: LoadedStage, claim: Claim, given: Given, world: World) {
    this.loaded = loaded;
    this.claim = claim;
    this.given = given;
    this.world = world;
  }

  // ---------------------------------------------------------------- for the runtime

  /** The signal, if somebody has asked for it: an attempt that never did was not stopped by it. */
  get listened(): AbortSignal | undefined {
    return this.heard;
  }
  get costMicroUsd(): number {
    const meter = this.world.meters.get(this.claim);
    return meter ? toMicroUsd(meter.spent) : 0;
  }
  get written(): readonly ArtifactRef[] {
    return this.refs ?? NONE;
  }

  // ---------------------------------------------------------------- facts

  get job(): string {
    return this.loaded.job;
  }
  get stage(): string {
    return this.loaded.name;
  }
  get item() {
    const { itemId: id, key, priority } = this.claim;
    return { id, key, priority };
  }
  get attempt(): number {
    return this.claim.attempt;
  }
  get signal(): AbortSignal {
    return (this.heard ??= typeof this.given === 'function' ? this.given() : this.given);
  }
  get idempotencyKey(): string {
    const { job, name, versionHash } = this.loaded;
    return hash('sha256', [this.world.store.uuid, job, this.claim.itemId, name, versionHash].join('|'));
  }
  get now() {
    return () => this.world.clock.now();
  }

  // ---------------------------------------------------------------- ends

  done<const Value>(value: Value, options?: DoneOptions): Done<Value> {
    return new Done(value, options);
  }
  skip(reason: string): Skipped {
    return new Skipped(reasonText(reason));
  }
  reject(reason: string): Rejected {
    return new Rejected(reasonText(reason));
  }
  get defer() {
    return (until: number | string | Date, reason: string) => {
      const now = this.world.clock.now();
      return new Deferred(Math.max(momentOf(until, now, 'ctx.defer'), now + SHORTEST_DEFER_MS), reasonText(reason));
    };
  }

  // ---------------------------------------------------------------- effects

  get log(): Log {
    return (this.lines ??= this.makeLog());
  }
  get http(): Http {
    const { world, claim } = this;
    return world.web.of(this.job, () => this.signal, { clean: world.clean, note: (call) => world.noteCall(claim, call) });
  }
  get exec(): Exec {
    return this.world.exec(() => this.signal);
  }
  get llm(): Llm {
    const { world, claim, loaded } = this;
    return world.llm ?? llmOver(world.models.for(() => ({ claim, signal: this.signal, meter: meterOf(world, claim) })), (model) => remindOfUses(loaded, model, this.log));
  }
  get cost() {
    return { add: (usd: number) => this.spend(usd, 'ctx.cost.add') };
  }
  get artifacts(): CtxArtifacts {
    const { artifacts } = this.world;
    const read = (ref: string | Pick<ArtifactRef, 'hash'>) => artifacts.read(typeof ref === 'string' ? ref : ref?.hash);
    return {
      write: async (name, data, { media, publish = false } = {}) => {
        const ref = await artifacts.write(name, data, media);
        if (publish) await artifacts.publish(this.job, name, data);
        this.refs = [...this.written.filter((other) => other.name !== name), ref];
        return ref;
      },
      read,
      text: async (ref) => (await read(ref)).toString('utf8'),
    };
  }
  get secret() {
    return (name: string) => {
      const value = this.world.env[name];
      if (!value) throw new MissingSecret(`${name} is not set: set it in the environment and start again; \`requires: { env: [${name}] }\` in jobs.yaml makes the job wait for it`);
      this.world.secrets.add(name, value);
      this.world.onSecret?.(this.job, name);
      return value;
    };
  }
  get progress() {
    return (n: number, total?: number, message?: string) => {
      const { job, stage, claim, world } = this;
      world.onProgress({
        job, stage, itemId: claim.itemId, key: claim.key, n,
        ...(total !== undefined && { total }),
        ...(message !== undefined && { message: world.clean(message) }),
      });
    };
  }
  get once() {
    return async <Value>(name: string, effect: () => Value | Promise<Value>): Promise<Value> => {
      this.memos ??= new Map();
      const key = [this.job, this.claim.itemId, this.stage, name].join('|');
      const running = this.memos.get(key) ?? this.remembered(key, effect).finally(() => this.memos!.delete(key));
      this.memos.set(key, running);
      return (await running) as Value;
    };
  }
  get outputs() {
    return async <Output>(stage: string): Promise<{ key: string; output: Output }[]> => {
      const { siblings, job } = this.loaded;
      if (!siblings.includes(stage)) throw new TypeError(`ctx.outputs: the job "${job}" has no stage "${stage}"${didYouMeanOrList(stage, siblings)}`);
      return (await this.world.store.outputs.ofStage(job, stage)) as { key: string; output: Output }[];
    };
  }

  /** Adds dollars to the attempt; throws `InvalidCost`. `where` begins the message. */
  spend(usd: unknown, where: string): void {
    const spent = checkUsd(usd, where);
    meterOf(this.world, this.claim).add(spent);
    this.world.onSpend(spent);
  }

  /** What the ledger holds counts, so that the first attempt sees just what a later one would. */
  private async remembered(key: string, effect: () => unknown): Promise<unknown> {
    const { ledger } = this.world;
    const known = await ledger.recall(key);
    if (known !== undefined) return JSON.parse(known);
    const text = toJsonText(await effect(), 'value of ctx.once');
    await ledger.remember(key, text);
    return JSON.parse((await ledger.recall(key)) ?? text);
  }

  private makeLog(): Log {
    const { world, claim } = this;
    const write = (level: keyof Log) => (message: string, facts?: Record<string, unknown>) => world.say(claim, level, String(message), facts);
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  }
}

const reminded = new WeakSet<LoadedStage>();

/** Without it nobody would see that the outputs are those of another model. */
function remindOfUses(loaded: LoadedStage, model = 'default', log: Log): void {
  if (reminded.has(loaded) || loaded.definition.uses?.includes(model)) return;
  reminded.add(loaded);
  log.warn(`the stage "${loaded.name}" asks the model "${model}" and does not say so: write uses: ['${model}'], so that its outputs become stale when another model is configured`);
}
