/** What today has cost so far, when, and when it will be too much. */

/**
 * Money of today, of all jobs (`who` is null), of one, or of the doctor. US dollars; `left`: what may still be spent, null without a limit. `curve`: what was
 * spent and lost by a time, rising; what happened before its first point is in that. `perHour`: of late. `exhaustedAt`: when nothing is left if that goes on, null when
 * today lasts longer.
 */
export type BudgetLine = {
  who: string | null; kind: 'all' | 'job' | 'doctor'; limit: number | null; spent: number; lost: number; reserved: number; unpriced: number; left: number | null; isSoft: boolean;
  curve: [at: number, usd: number][]; perHour: number; exhaustedAt: number | null; held?: { reason: string; until?: number };
};

/** Calls of today whose price nobody knows. `alias`: the model's name in jobs.yaml. */
export type UnpricedCalls = { job: string; alias: string; model: string; calls: number; tokensIn: number; tokensOut: number; lastAt: number };

/** Today, `day` in `tz`, is from `from` to `until`. `lines`: all jobs together first, then those with the least left. `notes`: what was not kept of a moment of the past, in sentences. */
export type BudgetView = { now: number; day: string; tz: string; from: number; until: number; lines: BudgetLine[]; unpriced: UnpricedCalls[]; notes?: string[] };

/**
 * A model as jobs.yaml names it, and what it costs in US dollars for a million tokens. `source`: jobs.yaml, or the table that comes with Rivus; null where nobody knows a price, so that no limit
 * holds what it costs. `minute`: of audio. `alias`: null for the doctor's own.
 */
export type PricedModel = { alias: string | null; model: string; host: string; source: 'jobs.yaml' | 'table' | null; input?: number; output?: number; cached?: number; minute?: number };
/** `table`: which one, and its version. */
export type PricesView = { table: string; models: PricedModel[] };
