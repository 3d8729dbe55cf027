/** One call, from the question to what is known of it afterwards: hold the money → send → settle → write down. */
import { hash } from 'node:crypto';
import type { Budget, Claim, Clock, Spender } from '../../actors/ports.ts';
import { formatDuration } from '../config/units.ts';
import { property, textOf } from '../handlers/encode-error.ts';
import type { Meter } from '../handlers/meter.ts';
import { DISCOVERY, type LlmCall, type NotedReply } from '../store/types.ts';
import type { Answered } from './endpoint.ts';
import { ModelTimeout } from './errors.ts';
import type { Price, Usage } from './prices.ts';
import { errorFrom, isFree } from './provider-error.ts';
import { packed, type KeptReply } from './replies.ts';

/** Who asks: an attempt, or a job that looks for work. `signal` ends the call; what it costs goes to `meter`. */
export type Caller = ({ claim: Pick<Claim, 'job' | 'stage' | 'itemId' | 'lease' | 'attempt'> } | { discovery: string }) & { signal: AbortSignal; meter: Meter };

export const jobOf = (caller: Caller): string => ('claim' in caller ? caller.claim.job : caller.discovery);

/** `most`: that it can use. `key`: under which its answer is kept; '' when it is not. */
export type Plan = { kind: LlmCall['kind']; alias: string; model: string; most: Usage; price: Price | undefined; timeoutMs: number; key: string; send(signal: AbortSignal): Promise<Answered & { seconds?: number }> };

/** On disk when it resolves, with the answer that is kept. */
export type Ledger = { noteCall(call: LlmCall, reply?: NotedReply): Promise<void> };
export type CallWorld = { clock: Clock; budget: Budget; ledger: Ledger; clean(text: string): string };

type Sent = { answered: Answered & { seconds?: number } } | { error: Error };

/** Rejects with what went wrong, after it was settled and written down. */
export async function pay(world: CallWorld, plan: Plan, caller: Caller): Promise<Answered & { seconds?: number }> {
  const { clock, budget } = world;
  const { signal, meter } = caller;
  const most = plan.price?.(plan.most);
  signal.throwIfAborted();
  const reservation = await budget.reserve(spenderOf(caller), most ?? 0);
  if (signal.aborted) {
    reservation.release();
    throw signal.reason;
  }
  const began = clock.monotonic();
  const sent = await send(world, plan, signal);
  const bill = billOf(sent, plan, most);
  meter.add((bill.microUsd ?? 0) / 1e6);
  if (bill.microUsd === 0) reservation.release();
  else reservation.settle(bill.microUsd ?? 0);
  const error = 'error' in sent ? sent.error : sent.answered.unusable;
  const kept = keptFrom(plan, sent);
  const call = { ...rowOf(plan, caller, sent), ...bill, outcome: error ? outcomeOf(error) : 'ok', ms: Math.round(clock.monotonic() - began), at: clock.now() };
  await world.ledger.noteCall(call, kept && (await packed(kept)));
  if ('error' in sent || error) throw error;
  return sent.answered;
}

/** Never rejects. */
async function send({ clock, clean }: CallWorld, { timeoutMs, alias, model, send }: Plan, outer: AbortSignal): Promise<Sent> {
  const inner = new AbortController();
  const what = `the model "${alias}" (${model})`;
  const timer = clock.setTimeout(() => inner.abort(new ModelTimeout(`${what} took longer than ${formatDuration(timeoutMs)}; give it more by { timeout: "5m" }, or by timeout in jobs.yaml`)), timeoutMs);
  try {
    return { answered: await send(AbortSignal.any([outer, inner.signal])) };
  } catch (thrown) {
    if (outer.aborted) return { error: outer.reason as Error };
    if (inner.signal.aborted) return { error: inner.signal.reason as Error };
    return { error: errorFrom(thrown, what, clean, clock.now()) };
  } finally {
    clock.clearTimeout(timer);
  }
}

/** `assumed`: nobody knows what it cost, so it is the most that it can have. `microUsd` is null where there is no price. */
function billOf(sent: Sent, { price }: Plan, most: number | undefined): Pick<LlmCall, 'microUsd' | 'assumed'> {
  if ('error' in sent && isFree(sent.error)) return { microUsd: 0, assumed: false };
  if (!price || most === undefined) return { microUsd: null, assumed: false };
  if ('error' in sent || !sent.answered.usage) return { microUsd: most, assumed: true };
  return { microUsd: price(sent.answered.usage), assumed: false };
}

function spenderOf(caller: Caller): Spender {
  if ('discovery' in caller) return { discovery: caller.discovery };
  const { job, stage, itemId, lease } = caller.claim;
  return { job, stage, itemId, lease };
}

/** Of a discovery's call, what an attempt's has. */
const NO_ATTEMPT = { stage: DISCOVERY, itemId: 0, lease: 0, attempt: 0 };

function rowOf({ kind, alias, model }: Plan, caller: Caller, sent: Sent) {
  const { job, stage, itemId, lease, attempt } = 'claim' in caller ? caller.claim : { job: caller.discovery, ...NO_ATTEMPT };
  const { usage, requestId } = 'answered' in sent ? sent.answered : { requestId: textOf(sent.error, 'requestId') || undefined };
  return { job, stage, itemId, lease, attempt, kind, alias, model, tokensIn: usage?.input ?? null, tokensOut: usage?.output ?? null, tokensCached: usage?.cached ?? null, seconds: usage?.seconds ?? null, requestId: requestId ?? null, kept: false };
}

/** As from the cache: it took no time and cost nothing. */
export function rowOfKept(plan: Plan, caller: Caller, at: number): LlmCall {
  return { ...rowOf(plan, caller, { answered: { text: '', usage: { input: 0, output: 0 } } }), tokensIn: null, tokensOut: null, microUsd: 0, assumed: false, outcome: 'ok', ms: 0, kept: true, at };
}

function keptFrom({ key }: Plan, sent: Sent): KeptReply | undefined {
  if (key === '' || 'error' in sent || sent.answered.unusable) return undefined;
  const { text, seconds } = sent.answered;
  return { key, text, ...(seconds !== undefined && { seconds }) };
}

/** A word for the row: what the provider calls it, or the error's name. */
function outcomeOf(error: Error): string {
  const status = property(error, 'status');
  return (textOf(error, 'code') || (typeof status === 'number' ? String(status) : error.name)).slice(0, 60);
}

export const keyOf = (...parts: unknown[]): string => hash('sha256', JSON.stringify(parts));
