/** Models: those that jobs require must be there, and what has no price is said. */
import type { Config } from '../schema.ts';
import type { Complaint } from '../complaint.ts';
import { expand } from '../expand.ts';
import { modelSpec } from '../model.ts';
import type { JobOutline } from '../outline.ts';
import { didYouMeanOrList } from '../suggest.ts';
import { OPENAI_URL, priceOf } from '../../llm/prices.ts';

export function checkModels(job: JobOutline, models: readonly string[]): Complaint[] {
  const unknown = job.models.filter(({ text }) => !models.includes(text));
  return unknown.map(({ path, text }) => ({ path, message: `unknown model "${text}"${didYouMeanOrList(text, models) || '; declare it under models:'}` }));
}

/** What it costs to ask them is unknown: no limit can hold it. */
export function unpricedModels({ models, jobs, daily_cost_limit: ofAll }: Config, env: Readonly<Record<string, string | undefined>>): Complaint[] {
  const limited = Object.entries(jobs).filter(([, { guards }]) => guards.daily_cost_limit !== undefined).map(([id]) => id);
  const limits = ofAll !== undefined ? 'the daily_cost_limit cannot hold them' : limited.length > 0 ? `the daily_cost_limit of ${limited.join(', ')} cannot hold them` : 'no limit can hold them';
  return Object.entries(models).flatMap(([alias, written]) => {
    const { baseUrl = OPENAI_URL, model, price } = modelSpec(written);
    const [address, name] = [baseUrl, model].map((text) => expandedOr(text, env));
    if (address === undefined || name === undefined || priceOf({ model: name, ...(price && { price }) }, address)) return [];
    return [{ path: ['models', alias], on: 'key' as const, message: `no price is known for ${name} at ${address}: its calls count as unpriced, and ${limits}; write price: { input: …, output: … } (0 for one that is yours)` }];
  });
}

/** Undefined while a variable is not set: that is said elsewhere. */
function expandedOr(text: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  try {
    return expand(text, env);
  } catch {
    return undefined;
  }
}
