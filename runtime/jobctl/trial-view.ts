/** What came of a tried attempt, as JSON and for people. */
import path from 'node:path';
import type { ErrorClass, Log, Outcome } from '../../actors/ports.ts';
import { formatDuration } from '../config/units.ts';
import type { Trial } from '../handlers/trial.ts';
import { callsTable, type ShownCall } from './calls-table.ts';
import type { Desk } from './desk.ts';
import { describeChange, differences, type Change } from './difference.ts';
import { sourceFrame } from './source-frame.ts';
import { jsonBlock, oneLine } from './text.ts';
import { moment, span } from './time.ts';
import type { TrialInput } from './trial-input.ts';

export type LogLine = { level: keyof Log; message: string; facts?: Record<string, unknown> };

export type TrialView = {
  /** False when the attempt failed or was cut off. */
  ok: boolean;
  job: string;
  stage: string;
  item: { id?: number; key: string };
  outcome: Outcome extends infer Kind ? (Kind extends { kind: 'done' } ? { kind: 'done'; priority?: number } : Kind) : never;
  output?: unknown;
  durationMs: number;
  costUsd: number;
  /** Of models. */
  calls: ShownCall[];
  logs: LogLine[];
  artifacts: { name: string; bytes: number; media: string; path: string }[];
  /** Effects of `ctx.once` that ran for real. */
  once: string[];
  /** Against the output that is stored; missing when there is none. `codeChanged`: another version of the code made that one. */
  stored?: { same: boolean; changes: Change[]; codeChanged: boolean };
  /** Stages whose output it asked for and did not find. */
  missing: string[];
};

export function trialView({ result, durationMs, bundle, once, calls, published }: Trial, { job, stage, claim, item, missing }: TrialInput, logs: LogLine[]): TrialView {
  const { outcome } = result;
  const output: unknown = outcome.kind === 'done' ? JSON.parse(outcome.output) : undefined;
  const before = item?.stages[stage.name]?.output;
  const changes = outcome.kind === 'done' && before !== undefined ? differences(before, output) : [];
  const made = item?.attempts.findLast((attempt) => attempt.stage === stage.name && attempt.outputSeq !== undefined);
  return {
    ok: outcome.kind !== 'failed' && outcome.kind !== 'interrupted',
    job: job.id,
    stage: stage.name,
    item: { ...(item && { id: item.id }), key: claim.key },
    outcome: outcome.kind === 'done' ? { kind: 'done', ...(outcome.priority !== undefined && { priority: outcome.priority }) } : outcome,
    ...(outcome.kind === 'done' && { output }),
    durationMs: Math.round(durationMs),
    costUsd: result.costMicroUsd / 1e6,
    calls: calls.map(({ stage, attempt, at, kind, alias, model, tokensIn, tokensOut, tokensCached, seconds, microUsd, assumed, kept, outcome, ms }) => ({ stage, attempt, at, kind, alias, model, tokensIn, tokensOut, tokensCached, seconds, costUsd: microUsd === null ? null : microUsd / 1e6, assumed, kept, outcome, ms })),
    logs,
    artifacts: result.artifacts.map(({ name, bytes, media }) => ({ name, bytes, media, path: path.join(published, name) })),
    once,
    ...(outcome.kind === 'done' && before !== undefined && { stored: { same: changes.length === 0, changes, codeChanged: made?.bundle !== bundle } }),
    missing: [...missing],
  };
}

const MOST_CHANGES = 20;
const MOST_LINES = 60;

export function showTrial(view: TrialView, input: TrialInput, desk: Desk): void {
  const { terminal } = desk;
  const { item, durationMs, costUsd, once, artifacts, stored } = view;
  const cost = costUsd > 0 ? `, $${costUsd.toFixed(4)}` : '';
  terminal.print(`${terminal.paint('bold', `${view.job} ${view.stage}`)}  ${oneLine(item.key)}${item.id === undefined ? '' : ` (item ${item.id})`}`);
  terminal.print(...ending(view, input, `${span(durationMs)}${cost}`, desk));
  for (const { name, bytes, path } of artifacts) terminal.print(`  ${oneLine(name)}  ${bytes} bytes  ${terminal.paint('dim', path)}`);
  if (view.calls.length > 0) terminal.print(...callsTable(view.calls));
  if (stored) terminal.print(...comparison(stored, desk));
  if (once.length > 0) terminal.say(`ctx.once ran ${once.map(oneLine).join(', ')} for real; that is not remembered`);
  if (!view.ok && view.missing.length > 0) terminal.say(`${view.missing.join(' and ')} has no output for this item: try that first, or give one by --prev '{"${view.missing[0]}": {…}}'`);
  terminal.say('for a look: nothing was stored');
}

function ending({ outcome, output }: TrialView, input: TrialInput, took: string, { terminal, clock, config }: Desk): string[] {
  switch (outcome.kind) {
    case 'done': {
      const all = jsonBlock(output).split('\n');
      const rest = all.length - MOST_LINES;
      const priority = outcome.priority === undefined ? '' : `, priority ${outcome.priority}`;
      return [`${terminal.paint('green', 'done')} in ${took}${priority}`, ...all.slice(0, MOST_LINES).map((line) => `  ${line}`), ...(rest > 0 ? [`  … ${rest} more lines (--json shows all)`] : [])];
    }
    case 'skipped':
      return [`${terminal.paint('yellow', 'skipped')} in ${took}: ${oneLine(outcome.reason)}; the next stages would go on without it`];
    case 'rejected':
      return [`${terminal.paint('yellow', 'rejected')} in ${took}: ${oneLine(outcome.reason)}; the item would end here`];
    case 'deferred':
      return [`${terminal.paint('yellow', 'deferred')} in ${took}: ${oneLine(outcome.reason)}; not before ${moment(outcome.until, clock.now())}`];
    case 'interrupted':
      return [`${terminal.paint('yellow', 'interrupted')} after ${took}`];
    case 'failed': {
      const { class: kind, error } = outcome;
      const frame = error.stack === undefined ? undefined : sourceFrame(error.stack, path.dirname(config), error.message);
      const place = frame ? ['', `${frame.file}:${frame.line}:${frame.column}`, ...frame.frame.trimEnd().split('\n')] : [];
      // Frames of Rivus itself and of Node are addresses (file:, node:); those of the operator are paths.
      const own = (error.stack ?? '').split('\n').filter((line) => frame && !/file:|node:|node_modules/.test(line));
      const stack = own.map((line) => terminal.paint('dim', `  ${oneLine(line)}`));
      const causes = causesOf(error).map((cause) => `  because ${oneLine(cause)}`);
      return [`${terminal.paint('red', 'failed')} after ${took}: ${oneLine(`${error.name}: ${error.message}`)}`, ...causes, `  ${kind}: ${followsFrom(kind, input, outcome, clock.now())}`, ...place, ...stack];
    }
  }
}

function causesOf({ cause }: { cause?: { name: string; message: string; cause?: unknown } }): string[] {
  return cause ? [`${cause.name}: ${cause.message}`, ...causesOf(cause as Parameters<typeof causesOf>[0])] : [];
}

function followsFrom(kind: ErrorClass, { stage: { retry } }: TrialInput, { retryAt, until }: { retryAt?: number; until?: number }, now: number): string {
  const held = until === undefined ? 'the job would be held' : `the job would be held until ${moment(until, now)}`;
  const sentences: Record<ErrorClass, string> = {
    transient:
      retryAt === undefined
        ? `it would be tried again, ${retry.max} times in all, ${formatDuration(retry.baseMs)} to ${formatDuration(retry.capMs)} apart`
        : `it would be tried again at ${moment(retryAt, now)}, ${retry.max} times in all`,
    item_specific: 'this item would fail, and the others go on',
    temporal: held,
    systemic: `${held}, for no item can work now`,
    code_bug: 'the job would be held until the code is mended',
  };
  return sentences[kind];
}

function comparison({ same, changes, codeChanged }: NonNullable<TrialView['stored']>, { terminal }: Desk): string[] {
  const made = codeChanged ? 'which other code has made' : 'which the same code has made';
  if (same) return [`the same as the stored output, ${made}`];
  const rest = changes.length - MOST_CHANGES;
  return [`differs from the stored output, ${made}:`, ...changes.slice(0, MOST_CHANGES).map((change) => terminal.paint('yellow', `  ${oneLine(describeChange(change))}`)), ...(rest > 0 ? [`  … and ${rest} more (--json shows all)`] : [])];
}
