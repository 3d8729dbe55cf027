/**
 * What a verdict of a model costs and takes. The errors that no rule is sure of are asked through the real client: of OpenAI where `OPENAI_API_KEY` is set, else of a
 * server on this machine that answers at once, and counts a token for four bytes.
 */
import { realClock } from '../../../runtime/clock.ts';
import { ModelConsult } from '../../../runtime/doctor/consult.ts';
import { OPENAI_URL, priceOf } from '../../../runtime/llm/prices.ts';
import { unlimitedBudget } from '../../../runtime/unlimited-budget.ts';
import { quantile } from '../../prove/quantile.ts';
import { answers, startOpenAi, type Behaviour } from '../../support/openai-server.ts';
import type { Labelled } from './sets.ts';

const MODELS = ['gpt-5-nano', 'gpt-5-mini', 'gpt-4o-mini'];
/** So many times each, where it costs nothing. */
const TIMES = 20;
const BYTES_A_TOKEN = 4;
const TOKENS_OF_AN_ANSWER = 60;
const A_MILLION = 1_000_000;

type Figures = { model: string; verdicts: number; costMicroUsd: number[]; ms: number[] };

export async function askedOfModels(errors: readonly Labelled[]): Promise<string[]> {
  const isReal = process.env['OPENAI_API_KEY'] !== undefined;
  const server = isReal ? undefined : await startOpenAi(counted);
  const figures: Figures[] = [];
  for (const model of MODELS) figures.push(await ask(model, server?.url ?? OPENAI_URL, isReal ? errors : Array.from({ length: TIMES }, () => errors).flat()));
  await server?.close();
  return [
    isReal ? `Of ${errors.length} errors that no rule is sure of, asked of OpenAI.` : `Of ${errors.length} errors that no rule is sure of, asked ${TIMES} times of a server on this machine that answers at once, with a token for four bytes and ${TOKENS_OF_AN_ANSWER} for the answer: the time is what Rivus adds to the model's own.`,
    '', '| model | verdicts | cost p50 | cost p95 | time p50 | time p95 |', '|---|---|---|---|---|---|',
    ...figures.map(({ model, verdicts, costMicroUsd, ms }) => `| ${model} | ${verdicts} | ${dollars(quantile(costMicroUsd, 0.5))} | ${dollars(quantile(costMicroUsd, 0.95))} | ${quantile(ms, 0.5).toFixed(0)} ms | ${quantile(ms, 0.95).toFixed(0)} ms |`),
  ];
}

const counted: Behaviour = (asked, response, released) =>
  answers({ class: 'transient', confidence: 0.8, reason: 'a sentence of the usual length that says why', minutes: null }, { prompt_tokens: Math.ceil(Buffer.byteLength(JSON.stringify(asked.body)) / BYTES_A_TOKEN), completion_tokens: TOKENS_OF_AN_ANSWER })(asked, response, released);

async function ask(model: string, url: string, errors: readonly Labelled[]): Promise<Figures> {
  let about = errors[0]!;
  const perMillion = priceOf({ model }, OPENAI_URL)!;
  const price = { input: perMillion({ input: A_MILLION, output: 0 }) / A_MILLION, output: perMillion({ input: 0, output: A_MILLION }) / A_MILLION };
  const consult = new ModelConsult({
    clock: realClock, budget: unlimitedBudget, env: { OPENAI_API_KEY: 'of no use here', ...process.env }, models: () => ({}), clean: (text) => text, fetch: () => fetch,
    spec: () => ({ rate: { count: 1e9, perMs: 1 }, llm: { model, baseUrl: url, apiKey: '${OPENAI_API_KEY}', price } }), met: () => ({ name: about.name ?? 'Error', message: about.message }),
  });
  // The first question loads the client.
  await consult.ask({ fingerprint: '', job: 'watch', stage: 'fetch' }, 'transient', new AbortController().signal);
  const [costMicroUsd, ms]: [number[], number[]] = [[], []];
  for (about of errors) {
    const began = performance.now();
    const said = await consult.ask({ fingerprint: about.id, job: 'watch', stage: 'fetch' }, 'transient', new AbortController().signal);
    if (said.type !== 'model.answered') continue;
    ms.push(performance.now() - began);
    costMicroUsd.push(said.costMicroUsd!);
  }
  return { model, verdicts: ms.length, costMicroUsd, ms };
}

const dollars = (microUsd: number): string => `$${(microUsd / 1e6).toFixed(6)}`;
