/** Asks a model what a kind of error means: any endpoint that speaks the protocol of OpenAI, within a rate and a budget. Whatever goes wrong is an answer. */
import type { Budget, Clock, ErrorClass } from '../../actors/ports.ts';
import { BudgetRefused } from '../../actors/ports.ts';
import type { Met } from '../../machines/doctor.ts';
import type { DoctorSpec, ModelSpec } from '../../machines/spec.ts';
import { Secrets } from '../handlers/redact.ts';
import { property } from '../handlers/encode-error.ts';
import { loadNetwork } from '../http/network.ts';
import { isThere, modelOf, type ModelSpecs } from '../llm/catalogue.ts';
import { chat, loadClient, type Answered, type Fetch } from '../llm/endpoint.ts';
import { mostOfChat } from '../llm/limits.ts';
import { priceOf } from '../llm/prices.ts';
import { errorFrom, isFree } from '../llm/provider-error.ts';
import type { Consult } from './casebook.ts';
import { SURE } from './policy.ts';
import { answer, questionAbout, reasonOf, wanted } from './question.ts';

/** Nobody to ask. */
export const noModel: Consult = { isPossible: () => false, ask: async ({ fingerprint }) => ({ type: 'model.failed', fingerprint, reason: 'no model is configured' }) };

const ALIAS = 'doctor';
/** Where only a key of OpenAI is known. */
const BY_KEY: ModelSpec = { model: 'gpt-5-nano', apiKey: '${OPENAI_API_KEY}' };
/** Models that think think in tokens of output. */
const MAX_OUTPUT_TOKENS = 4_000;
const TIMEOUT_MS = 30_000;
const SHORTEST_HOLD_MS = 60_000;
const LONGEST_HOLD_MS = 7 * 86_400_000;
/** When there will be money again is not always known. */
const BUDGET_WAIT_MS = 3_600_000;

export type ConsultWorld = {
  clock: Clock;
  budget: Budget;
  env: Readonly<Record<string, string | undefined>>;
  spec(): Pick<DoctorSpec, 'llm' | 'model' | 'rate'>;
  models(): ModelSpecs;
  /** For the client of an API at that host. */
  fetch(host: string): Fetch;
  met(fingerprint: string): { name: string; message: string } | undefined;
  clean(text: string): string;
};
type Said = Awaited<ReturnType<Consult['ask']>>;

export class ModelConsult implements Consult {
  private readonly world: ConsultWorld;
  private readonly secrets = new Secrets();
  /** When it was asked, within the time of the rate. */
  private starts: number[] = [];

  constructor(world: ConsultWorld) {
    this.world = world;
  }

  isPossible(): boolean {
    const specs = this.specs();
    return specs !== undefined && isThere({ specs: () => specs, keyless: false }, ALIAS, this.world.env);
  }

  /** When a storm of errors comes, the loop has other things to do than to load a client. */
  async getReady(): Promise<void> {
    if (this.isPossible()) await Promise.all([loadClient(), loadNetwork()]);
  }

  async ask(about: Met, was: ErrorClass, signal: AbortSignal): Promise<Said> {
    const { clock } = this.world;
    const failed = (reason: string, againAt?: number): Said => ({ type: 'model.failed', fingerprint: about.fingerprint, reason: reasonOf(reason), ...(againAt !== undefined && { againAt }) });
    const again = this.nextTurn(clock.now());
    if (again !== undefined) return failed('no more questions are allowed for now: doctor.rate', again);
    try {
      return await this.pay(about, was, signal, failed);
    } catch (error) {
      if (error instanceof BudgetRefused) return failed(error.message, error.until ?? clock.now() + BUDGET_WAIT_MS);
      const retryAfter = property(error, 'retryAfter');
      return failed(this.clean((error as Error | null)?.message ?? String(error)), typeof retryAfter === 'number' ? clock.now() + retryAfter : undefined);
    }
  }

  private async pay(about: Met, was: ErrorClass, outer: AbortSignal, failed: (reason: string) => Said): Promise<Said> {
    const { clock, budget, env } = this.world;
    const met = this.world.met(about.fingerprint);
    const specs = this.specs();
    if (!met || !specs) return failed('there is nothing to ask about, or nobody to ask');
    const model = modelOf(specs, ALIAS, { env, secrets: this.secrets });
    const request = { messages: questionAbout(met, about.stage, this.nonce()), schema: wanted.schema, maxOutputTokens: model.maxOutputTokens ?? MAX_OUTPUT_TOKENS };
    const price = await priceOf(model, model.baseUrl, clock.now());
    const most = price?.(mostOfChat(request)) ?? 0;
    const reservation = await budget.reserve({ doctor: true }, most);
    const began = clock.monotonic();
    let answered: Answered;
    try {
      answered = await this.within(model.timeoutMs ?? TIMEOUT_MS, outer, (signal) => chat(model, request, this.world.fetch(new URL(model.baseUrl).host), signal));
    } catch (thrown) {
      const error = errorFrom(thrown, `the doctor's model (${model.model})`, (text) => this.clean(text), clock.now());
      if (isFree(error)) reservation.release();
      else reservation.settle(most);
      throw error;
    }
    const costMicroUsd = answered.usage ? (price?.(answered.usage) ?? 0) : most;
    reservation.settle(costMicroUsd);
    if (answered.unusable) return failed(answered.unusable.message);
    const said = await read(answered.text);
    if (typeof said === 'string') return failed(said);
    return { ...opinionOf(said, about, was, clock.now()), model: model.model, costMicroUsd, ms: Math.round(clock.monotonic() - began) };
  }

  private async within<T>(ms: number, outer: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock } = this.world;
    const inner = new AbortController();
    const timer = clock.setTimeout(() => inner.abort(new Error(`no answer within ${ms / 1_000} s`)), ms);
    try {
      return await run(AbortSignal.any([outer, inner.signal]));
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** Undefined when it may ask now, and that is counted. */
  private nextTurn(now: number): number | undefined {
    const { count, perMs } = this.world.spec().rate;
    this.starts = this.starts.filter((at) => at > now - perMs);
    if (this.starts.length >= count) return this.starts[0]! + perMs;
    this.starts.push(now);
    return undefined;
  }

  private specs(): ModelSpecs | undefined {
    const { llm, model } = this.world.spec();
    const spec = llm ?? (model === undefined ? (this.world.env['OPENAI_API_KEY'] ? BY_KEY : undefined) : this.world.models()[model]);
    return spec && { [ALIAS]: spec };
  }

  private clean(text: string): string {
    return this.secrets.strike(this.world.clean(text));
  }

  private nonce(): string {
    const { clock } = this.world;
    return [0, 0, 0].map(() => Math.floor(clock.random() * 2 ** 32).toString(36)).join('');
  }
}

/** A sentence where it is of no use. */
async function read(text: string): Promise<ReturnType<typeof answer.parse> | string> {
  const said = await wanted.read(text);
  return 'value' in said ? (said.value as ReturnType<typeof answer.parse>) : said.problem;
}

/** It chooses a class and says why; everything else follows from the table. One that is not sure leaves the guess as it is. */
function opinionOf({ class: kind, confidence, reason, minutes }: ReturnType<typeof answer.parse>, about: Met, was: ErrorClass, now: number): Said {
  const chosen = confidence < SURE ? was : kind;
  const ms = minutes === null ? undefined : Math.min(LONGEST_HOLD_MS, Math.max(SHORTEST_HOLD_MS, Math.round(minutes * 60_000)));
  return { type: 'model.answered', ...about, class: chosen, was, by: 'model', confidence, reason: reasonOf(reason), ...(chosen === 'temporal' && ms !== undefined && { until: now + ms }) };
}
