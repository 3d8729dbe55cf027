/** What another jobs.yaml means for what runs: one sentence for each change, and what it does to the actors. */
import type { ConfigChange } from '../../inspector/protocol.ts';
import { DEFAULT_BREAKER } from '../../machines/spec.ts';
import type { BreakerSpec, BudgetSpec, HttpSpec, JobSpec, ModelSpec, NotifySpec, RateSpec, ResourceSpec, RestartSpec, RetentionSpec, RuntimeSpec, StageSpec, WindowSpec } from '../../machines/spec.ts';
import { defaultBurst, formatDuration, formatRate } from './units.ts';

/** How much hangs on a name, for what is taken away. */
export type Weights = { items(job: string): number; openTasks(job: string, stage: string): number };
/** Between two texts nobody knows what there was. */
const unknown: Weights = { items: () => NaN, openTasks: () => NaN };
type Said = Omit<ConfigChange, 'job' | 'stage'>;

/** In the order of the new file; what is gone comes last. */
export function changesBetween(before: RuntimeSpec, after: RuntimeSpec, weights: Weights = unknown): ConfigChange[] {
  const [added, gone, kept] = compared(before.jobs, after.jobs, ({ id }) => id);
  return [
    ...resourceChanges(before.resources, after.resources),
    ...budgetChanges(before.budget, after.budget),
    ...modelChanges(before.models, after.models),
    ...retentionChanges(before.retention, after.retention),
    ...portChanges(before.port, after.port),
    ...live('doctor.rules', before.doctor.rules, after.doctor.rules, '; for the next error'),
    ...notifyChanges(before.notify, after.notify),
    ...live('doctor.evidence', before.doctor.evidence, after.doctor.evidence),
    ...kept.flatMap(([old, job]) => [...jobChanges(old, job, weights), ...httpChanges(job.id, before.http[job.id], after.http[job.id])]),
    ...added.map(({ id, stages }): ConfigChange => ({ effect: 'starts', job: id, what: `new, with ${named(stages.map(({ name }) => name), 'stage')}` })),
    ...gone.map(({ id }): ConfigChange => ({ effect: 'archives', job: id, what: `taken out; ${itsItems(weights.items(id))}` })),
  ];
}

/** `restarts`, in a column as wide as the widest. */
export const effectOf = ({ effect }: ConfigChange): string => effect.padEnd(8);

/** `job "watch": discovery.every 1h → 2h; it looks at once` */
export const sentenceOf = ({ job, stage, what }: ConfigChange): string =>
  `${job === undefined ? '' : `job "${job}"${stage === undefined ? '' : `, stage "${stage}"`}: `}${what}`;

// ---------------------------------------------------------------- one job

/** What is compared as a whole. */
const PLAIN = ['emoji', 'pipeline', 'handler', 'accepts'] as const;

function jobChanges(before: JobSpec, after: JobSpec, weights: Weights): ConfigChange[] {
  const { id } = after;
  const [added, gone, kept] = compared(before.stages, after.stages, ({ name }) => name);
  const order = (stages: readonly StageSpec[]) => kept.map(([, { name }]) => stages.findIndex((stage) => stage.name === name)).join();
  const own: Said[] = [
    ...PLAIN.flatMap((key) => live(key, before[key], after[key], key === 'handler' ? '; from the next attempts on' : '')),
    ...discoveryChanges(before, after),
    ...live('guards.max_pending', before.guards.maxPending, after.guards.maxPending).map((change) => ({ ...change, effect: 'restarts' as const, what: `${change.what}; it looks at once` })),
    ...live('guards.daily_cost_limit', before.guards.dailyCostLimit, after.guards.dailyCostLimit),
    ...live('priority.ageing', ageing(before), ageing(after), '; what waits is put in order anew'),
    ...live('window', before.window?.text, after.window?.text),
    ...otherFiles(before.window, after.window),
    ...live('pacing', pace(before.pacing), pace(after.pacing)),
    ...live('guards.item_cost_limit', before.guards.itemCostLimit, after.guards.itemCostLimit),
    ...live('guards.validate', before.guards.validate, after.guards.validate),
    ...live('restart', restarts(before.restart), restarts(after.restart)),
    ...live('restart.stalled_after', formatDuration(before.restart.stalledAfterMs), formatDuration(after.restart.stalledAfterMs)),
    ...breakerChanges(before.breaker, after.breaker),
    ...live('requires.env', before.requires.env, after.requires.env),
    ...live('requires.bin', before.requires.bin, after.requires.bin),
    ...(order(before.stages) === order(after.stages) ? [] : [{ effect: 'live' as const, what: 'its stages stand in another order' }]),
  ];
  return [
    ...own.map((change): ConfigChange => ({ ...change, job: id })),
    ...kept.flatMap(([old, stage]) => stageChanges(old, stage).map((change): ConfigChange => ({ ...change, job: id, stage: stage.name }))),
    ...added.map(({ name }): ConfigChange => ({ effect: 'starts', job: id, stage: name, what: `new; ${getsItems(weights.items(id))}` })),
    ...gone.map(({ name }): ConfigChange => ({ effect: 'parks', job: id, stage: name, what: `taken out; ${itsTasks(weights.openTasks(id, name))}` })),
  ];
}

const restarts = ({ max, withinMs }: RestartSpec): string => `${max} in ${formatDuration(withinMs)}`;

function discoveryChanges({ discovery: before }: JobSpec, { discovery: after }: JobSpec): Said[] {
  const options = new Set([...Object.keys(after.options), ...Object.keys(before.options)]);
  const changes = [
    ...live('discovery.strategy', before.strategy, after.strategy),
    ...live('discovery.every', formatDuration(before.everyMs), formatDuration(after.everyMs)),
    ...[...options].flatMap((option) => live(`discovery.${option}`, before.options[option], after.options[option])),
  ];
  return changes.map(({ what }) => ({ effect: 'restarts', what: `${what}; it looks at once` }));
}

function breakerChanges(before: BreakerSpec, after: BreakerSpec, name = 'breaker'): Said[] {
  const coolDown = ({ coolDown: { baseMs, capMs } }: BreakerSpec) => `${formatDuration(baseMs)}..${formatDuration(capMs)}`;
  return [
    ...live(`${name}.scope`, before.scope, after.scope).map((change) => ({ ...change, effect: 'restarts' as const })),
    ...live(`${name}.systemic`, before.systemic, after.systemic),
    ...live(`${name}.transient`, before.transient, after.transient),
    ...live(`${name}.code_bug`, before.codeBug, after.codeBug),
    ...live(`${name}.cool_down`, coolDown(before), coolDown(after)),
  ];
}

function stageChanges(before: StageSpec, after: StageSpec): Said[] {
  const retry = ({ max, baseMs, capMs }: StageSpec['retry']) => `${max} × ${formatDuration(baseMs)}..${formatDuration(capMs)}`;
  return [
    ...live('needs', before.needs, after.needs),
    ...live('concurrency', before.concurrency, after.concurrency),
    ...live('resource', before.resources, after.resources),
    ...live('timeout', formatDuration(before.timeoutMs), formatDuration(after.timeoutMs), '; from the next attempts on'),
    ...live('retry', retry(before.retry), retry(after.retry)),
    ...live('max_cost', before.maxCost, after.maxCost, '; from the next attempts on'),
    ...live('daily_cost_limit', before.dailyCostLimit, after.dailyCostLimit),
    ...live('isolate', before.isolate, after.isolate, '; from the next attempts on'),
  ];
}

// ---------------------------------------------------------------- beside the jobs

function resourceChanges(before: readonly ResourceSpec[], after: readonly ResourceSpec[]): ConfigChange[] {
  const [added, gone, kept] = compared(before, after, ({ name }) => name);
  return [
    ...kept.flatMap(([old, { name, concurrency, rate, breaker }]): ConfigChange[] => [
      ...live(`resource "${name}": concurrency`, old.concurrency, concurrency),
      ...live(`resource "${name}": rate`, pace(old.rate), pace(rate)),
      ...breakerChanges(old.breaker ?? DEFAULT_BREAKER, breaker ?? DEFAULT_BREAKER, `resource "${name}": breaker`),
    ]),
    ...added.map(({ name, concurrency }): ConfigChange => ({ effect: 'live', what: `resource "${name}": new, with ${counted(concurrency, 'slot')}` })),
    ...gone.map(({ name }): ConfigChange => ({ effect: 'live', what: `resource "${name}": taken out` })),
  ];
}

function modelChanges(before: RuntimeSpec['models'] = {}, after: RuntimeSpec['models']): ConfigChange[] {
  const [added, gone, kept] = compared(Object.entries(before), Object.entries(after), ([alias]) => alias);
  return [
    ...kept.flatMap(([[, old], [alias, model]]) => [...new Set([...Object.keys(model), ...Object.keys(old)] as (keyof ModelSpec)[])].flatMap((key) => live(`model "${alias}": ${key}`, old[key], model[key], '; from the next call on'))),
    ...added.map(([alias, { model }]): ConfigChange => ({ effect: 'live', what: `model "${alias}": new, ${model}` })),
    ...gone.map(([alias]): ConfigChange => ({ effect: 'live', what: `model "${alias}": taken out` })),
  ];
}

/** What a target is made of may be a secret somebody wrote there by mistake: it is not told. */
function notifyChanges(before: NotifySpec = { targets: [] }, after: NotifySpec): ConfigChange[] {
  const [added, gone, kept] = compared(before.targets, after.targets, ({ name }) => name);
  const others = kept.filter(([old, target]) => JSON.stringify(old) !== JSON.stringify(target));
  return [
    ...live('notify.link', before.link, after.link),
    ...others.map(([, { name }]): ConfigChange => ({ effect: 'live', what: `notify: "${name}" is another one` })),
    ...added.map(({ name, kind, minRisk }): ConfigChange => ({ effect: 'live', what: `notify: "${name}" is new, ${kind}, from ${minRisk} risk on` })),
    ...gone.map(({ name }): ConfigChange => ({ effect: 'live', what: `notify: "${name}" is taken out` })),
  ];
}

function httpChanges(job: string, before: Partial<HttpSpec> = {}, after: Partial<HttpSpec> = {}): ConfigChange[] {
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]) as Set<keyof HttpSpec>;
  return [...keys].flatMap((key) => live(`http.${key}`, before[key], after[key], '; from the next request on').map((change) => ({ ...change, job })));
}

function budgetChanges(before: BudgetSpec, after: BudgetSpec): ConfigChange[] {
  return [
    ...live('daily_cost_limit', before.dailyCostLimit, after.dailyCostLimit),
    ...live('doctor.daily_cost_limit', before.doctorCostLimit, after.doctorCostLimit),
    ...live('day.tz', before.tz, after.tz, '; what was spent stays with the day that it was spent on'),
  ];
}

function retentionChanges(before: RetentionSpec, after: RetentionSpec): ConfigChange[] {
  return (Object.keys(after) as (keyof RetentionSpec)[]).flatMap((key) => live(`retention.${key.replace(/Ms$/, '')}`, kept(before[key]), kept(after[key])));
}

/** A calendar or holidays of a window that says the same otherwise. */
function otherFiles(before: WindowSpec | undefined, after: WindowSpec | undefined): Said[] {
  const changed = before && after && before.text === after.text && JSON.stringify(before) !== JSON.stringify(after);
  return changed ? [{ effect: 'live', what: 'window: its files say something else' }] : [];
}

const ageing = ({ ageingMs }: JobSpec): string => (ageingMs === undefined ? 'never' : formatDuration(ageingMs));

/** `10/s`, or `10/s, 20 at once`. */
const pace = (rate: RateSpec | undefined): string | undefined => rate && `${formatRate(rate)}${rate.burst === defaultBurst(rate) ? '' : `, ${rate.burst} at once`}`;

const portChanges = (before: number, after: number): ConfigChange[] =>
  live('inspector.port', before, after, ' unless --port or RIVUS_PORT says otherwise').map((change) => ({ ...change, effect: 'at start' }));

/** `30d`, or `30d and 500000 rows`. */
function kept(value: RetentionSpec[keyof RetentionSpec]): string {
  if (typeof value === 'number') return formatDuration(value);
  const { ageMs, ...limits } = value;
  return `${formatDuration(ageMs)} and ${Object.entries(limits).map(([what, n]) => `${n} ${what}`).join()}`;
}

// ---------------------------------------------------------------- words

function live(name: string, before: unknown, after: unknown, since = ''): (Said & { effect: 'live' })[] {
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ effect: 'live', what: `${name} ${shown(before)} → ${shown(after)}${since}` }];
}

/** Those that are new, those that are gone, and those that are in both. */
function compared<T>(before: readonly T[], after: readonly T[], nameOf: (one: T) => string): [added: T[], gone: T[], kept: [T, T][]] {
  const old = new Map(before.map((one) => [nameOf(one), one]));
  const names = new Set(after.map(nameOf));
  return [
    after.filter((one) => !old.has(nameOf(one))),
    before.filter((one) => !names.has(nameOf(one))),
    after.flatMap((one): [T, T][] => (old.has(nameOf(one)) ? [[old.get(nameOf(one))!, one]] : [])),
  ];
}

const WIDEST = 60;

function shown(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? value.join(', ') : JSON.stringify(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > WIDEST ? `${text.slice(0, WIDEST)}…` : text;
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const getsItems = (n: number): string => (n === 0 ? 'the job has no items yet' : `it gets ${Number.isNaN(n) ? 'the items' : n === 1 ? 'the one item' : `the ${n} items`} of the job`);
const named = (names: readonly string[], what: string): string => `the ${what}${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
const itsItems = (n: number): string => (Number.isNaN(n) ? 'its items are kept and come back with it' : n === 0 ? 'it has no items' : `its ${counted(n, 'item')} ${n === 1 ? 'is' : 'are'} kept and come${n === 1 ? 's' : ''} back with it`);
const itsTasks = (n: number): string => (Number.isNaN(n) ? 'its open tasks are parked and go on when it returns' : n === 0 ? 'none of its tasks is open' : `its ${counted(n, 'open task')} ${n === 1 ? 'is' : 'are'} parked and go${n === 1 ? 'es' : ''} on when it returns`);
