/** `doctor:` in jobs.yaml: how errors are understood. */
import { z } from 'zod';
import { ERROR_CLASSES } from '../../actors/ports.ts';
import type { DoctorSpec } from '../../machines/spec.ts';
import { model, modelSpec } from './model.ts';
import { duration, rate } from './units.ts';
import { name, text, usd } from './words.ts';

const CONDITIONS = ['contains', 'matches', 'name', 'code', 'status'] as const;

const rule = z
  .strictObject({
    contains: text.optional().describe('words of the message, small and capital letters alike; no pattern'),
    matches: text.refine(isPattern, { error: 'must be a regular expression of JavaScript, without slashes' }).optional().describe('a regular expression over codes and message'),
    name: text.optional().describe('type of the error, such as KeyError'),
    code: z.union([text, z.int()]).optional().describe('code of the error, such as ECONNRESET or insufficient_quota'),
    status: z.int().min(400).max(599).optional().describe('status of an answer by HTTP'),
    job: name.optional().describe('only in this job'),
    stage: name.optional().describe('only in stages of this name'),
    class: z.enum(ERROR_CLASSES).describe('what it means'),
    wait: duration.optional().describe('of a transient error, until it is tried again; of a temporal one, how long the job is held'),
    reason: text.optional().describe('shown with every verdict of this rule'),
  })
  .refine((rule) => CONDITIONS.some((condition) => rule[condition] !== undefined), { error: `must say what it matches: one of ${CONDITIONS.join(', ')}`, when: isWellFormed })
  .refine(({ class: kind, wait }) => wait === undefined || kind === 'transient' || kind === 'temporal', { error: 'must have no wait, or be transient or temporal', when: isWellFormed });

export const doctor = z.strictObject({
  llm: model.optional().describe('whom it asks about errors that no rule is sure of; when left out `model`, else OpenAI if OPENAI_API_KEY is set'),
  model: name.optional().describe('whom it asks, by its name under `models`'),
  daily_cost_limit: usd.optional().describe('US dollars a day for classifying errors'),
  rate: rate.prefault('30/h').describe('most questions; each kind of error is asked about once'),
  evidence: z
    .strictObject({ items: z.int().min(2).max(10_000).default(10), within: duration.prefault('1h').describe('the longest pause between two of them') })
    .prefault({})
    .describe('the same error on so many items, while next to none succeeds, is not the items\' fault'),
  rules: z.array(rule).default([]).describe('asked before all others, from the top'),
});

/** One mistake is said once. */
function isWellFormed({ issues }: { issues: readonly unknown[] }): boolean {
  return issues.length === 0;
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'i');
    return true;
  } catch {
    return false;
  }
}

export function doctorSpec({ rules, evidence: { items, within }, llm, model: alias, rate }: z.output<typeof doctor> = doctor.parse({})): DoctorSpec {
  return {
    ...(llm !== undefined && { llm: modelSpec(llm) }), ...(alias !== undefined && { model: alias }), rate, evidence: { items, withinMs: within },
    rules: rules.map(({ wait, code, ...rule }) => ({ ...rule, ...(code !== undefined && { code: String(code) }), ...(wait !== undefined && { waitMs: wait }) })),
  };
}
