/**
 * A circuit breaker: stops a job before it fails its way through its whole queue, and lets it come back with care.
 *
 *   closed     ── too many failures in a row ──▶ open
 *   open       coolingDown ── time over · secrets.changed ──▶ halfOpen   (an outage: waiting helps; longer each time)
 *              untilMended ── code.loaded ──▶ halfOpen                   (a bug: waiting does not help)
 *              either      ── breaker.released · CLEAR_ERRORS ──▶ halfOpen
 *   closed · halfOpen · ramping ── TRIP ──▶ open
 *   halfOpen   ── the probe succeeds ──▶ ramping                         (one attempt is in flight, not more)
 *              ── the probe fails ──▶ open
 *   ramping    ── 1, 2, 4 … attempts at once have succeeded ──▶ closed
 *              ── too many failures in a row ──▶ open
 *
 * What waited for its working hours begins like that as well: closed ── window.opened ──▶ ramping.
 *
 * Failures are counted per stage and class, and a success forgets those of its own stage: a `fetch` that always succeeds does
 * not hide that every `score` fails. Transient failures and bugs are counted by the items that they hit: an item that no one can
 * fetch is tried until its tries are used up, and holds nobody. A resource that jobs share has a breaker too, where its failures are those of one stage, itself: which
 * failures these are is decided before, see `runtime/resource-health.ts`. How many attempts may be in flight follows from the state: `allowanceOf`.
 */
import { assign, setup, type AnyMachineSnapshot } from 'xstate';
import { z } from 'zod';
import { breakerSpec, DEFAULT_BREAKER, type BreakerSpec, type JobSpec, type ResourceSpec, type StageSpec } from './spec.ts';
import { failure, type Failure, type Run, type Summary } from './stage-worker.ts';
import { timeOf, type Stamped } from './time.ts';

/** For how long an error of its time holds the job when it does not say until when. */
const TEMPORAL_MS = 3_600_000;
/** Failures that are remembered: more than any threshold. */
const MOST_REMEMBERED = 200;

/** Failures that cost a task a try, as long as nobody knows that it is not its fault. */
const CHARGED: readonly Counted['class'][] = ['transient', 'code_bug'];

/** An error of one item alone is none that a breaker counts. */
const kind = failure.shape.class.exclude(['item_specific']);
/** A failure of a streak. */
const counted = z.strictObject({ stage: z.string(), class: kind, itemId: z.number(), fingerprint: z.string() });
type Counted = z.infer<typeof counted>;

/** The failure that opened it, as the last of `count`. `until`: when it is tried again by itself, in ms since the epoch; null: never. */
const opening = counted.omit({ itemId: true }).extend({ version: z.number(), reason: z.string(), since: z.number(), count: z.number(), until: z.number().nullable() });
export type Opening = z.infer<typeof opening>;

export const breakerContext = z.strictObject({
  /** Its job, or the resource that is its own. */
  job: z.string(),
  /** The stages that it guards: all of the job, or one. */
  stages: z.array(z.string()),
  /** The highest concurrency among them: there a slow start ends. */
  width: z.number(),
  spec: breakerSpec,
  /** Failures since the last success of their stage, oldest first, and bugs whatever succeeded since. */
  streak: z.array(counted),
  opened: opening.nullable(),
  /** How often in a row it has opened without being closed between. */
  openings: z.number(),
  /** Attempts at once during a slow start, and how many have succeeded at this width. */
  ramp: z.strictObject({ width: z.number(), succeeded: z.number() }),
});
export type BreakerContext = z.infer<typeof breakerContext>;
type Context = BreakerContext;

/** What it guards, and when it opens. */
export type Guarded = { stages: string[]; width: number; spec: BreakerSpec };

/** The breakers of a job by their ids: one for all its stages, or one for each. */
export function breakersOf({ stages, breaker }: Pick<JobSpec, 'stages' | 'breaker'>): Record<string, Guarded> {
  const guarded = (those: readonly StageSpec[]): Guarded => ({ stages: those.map(({ name }) => name), width: Math.max(...those.map(({ concurrency }) => concurrency)), spec: breaker });
  return breaker.scope === 'job' ? { breaker: guarded(stages) } : Object.fromEntries(stages.map((stage) => [breakerOf({ breaker }, stage.name), guarded([stage])]));
}

/** Id of the breaker that guards a stage. */
export const breakerOf = ({ breaker }: Pick<JobSpec, 'breaker'>, stage: string): string => (breaker.scope === 'job' ? 'breaker' : `breaker/${stage}`);

/** The breakers of what jobs share, by their paths: of each resource that several jobs use. */
export function breakersOfResources({ jobs, resources }: { jobs: readonly JobSpec[]; resources: readonly ResourceSpec[] }): Record<string, Guarded> {
  const usersOf = (name: string) => jobs.map(({ stages }) => stages.filter((stage) => stage.resources.includes(name))).filter((stages) => stages.length > 0);
  const shared = resources.filter(({ name }) => usersOf(name).length > 1);
  const width = ({ name, concurrency }: ResourceSpec) => Math.min(concurrency, usersOf(name).flat().reduce((sum, stage) => sum + stage.concurrency, 0));
  return Object.fromEntries(shared.map((resource) => [breakerOfResource(resource.name), { stages: [resource.name], width: width(resource), spec: resource.breaker ?? DEFAULT_BREAKER }]));
}

/** Ids of the jobs that need a resource. */
export const usersOf = (resource: string, jobs: readonly JobSpec[]): string[] => jobs.filter(({ stages }) => stages.some(({ resources }) => resources.includes(resource))).map(({ id }) => id);

export const breakerOfResource = (name: string): string => `resource/${name}/breaker`;
export const isResourceBreaker = (path: string): boolean => path.startsWith('resource/') && path.endsWith('/breaker');

/** The id under which its job knows it. */
export const idOf = ({ spec, stages }: Guarded): string => breakerOf({ breaker: spec }, stages[0]!);

/** What operators may send, by its type. */
export const breakerOrders = {
  CLEAR_ERRORS: z.strictObject({ type: z.literal('CLEAR_ERRORS') }),
  TRIP: z.strictObject({
    type: z.literal('TRIP'),
    reason: z.string().min(1).max(500).meta({ description: 'Why, for whoever reads it later.' }),
    until: z.number().int().optional().meta({ description: 'When one attempt is tried; an hour from now when it is left out.', format: 'instant' }),
  }),
};
type Trip = z.infer<typeof breakerOrders.TRIP>;

/** Stands for the kind of error where there was none. */
export const BY_HAND = 'by hand';

/** What the doctor says of a kind of error. `until` in ms since the epoch. */
type Given = { stage: string; class: Counted['class']; fingerprint: string; reason: string; until?: number };

export type BreakerEvent = Stamped &
  (
    | ({ type: 'stage.settled' } & Summary)
    | ({ type: 'verdict.given' } & Given)
    | { type: 'code.loaded'; stage: string; version: number }
    | { type: 'secrets.changed'; names: string[] }
    | { type: 'breaker.released' }
    | { type: 'window.opened' }
    | z.infer<typeof breakerOrders.CLEAR_ERRORS>
    | Trip
    | ({ type: 'spec.changed' } & Guarded)
  );

const provided = (name: string) => (): never => {
  throw new Error(`the action "${name}" is provided in actors/`);
};

const base = setup({
  types: { context: {} as Context, input: {} as { at: number; job: string } & Guarded, events: {} as BreakerEvent },
  guards: {
    isTooMuch: ({ context }, summary: Summary) => culprit(context, summary) !== undefined,
    failsStill: ({ context }, summary: Summary) => relapse(context, summary) !== undefined,
    /** Also an error of one item alone is an answer. */
    probeSucceeds: ({ context }, summary: Summary) => decides(context, summary.stage) && summary.runs.some((run) => run.class === 'ok' || run.class === 'item_specific'),
    isWideEnough: ({ context }) => context.ramp.width >= context.width,
    endsByItself: ({ context }) => context.opened!.until !== null,
    hasFailed: ({ context: { opened } }) => !isByHand(opened),
    isOtherCode: ({ context: { opened } }, { stage, version }: { stage: string; version: number }) => !isByHand(opened) && opened?.stage === stage && opened.version !== version,
    isWithoutCulprit: ({ context: { opened } }, { stages }: Guarded) => !isByHand(opened) && !stages.includes(opened!.stage),
  },
  actions: {
    count: assign(({ context }, summary: Summary) => ({ streak: extended(context.streak, summary) })),
    trip: assign(({ context, event }, summary: Summary) => ({ ...tripped(context, culprit(context, summary)!, timeOf(event)), streak: extended(context.streak, summary) })),
    tripAgain: assign(({ context, event }, summary: Summary) => tripped(context, relapse(context, summary)!, timeOf(event))),
    tripAsTold: assign(({ context, event }, { stage, class: kind, fingerprint, reason, until }: Given) =>
      tripped(context, { failure: { stage, class: kind, fingerprint, version: 0, reason, until: until ?? null }, count: 1 }, timeOf(event)),
    ),
    tripByHand: assign(({ context, event }, { reason, until }: Trip) =>
      tripped(context, { failure: { stage: context.stages[0]!, class: 'temporal', fingerprint: BY_HAND, version: 0, reason, until: until ?? null }, count: 1 }, timeOf(event)),
    ),
    forget: assign({ streak: [] }),
    /** The next cool-down is the shortest again. */
    forgive: assign({ openings: 0 }),
    forgetBugs: assign(({ context }, { stage }: { stage: string }) => ({ streak: context.streak.filter((one) => one.stage !== stage || one.class !== 'code_bug') })),
    beginRamp: assign({ opened: null, streak: [], ramp: { width: 1, succeeded: 0 } }),
    /** What was counted stays so. */
    narrow: assign({ ramp: { width: 1, succeeded: 0 } }),
    widen: assign(({ context: { ramp } }, { runs }: Summary) => ({ ramp: widened(ramp, runs) })),
    follow: assign((_, { stages, width, spec }: Guarded) => ({ stages, width, spec })),
    /** What it guards is held: why, and until when. */
    tellOpen: provided('tellOpen'),
    /** What it guards may be tried again, as far as its allowance goes. */
    tellTrying: provided('tellTrying'),
    /** What it guards may run freely again. */
    tellClosed: provided('tellClosed'),
    /** These tasks are ready again, uncharged: it was not their fault. */
    absolve: provided('absolve') as (_: unknown, those: { stage: string; items: readonly number[] }) => void,
  },
  delays: { untilTriedAgain: ({ context, event }) => Math.max(0, context.opened!.until! - timeOf(event)) },
});

const TOLD = { description: 'The doctor knows better what an error means: it is not one item that it concerns.', target: 'open', actions: { type: 'tripAsTold', params: ({ event }: { event: Given }) => event } } as const;

const TRIPPED = { description: 'An operator opens it: nothing more starts until a known time, although nothing has failed.', target: 'open', actions: { type: 'tripByHand', params: ({ event }: { event: Trip }) => event } } as const;

export const breakerMachine = base.createMachine({
  id: 'breaker',
  description: 'Stops a job before it fails its way through its whole queue, and lets it come back with care.',
  context: ({ input: { job, stages, width, spec } }) => ({ job, stages, width, spec, streak: [], opened: null, openings: 0, ramp: { width: 1, succeeded: 0 } }),
  initial: 'closed',
  on: {
    'spec.changed': { description: 'The configuration says something else of it.', actions: { type: 'follow', params: ({ event }) => event } },
  },
  states: {
    closed: {
      description: 'Work flows; failures in a row are counted.',
      on: {
        'stage.settled': [
          { description: 'Too many failures in a row.', guard: { type: 'isTooMuch', params: ({ event }) => event }, target: 'open', actions: { type: 'trip', params: ({ event }) => event } },
          { description: 'Counted.', actions: { type: 'count', params: ({ event }) => event } },
        ],
        'verdict.given': TOLD,
        'code.loaded': { description: 'Other code: its bugs are counted anew.', actions: { type: 'forgetBugs', params: ({ event }) => event } },
        'window.opened': { description: 'Its working hours begin: what has waited for them does not begin all at once.', target: 'ramping', actions: ['narrow', 'tellTrying'] },
        'breaker.released': { description: 'It began anew while what it guards was held for it: it comes back slowly.', target: 'ramping', actions: ['beginRamp', 'tellTrying'] },
        CLEAR_ERRORS: { description: 'Forget what was counted.', actions: 'forget' },
        TRIP: TRIPPED,
      },
    },
    open: {
      description: 'Nothing is started: it would fail too.',
      entry: ['tellOpen', { type: 'absolve', params: ({ context }) => victims(context) }, 'forget'],
      initial: 'untilMended',
      on: {
        'breaker.released': { description: 'An operator resumes, or the time of the hold is over.', target: 'halfOpen' },
        'stage.settled': { description: 'What was in flight has ended; what fails in the same way is not charged.', actions: { type: 'absolve', params: ({ context, event }) => victims({ ...context, streak: failuresOf(event) }) } },
        'code.loaded': { description: 'Other code than that which failed.', guard: { type: 'isOtherCode', params: ({ event }) => event }, target: 'halfOpen', actions: 'forgive' },
        'spec.changed': { description: 'What failed is no stage any more.', guard: { type: 'isWithoutCulprit', params: ({ event }) => event }, target: 'halfOpen', actions: { type: 'follow', params: ({ event }) => event } },
        CLEAR_ERRORS: { description: 'An operator says that it is mended.', target: 'halfOpen', actions: 'forgive' },
      },
      states: {
        untilMended: {
          description: 'A bug: it is tried again with other code, or when an operator says so.',
          always: { description: 'It is an outage.', guard: 'endsByItself', target: 'coolingDown' },
        },
        coolingDown: {
          description: 'An outage: it is tried again at a known time.',
          after: { untilTriedAgain: { description: 'The wait is over; it doubles with each opening.', target: '#breaker.halfOpen' } },
          on: { 'secrets.changed': { description: 'Another key may open the door.', guard: 'hasFailed', target: '#breaker.halfOpen', actions: 'forgive' } },
        },
      },
    },
    halfOpen: {
      description: 'One attempt at a time, as a probe: the next one of the stage that failed decides.',
      entry: 'tellTrying',
      on: {
        'stage.settled': [
          { description: 'It fails still: a probe is a try as any other, and charged.', guard: { type: 'failsStill', params: ({ event }) => event }, target: 'open', actions: { type: 'tripAgain', params: ({ event }) => event } },
          { description: 'Another stage fails too often.', guard: { type: 'isTooMuch', params: ({ event }) => event }, target: 'open', actions: { type: 'trip', params: ({ event }) => event } },
          { description: 'It works again.', guard: { type: 'probeSucceeds', params: ({ event }) => event }, target: 'ramping', actions: 'beginRamp' },
          { description: 'Another stage: counted.', actions: { type: 'count', params: ({ event }) => event } },
        ],
        TRIP: TRIPPED,
        CLEAR_ERRORS: { description: 'An operator wants no probe.', target: 'closed', actions: ['beginRamp', 'forgive', 'tellClosed'] },
      },
    },
    ramping: {
      description: 'It comes back slowly: 1, 2, 4 … attempts at once, so that the service is not run over.',
      always: { description: 'As many as may be have succeeded.', guard: 'isWideEnough', target: 'closed', actions: ['forgive', 'tellClosed'] },
      on: {
        'stage.settled': [
          { description: 'It fails again.', guard: { type: 'isTooMuch', params: ({ event }) => event }, target: 'open', actions: { type: 'trip', params: ({ event }) => event } },
          { description: 'Twice as many when all of them have succeeded.', actions: [{ type: 'count', params: ({ event }) => event }, { type: 'widen', params: ({ event }) => event }] },
        ],
        'verdict.given': TOLD,
        TRIP: TRIPPED,
        CLEAR_ERRORS: { description: 'An operator wants no slow start.', target: 'closed', actions: ['forget', 'forgive', 'tellClosed'] },
      },
    },
  },
});

/** Most attempts of all its stages that may be in flight at once; null: as many as the configuration allows. */
export function allowanceOf({ value, context }: Pick<AnyMachineSnapshot, 'value' | 'context'>): number | null {
  if (value === 'closed') return null;
  if (value === 'ramping') return (context as Context).ramp.width;
  return value === 'halfOpen' ? 1 : 0;
}

/** Whether there is anything that CLEAR_ERRORS would clear. */
export const hasErrors = ({ value, context }: { value: unknown; context: unknown }): boolean => value !== 'closed' || (context as Context).streak.length > 0;

/** `3 systemic failures in a row at score: HttpError: 401` */
export function reasonOf({ class: kind, stage, count, reason, fingerprint }: Opening): string {
  if (fingerprint === BY_HAND) return `tripped by hand: ${reason}`;
  const inARow = count === 1 ? `a ${kind} failure` : `${count} ${kind} failures in a row`;
  const what = { temporal: 'not now', transient: inARow, systemic: inARow, code_bug: count === 1 ? 'a bug' : `the same bug in ${count} items` }[kind];
  return `${what} at ${stage}: ${reason}`;
}

// ---------------------------------------------------------------- counting

/** What has a hold of its own is not for a breaker to judge. */
const isJudged = (one: Failure): one is Failure & { class: Counted['class'] } => one.hold === undefined && one.class !== 'item_specific';

const countedOf = (stage: string, { class: kind, itemId, fingerprint }: Failure & { class: Counted['class'] }): Counted => ({ stage, class: kind, itemId, fingerprint });

const failuresOf = ({ stage, failures = [] }: Summary): Counted[] => failures.filter(isJudged).map((one) => countedOf(stage, one));

/** With the failures of one more summary; of those that a success followed only the bugs count. */
function extended(streak: readonly Counted[], { stage, runs, failures = [] }: Summary): Counted[] {
  const lastSuccess = runs.findLastIndex((run) => run.class === 'ok');
  const before = runs.slice(0, lastSuccess + 1).reduce((n, run) => n + (run.class === 'ok' ? 0 : run.n), 0);
  const kept = streak.filter((one) => lastSuccess < 0 || one.stage !== stage || one.class === 'code_bug');
  const fresh = failures.filter((one, index) => index >= before || one.class === 'code_bug').filter(isJudged);
  return [...kept, ...fresh.map((one) => countedOf(stage, one))].slice(-MOST_REMEMBERED);
}

const isLike = ({ stage, class: kind, fingerprint }: Omit<Counted, 'itemId'>) => (one: Counted) => one.stage === stage && one.class === kind && (kind !== 'code_bug' || one.fingerprint === fingerprint);

/** How many are like it: failures of a service that refuses, and items where the fault may be the item's own. */
function countOf(streak: readonly Counted[], failed: Omit<Counted, 'itemId'>): number {
  const like = streak.filter(isLike(failed));
  return failed.class === 'systemic' ? like.length : new Set(like.map(({ itemId }) => itemId)).size;
}

/** So many of a class, and it opens. */
const mostOf = ({ systemic, transient, codeBug }: BreakerSpec, of: Counted['class']): number => ({ temporal: 1, systemic, transient, code_bug: codeBug })[of];

/** What stands counted against its thresholds: each stage and class, of bugs each kind; what is nearest to opening it first. */
export function tallyOf({ streak, spec }: Pick<Context, 'streak' | 'spec'>): { stage: string; class: Counted['class']; fingerprint: string; count: number; most: number }[] {
  const kinds = streak.filter((one, n) => streak.findIndex(isLike(one)) === n);
  const tally = kinds.map(({ itemId: _, ...one }) => ({ ...one, count: countOf(streak, one), most: mostOf(spec, one.class) }));
  return tally.toSorted((a, b) => b.count / b.most - a.count / a.most);
}

type Culprit = { failure: Omit<Opening, 'since' | 'count' | 'until'> & Pick<Failure, 'until'>; count: number };

const culpritOf = (stage: string, { class: kind, fingerprint, version, reason, until }: Failure & { class: Counted['class'] }, count: number): Culprit => ({ failure: { stage, class: kind, fingerprint, version, reason, until }, count });

/** The failure by which it is too much, with how many of its kind. */
function culprit({ spec, streak }: Context, summary: Summary): Culprit | undefined {
  const { stage, failures = [] } = summary;
  const now = extended(streak, summary);
  for (const failed of failures.filter(isJudged).toReversed()) {
    const count = failed.class === 'temporal' ? 1 : countOf(now, countedOf(stage, failed));
    if (count >= mostOf(spec, failed.class)) return culpritOf(stage, failed, count);
  }
  return undefined;
}

const isByHand = (opened: Context['opened']): boolean => opened?.fingerprint === BY_HAND;

/** Whether a stage is the one that is probed; any, where that is no more, or where none has failed. */
const decides = ({ opened, stages }: Context, stage: string) => isByHand(opened) || stage === opened!.stage || !stages.includes(opened!.stage);

/** Of a probe one failure is enough. */
function relapse(context: Context, { stage, failures = [] }: Summary): Culprit | undefined {
  const failed = decides(context, stage) ? failures.find(isJudged) : undefined;
  return failed && culpritOf(stage, failed, 1);
}

function tripped({ spec, openings }: Context, { failure, count }: Culprit, at: number): Pick<Context, 'opened' | 'openings'> {
  const { baseMs, capMs } = spec.coolDown;
  const cooled = Math.max(at + Math.min(capMs, baseMs * 2 ** openings), failure.until ?? 0);
  const until = { temporal: failure.until ?? at + TEMPORAL_MS, code_bug: null, systemic: cooled, transient: cooled }[failure.class];
  return { opened: { ...failure, since: at, count, until }, openings: openings + (failure.class === 'temporal' ? 0 : 1) };
}

/** The items of a streak that were charged for what opened it, one for each failure. */
const victims = ({ opened, streak }: Context) => ({ stage: opened!.stage, items: CHARGED.includes(opened!.class) ? streak.filter(isLike(opened!)).map(({ itemId }) => itemId) : [] });

// ---------------------------------------------------------------- a slow start

function widened({ width, succeeded }: Context['ramp'], runs: readonly Run[]): Context['ramp'] {
  if (runs.some((run) => run.class !== 'ok' && run.class !== 'item_specific')) return { width, succeeded: 0 };
  const now = succeeded + runs.reduce((n, run) => n + (run.class === 'ok' ? run.n : 0), 0);
  return now < width ? { width, succeeded: now } : widened({ width: width * 2, succeeded: now - width }, []);
}
