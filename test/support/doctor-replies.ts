/** Replies of any shape, and what may come of them: a class of the five, or nothing. */
import fc from 'fast-check';
import { ERROR_CLASSES } from '../../actors/ports.ts';
import type { Consult } from '../../runtime/doctor/casebook.ts';
import { ModelConsult } from '../../runtime/doctor/consult.ts';
import { realClock } from '../../runtime/clock.ts';
import { unlimitedBudget } from '../../runtime/unlimited-budget.ts';

export const NOW = Date.parse('2026-11-24T12:00:00Z');
export const MET = { fingerprint: 'aaaaaaaaaaaa', job: 'watch', stage: 'fetch' };
const SEED = 5;
const FIELDS = ['by', 'class', 'confidence', 'costMicroUsd', 'fingerprint', 'job', 'model', 'ms', 'reason', 'stage', 'type', 'was'];

type Said = Awaited<ReturnType<Consult['ask']>>;

const minutes = fc.oneof(fc.constant(null), fc.double(), fc.integer());
const anything = fc.oneof(fc.json(), fc.string({ unit: 'binary' }));
const likeAnAnswer = fc.record(
  { class: fc.oneof(fc.constantFrom(...ERROR_CLASSES), fc.string()), confidence: fc.oneof(fc.double(), fc.double({ min: 0, max: 1, noNaN: true })), reason: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('x'.repeat(5_000))), minutes },
  { requiredKeys: [] },
);
const anAnswerAndMore = fc.record({
  class: fc.constantFrom(...ERROR_CLASSES), confidence: fc.double({ min: 0, max: 1, noNaN: true }), reason: fc.string({ unit: 'binary', maxLength: 300 }),
  minutes: fc.oneof(fc.constant(null), fc.nat(600_000)), action: fc.constantFrom('unpause', 'rm -rf', 'raise_budget'),
});

export const replies = (n: number): string[] => fc.sample(fc.oneof(anything, likeAnAnswer.map((said) => JSON.stringify(said)), anAnswerAndMore.map((said) => JSON.stringify(said))), { numRuns: n, seed: SEED });

/** Of each reply, what the doctor makes of it; it throws for none. */
export async function* opinionsOn(texts: readonly string[]): AsyncGenerator<Said> {
  let text = '';
  const completion = () => new Response(JSON.stringify({ id: 'c', object: 'chat.completion', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text } }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }), { headers: { 'content-type': 'application/json' } });
  const doctor = new ModelConsult({
    clock: { ...realClock, now: () => NOW }, budget: unlimitedBudget, env: { KEY: 'k' }, models: () => ({}), clean: (text) => text, fetch: () => async () => completion(),
    spec: () => ({ rate: { count: 1e9, perMs: 1 }, llm: { model: 'm', baseUrl: 'http://a.example/v1', apiKey: '${KEY}' } }), met: () => ({ name: 'Error', message: 'x' }),
  });
  for (text of texts) yield await doctor.ask(MET, 'transient', new AbortController().signal);
}

/** What is outside of the table; undefined when nothing is. */
export function outside(said: Said): string | undefined {
  const wrong = (what: string) => `${what}: ${JSON.stringify(said)}`;
  if (said.fingerprint !== MET.fingerprint) return wrong('another kind of error');
  if (said.type === 'model.failed') return undefined;
  const fields = Object.keys(said).filter((field) => field !== 'until').sort();
  if (fields.join() !== FIELDS.join()) return wrong('other fields');
  if (!ERROR_CLASSES.includes(said.class)) return wrong('another class');
  if (said.job !== MET.job || said.stage !== MET.stage || said.by !== 'model' || said.was !== 'transient') return wrong('about something else');
  if (said.reason.length > 200 || /[\u0000-\u001f\u202a-\u202e]/.test(said.reason)) return wrong('a reason that cannot be shown');
  if (said.until !== undefined && !(said.until > NOW)) return wrong('until a time that is no time');
  return undefined;
}
