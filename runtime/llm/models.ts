/** Whoever asks a model asks here: configuration, cache, money and the way to the provider come together. */
import { hash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { parseDuration } from '../config/units.ts';
import { Fatal } from '../handlers/signals.ts';
import type { Secrets } from '../handlers/redact.ts';
import { outside } from '../handlers/at-work.ts';
import type { AskedModels, Env } from '../handlers/world.ts';
import type { Web } from '../http/web.ts';
import { orAborted } from '../or-aborted.ts';
import type { LlmReply } from '../store/types.ts';
import type { Asker, Question, Recording, Reply } from './asker.ts';
import { jobOf, keyOf, pay, rowOfKept, type Caller, type CallWorld, type Plan } from './call.ts';
import { isThere, modelOf, type Model, type ModelSpecs } from './catalogue.ts';
import { chat, transcribe, type ChatRequest } from './endpoint.ts';
import { BadQuestion } from './errors.ts';
import { mostOfAudio, mostOfChat } from './limits.ts';
import type { AudioFile } from '../../actors/llm.ts';
import { multipart } from './multipart.ts';
import { priceOf } from './prices.ts';
import { unlimitedBudget } from '../unlimited-budget.ts';
import { unpacked, type KeptReply } from './replies.ts';

const MAX_OUTPUT_TOKENS = 4096;
const TIMEOUT_MS = 120_000;
/** Providers take 25 MB; others may take more. */
const LARGEST_FILE = 200 * 2 ** 20;

export type ModelsWorld = Omit<CallWorld, 'clean'> & {
  /** Of the configuration in force. */
  specs(): ModelSpecs;
  env: Env;
  /** Folder of jobs.yaml, absolute. */
  root: string;
  web: Web;
  artifacts: { read(hash: string): Promise<Buffer> };
  secrets: Secrets;
  replies: { find(key: string): LlmReply | undefined; remove(key: string): void };
};

/** Nothing is configured, and nothing is kept. */
export const noModels: Pick<ModelsWorld, 'specs' | 'budget' | 'ledger' | 'replies'> = {
  specs: () => ({}),
  budget: unlimitedBudget,
  ledger: { noteCall: () => Promise.resolve() },
  replies: { find: () => undefined, remove() {} },
};

export class Models implements AskedModels {
  private readonly world: ModelsWorld;
  /** Calls in flight by key: who asks the same meanwhile waits for the answer. */
  private readonly asking = new Map<string, Promise<unknown>>();

  constructor(world: ModelsWorld) {
    this.world = world;
  }

  specs(): ModelSpecs {
    return this.world.specs();
  }

  get keyless(): boolean {
    return this.world.web.played;
  }

  for(caller: () => Caller): Asker {
    return {
      has: (alias) => isThere(this, alias, this.world.env),
      ask: async (question) => this.ask(question, caller()),
      hear: async (recording) => this.hear(recording, caller()),
      forget: (keys) => keys.forEach((key) => key !== '' && this.world.replies.remove(key)),
    };
  }

  private async ask(question: Question, caller: Caller): Promise<Reply> {
    const model = this.model(question.model);
    const { kind, messages, schema, maxOutputTokens = model.maxOutputTokens ?? MAX_OUTPUT_TOKENS, temperature = model.temperature } = question;
    if (!Number.isInteger(maxOutputTokens) || maxOutputTokens < 1) throw new BadQuestion(`ctx.llm: maxOutputTokens must be a whole number from 1 on, not ${maxOutputTokens}`);
    const request: ChatRequest = { messages, maxOutputTokens, ...(schema && { schema }), ...(temperature !== undefined && { temperature }) };
    const key = keyOf('chat', model.baseUrl, model.model, request);
    return this.answer(this.plan(model, question, { kind, key, most: mostOfChat(request), send: (signal) => chat(model, request, this.fetch(model, caller), signal) }), caller);
  }

  private async hear(recording: Recording, caller: Caller): Promise<Reply> {
    const model = this.model(recording.model ?? 'transcribe');
    const { bytes, name } = await this.read(recording.file);
    const { language, seconds } = recording;
    const request = { bytes, name, ...(language && { language }) };
    const key = keyOf('audio', model.baseUrl, model.model, hash('sha256', bytes), language);
    const plan = { kind: 'transcribe', key, most: mostOfAudio(bytes.length, seconds), send: (signal: AbortSignal) => transcribe(model, request, this.fetch(model, caller), signal) } as const;
    return this.answer(this.plan(model, recording, plan), caller);
  }

  /** From what was kept, from who asks the same, or paid for. */
  private async answer(plan: Plan, caller: Caller): Promise<Reply> {
    const { key } = plan;
    if (key === '') return replyOf(plan, await pay(this.callWorld, plan, caller));
    for (let other = this.asking.get(key); other; other = this.asking.get(key)) await orAborted(other, caller.signal);
    const row = this.world.replies.find(key);
    if (!row) return this.payOnce(plan, caller);
    const kept = await unpacked(row);
    if (!kept) return this.payOnce(plan, caller);
    await this.world.ledger.noteCall(rowOfKept(plan, caller, this.world.clock.now()), { key });
    return replyOf(plan, kept);
  }

  private async payOnce(plan: Plan, caller: Caller): Promise<Reply> {
    const paying = pay(this.callWorld, plan, caller);
    const over = paying.then(() => {}, () => {}).finally(() => this.asking.get(plan.key) === over && this.asking.delete(plan.key));
    this.asking.set(plan.key, over);
    return replyOf(plan, await paying);
  }

  private plan(model: Model, { timeout, cache = true }: { timeout?: number | string; cache?: boolean }, parts: Pick<Plan, 'kind' | 'key' | 'most' | 'send'>): Plan {
    const price = priceOf(model, model.baseUrl, this.world.clock.now());
    const isKept = cache && !this.keyless;
    return { ...parts, key: isKept ? parts.key : '', alias: model.alias, model: model.model, price, timeoutMs: timeoutOf(timeout, model) };
  }

  private get callWorld(): CallWorld {
    const { clock, budget, ledger, secrets } = this.world;
    // A flush is nobody's.
    const noteCall: CallWorld['ledger']['noteCall'] = (...noted) => outside(() => ledger.noteCall(...noted));
    return { clock, budget, ledger: { noteCall }, clean: (text) => secrets.strike(text) };
  }

  private model(alias: string | undefined): Model {
    const { env, secrets } = this.world;
    return modelOf(this.specs(), alias, { env, secrets, keyless: this.keyless });
  }

  private fetch({ baseUrl }: Model, caller: Caller): (url: string | URL | Request, init?: RequestInit) => Promise<Response> {
    const fetch = this.world.web.api(jobOf(caller), new URL(baseUrl).host);
    const ours = async (url: string | URL | Request, init: RequestInit = {}) => {
      if (!(init.body instanceof FormData)) return fetch(url, init);
      const { type, bytes } = await multipart(init.body);
      const headers = new Headers(init.headers);
      headers.set('content-type', type);
      return fetch(url, { ...init, headers, body: bytes });
    };
    // By this the package knows, without a request to try it, that forms can be sent.
    return Object.assign(ours, { Response });
  }

  private async read(file: AudioFile): Promise<{ bytes: Uint8Array<ArrayBuffer>; name: string }> {
    if (typeof file === 'object' && 'bytes' in file) return { bytes: new Uint8Array(file.bytes), name: file.name };
    if (typeof file === 'object') return { bytes: new Uint8Array(await this.world.artifacts.read(file.hash)), name: path.basename(file.name) };
    const absolute = path.resolve(this.world.root, file);
    const { size } = await fs.stat(absolute);
    if (size > LARGEST_FILE) throw new Fatal(`ctx.llm.transcribe: ${file} has ${size} bytes, more than ${LARGEST_FILE}: cut it into parts`);
    return { bytes: new Uint8Array(await fs.readFile(absolute)), name: path.basename(file) };
  }
}

const replyOf = ({ key }: Plan, { text, seconds }: Pick<KeptReply, 'text' | 'seconds'>): Reply => ({ text, key, ...(seconds !== undefined && { seconds }) });

function timeoutOf(timeout: number | string | undefined, model: Model): number {
  const ms = typeof timeout === 'string' ? parseDuration(timeout) : (timeout ?? model.timeoutMs ?? TIMEOUT_MS);
  if (ms === undefined || !(ms > 0)) throw new BadQuestion(`ctx.llm: "${timeout}" is no duration; give ms, or text such as "30s"`);
  return ms;
}

