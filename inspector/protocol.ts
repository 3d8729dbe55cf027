/**
 * The one protocol of browser, CLI and agents: what may be sent to a runner, what comes back, and the shapes of what
 * is read. Times are ms since the epoch, money is US dollars, `seq` is a number of the journal.
 *
 *   client → runner   {id, command} · {id, query}
 *   runner → client   hello · patch · {id, ok: true, …} · {id, ok: false, code, message, accepted}
 *
 * The union of commands is closed and every frame is strict. Raw XState events never come from the wire: SEND takes
 * operator events only, and those are written in SCREAMING_CASE.
 */
import { z } from 'zod';
import type { HoldCause } from '../machines/lifecycle.ts';

/** Raised when a frame changes so that an older client would misread it. */
export const PROTOCOL_VERSION = 1;
/** Longest frame from a client, in bytes. */
export const MAX_FRAME_BYTES = 16 * 1024;

// ---------------------------------------------------------------- commands

const TASK_STATES = ['blocked', 'ready', 'waiting', 'running', 'done', 'skipped', 'rejected', 'failed', 'dead'] as const;
const name = z.string().min(1).max(64);
const path = z.string().min(1).max(256);
const sentence = z.string().min(1).max(500);
const instant = z.number().int().min(0).max(8.64e15);
const itemId = z.number().int().positive();
const priority = z.number().min(-1e15).max(1e15);

/** One thing for a job to work on, as `jobctl add` reads it from a line. */
export const newItem = z.strictObject({
  key: z.string().min(1).max(1024),
  data: z.unknown().default({}),
  priority: priority.optional(),
  title: z.string().max(500).optional(),
});
export type NewItem = z.infer<typeof newItem>;

/** One thing for `POST /items`: an address, which finds its job by what the jobs accept, or an item of a job that is named. */
export const itemRequest = z
  .strictObject({
    url: z.string().min(1).max(4096).optional(),
    job: name.optional(),
    key: newItem.shape.key.optional(),
    data: z.unknown().optional(),
    title: newItem.shape.title,
    priority: newItem.shape.priority,
  })
  .check(({ value: { url, job, key, data }, issues }) => {
    const refuse = (message: string) => issues.push({ code: 'custom', input: url ?? key, message });
    if ((url === undefined) === (key === undefined)) refuse('needs either a url, or a job and a key');
    else if (key !== undefined && job === undefined) refuse('a key needs its job beside it');
    else if (url !== undefined && data !== undefined) refuse('data belong to a key; with a url Rivus makes them');
  });
export type ItemRequest = z.infer<typeof itemRequest>;
/** One, or a list of them. */
export const itemsRequest = z.preprocess((body) => [body].flat(), z.array(itemRequest).min(1).max(1000));

/** Where one went. `pattern`: of the job that accepted an address. `known`: the job had it before. */
export type ItemAdded = { job: string; key: string; url?: string; pattern?: string; known?: boolean };
/** All were taken, or none: `problems` has one for each that cannot be. */
export type ItemsAnswer = { ok: true; items: ItemAdded[] } | { ok: false; code: string; message: string; problems?: { index: number; code: string; message: string }[] };

const number = z.enum(['<', '<=', '=', '>=', '>']);
/** Half a filter of tasks: several are joined by "and". `~` is a part of an error, or a glob over a key. `age`: ms since the item was found. */
export const condition = z.discriminatedUnion('field', [
  z.strictObject({ field: z.literal('state'), is: z.enum(['=', '!=']), value: z.enum(TASK_STATES) }),
  z.strictObject({ field: z.literal('error'), is: z.enum(['~', '!~']), value: z.string().min(1).max(200) }),
  z.strictObject({ field: z.literal('key'), is: z.enum(['~', '=', '!=']), value: z.string().min(1).max(1024) }),
  z.strictObject({ field: z.literal('fingerprint'), is: z.literal('='), value: z.string().regex(/^[0-9a-f]{12}$/, 'must be 12 hex digits') }),
  z.strictObject({ field: z.literal('priority'), is: number, value: priority }),
  z.strictObject({ field: z.literal('attempts'), is: number, value: z.number().int().min(0) }),
  z.strictObject({ field: z.literal('age'), is: z.enum(['<', '>']), value: z.number().int().min(0) }),
]);
export type Condition = z.infer<typeof condition>;

const operatorEvent = z.looseObject({ type: z.string().max(64).regex(/^[A-Z][A-Z0-9_]*$/, 'must be SCREAMING_CASE: other events are not for operators') });
const items = z.array(itemId).min(1).max(1000);
/** `downstream`: the stages that need these run again too. */
const onTasks = { job: name, stage: name.optional(), items: items.optional(), where: z.array(condition).min(1).max(8).optional(), downstream: z.boolean().optional() };

export const command = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('PAUSE'), job: name, reason: sentence, until: instant.optional() }).describe('Nothing more of the job starts; what runs finishes.'),
  z.strictObject({ type: z.literal('RESUME'), job: name, force: z.boolean().default(false) }).describe('Lifts the holds an operator may lift; with force all of them.'),
  z.strictObject({ type: z.literal('DRAIN'), job: name }).describe('What is in flight finishes, then the job rests.'),
  z.strictObject({ type: z.literal('WAKE'), job: name }).describe('Looks for work now.'),
  z.strictObject({ type: z.literal('CLEAR_ERRORS'), job: name }).describe('Has an open circuit breaker try one attempt at once, closes one that tries, and forgets what was counted.'),
  z.strictObject({ type: z.literal('RETRY'), ...onTasks }).describe('Failed and dead tasks become ready.'),
  z.strictObject({ type: z.literal('RESET'), ...onTasks }).describe('As RETRY, and also what waits, was skipped or rejected.'),
  z.strictObject({ type: z.literal('REPROCESS'), ...onTasks }).describe('Also what is done runs again; its output stays until replaced.'),
  z.strictObject({ type: z.literal('PRIORITY'), job: name, items, priority }).describe('The items come earlier (lower) or later.'),
  z.strictObject({ type: z.literal('RECLASSIFY'), fingerprint: z.string().regex(/^[0-9a-f]{12}$/, 'must be 12 hex digits'), class: z.enum(['transient', 'item_specific', 'temporal', 'systemic', 'code_bug']), reason: sentence.optional() }).describe('This kind of error means that, from now on.'),
  z.strictObject({ type: z.literal('ADD'), job: name, items: z.array(newItem).min(1).max(1000) }).describe('New items by hand; known keys are counted.'),
  z.strictObject({ type: z.literal('RELOAD'), dryRun: z.boolean().default(false) }).describe('Reads jobs.yaml and the code of the handlers again; with dryRun it only says what would follow.'),
  z.strictObject({ type: z.literal('STOP') }).describe('Stops the runner; what runs gets its grace period.'),
  z.strictObject({ type: z.literal('REWIND'), path, to: z.number().int().min(1) }).describe('The actor goes on from the state that it had after an entry of the journal.'),
  z.strictObject({ type: z.literal('SEND'), path, event: operatorEvent }).describe('Any event that the actor accepts from an operator.'),
]);
export type Command = z.infer<typeof command>;
export type CommandType = Command['type'];
export const COMMAND_TYPES: readonly CommandType[] = command.options.map((option) => option.shape.type.value);

/** Reads that need the live runner; everything else is read from the store. */
export const query = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('status') }),
  z.strictObject({ type: z.literal('actor'), path }),
  z.strictObject({ type: z.literal('why'), job: name.optional(), stage: name.optional(), item: itemId.optional() }),
  z.strictObject({ type: z.literal('actors') }),
  z.strictObject({ type: z.literal('chart'), machine: name }),
  z.strictObject({ type: z.literal('events'), path: path.optional(), types: z.array(z.string().min(1).max(128)).min(1).max(32).optional(), before: z.number().int().min(1).optional(), limit: z.number().int().min(1).max(500).default(200) }),
  z.strictObject({ type: z.literal('items'), job: name, stage: name.optional(), state: z.enum(TASK_STATES).optional(), after: itemId.optional(), limit: z.number().int().min(1).max(500).default(100) }),
  z.strictObject({ type: z.literal('item'), id: itemId }),
  /** From now on `moved` frames come of this actor, and of no other; null ends it. */
  z.strictObject({ type: z.literal('watch'), path: path.nullable() }),
]);
export type Query = z.infer<typeof query>;

/** Chosen by the client. A command that comes again under the same id is not executed again: its answer is. */
export const frameId = z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -');
export const commandFrame = z.strictObject({ id: frameId, command });
export const queryFrame = z.strictObject({ id: frameId, query });
export type ClientFrame = z.infer<typeof commandFrame> | z.infer<typeof queryFrame>;

// ---------------------------------------------------------------- what is read

const CAUSES = ['operator', 'breaker', 'guard', 'supervision', 'budget', 'window', 'requirement'] as const satisfies readonly HoldCause[];

/** Why a job is held. Without `until` it stays until it is lifted. */
export const holdView = z.object({ cause: z.enum(CAUSES), reason: z.string(), since: instant, until: instant.optional() });
export type HoldView = z.infer<typeof holdView>;

const count = z.number().int().min(0);
export const stageView = z.object({
  name: z.string(),
  /** Of its worker; left out when it has none. */
  state: z.string().optional(),
  concurrency: count,
  /** Stages that it waits for; left out when that is the one before it, or none for the first. */
  needs: z.array(z.string()).optional(),
  blocked: count,
  ready: count,
  waiting: count,
  running: count,
  done: count,
  skipped: count,
  rejected: count,
  failed: count,
  dead: count,
  stale: count,
  /** Duration of recent attempts; left out when there were none. */
  p50Ms: z.number().optional(),
  p95Ms: z.number().optional(),
});
export type StageView = z.infer<typeof stageView>;

export const JOB_STATES = ['running', 'paused', 'draining', 'drained', 'archived'] as const;
export const jobView = z.object({
  id: z.string(),
  emoji: z.string().optional(),
  pipeline: z.string().optional(),
  state: z.enum(JOB_STATES),
  holds: z.array(holdView),
  /** All holds in one line, or null. */
  reason: z.string().nullable(),
  /** When the last hold ends by itself; null when nothing holds the job, or a hold does not end by itself. */
  resumeAt: instant.nullable(),
  /** US dollars that today's attempts and calls have cost, as far as is known. */
  costToday: z.number(),
  /** US dollars that are reserved for what is under way; they count as spent until they are not. */
  reservedToday: z.number(),
  /** Calls of today of which nobody knows the price: a limit cannot hold while there are any. */
  unpricedToday: count,
  dailyCostLimit: z.number().nullable(),
  /** The limit may be overrun by what a stage costs that says so only afterwards: nothing declares the most that it can cost. */
  softLimit: z.boolean(),
  /** Left out while the job has no discovery actor. */
  discovery: z.object({ state: z.string(), nextAt: instant.nullable(), lastFound: z.number().nullable() }).optional(),
  /** Left out where jobs.yaml limits nothing. */
  guards: z.object({ state: z.string() }).optional(),
  /** `stages`: with a breaker for each stage, those that are not closed. */
  breaker: z.object({ state: z.string(), stages: z.record(z.string(), z.string()).optional() }),
  stages: z.array(stageView),
  /** What died and does not live again yet; `child` is '' for the job itself. Left out when there is nothing. */
  down: z.array(z.object({ child: z.string(), error: z.string(), since: instant, until: instant.nullable() })).optional(),
  /** Stages that jobs.yaml no longer has, with their tasks that have not ended well: these go on when the stage returns. Left out when there are none. */
  parked: z.array(z.object({ stage: z.string(), tasks: count })).optional(),
});
export type JobView = z.infer<typeof jobView>;

export const COSTS_BY = ['job', 'stage', 'model', 'day'] as const;
export type CostsBy = (typeof COSTS_BY)[number];
/** US dollars. `costUsd` is what was settled and what was lost; `lostUsd`, the part of it that nobody can say any more whether it was spent. */
const sums = { costUsd: z.number(), lostUsd: z.number(), reservedUsd: z.number(), unpriced: count };
/** `calls`, `tokensIn`, `tokensOut`: of a model; what was spent otherwise has no `model`. */
export const costView = z.object({
  job: z.string().optional(), stage: z.string().optional(), day: z.string().optional(), model: z.string().optional(), ...sums, dailyCostLimit: z.number().optional(),
  calls: count.optional(), tokensIn: count.optional(), tokensOut: count.optional(),
});
export type CostView = z.infer<typeof costView>;
/** Days as `2026-11-24`, in the zone `tz`; `until`: when today ends there. `dailyCostLimit`: of all jobs together. */
export const costsView = z.object({
  by: z.enum(COSTS_BY), from: z.string(), to: z.string(), tz: z.string(), until: instant, dailyCostLimit: z.number().nullable(), costs: z.array(costView), total: z.object(sums),
});
export type CostsView = z.infer<typeof costsView>;

export const runnerView = z.object({
  /** `degraded`: it answers, and nothing new starts until what `reason` says has passed. */
  state: z.enum(['running', 'degraded', 'stopped']),
  reason: z.string().optional(),
  since: instant.optional(),
  pid: z.number().int().optional(),
  bootId: z.string().optional(),
  uptimeMs: z.number().optional(),
  url: z.string().optional(),
});
export type RunnerView = z.infer<typeof runnerView>;

/**
 * How jobs.yaml and what runs stand to each other. `problems`: why the file, as it was at `readAt`, is not used.
 * `revision`: number and time of the text in force.
 */
export const configView = z.object({ state: z.enum(['inForce', 'refused']), readAt: instant, problems: z.string().optional(), revision: z.object({ id: z.number().int(), at: instant }).optional() });
export type ConfigView = z.infer<typeof configView>;

/** A stored state that could not be used: its actor began anew. `version`: of the machine that stored it. `snapshot`: what was stored, as text. */
export const asideView = z.object({ id: z.number().int(), at: instant, path: z.string(), reason: z.string(), version: z.number(), snapshot: z.string().optional() });
export type AsideView = z.infer<typeof asideView>;

/** What jobs share. `holders`: stages with slots of it; `waiters`: stages that wait for it, the longest first, or for which it is kept until they have what they lack. */
export const resourceView = z.object({
  name: z.string(),
  state: z.string(),
  concurrency: count,
  taken: count,
  /** At most `count` starts in every `perMs` ms, `burst` at once. */
  rate: z.object({ count: z.number(), perMs: z.number(), burst: z.number() }).optional(),
  holders: z.array(z.object({ job: z.string(), stage: z.string(), slots: count })),
  waiters: z.array(z.object({ job: z.string(), stage: z.string(), since: instant, lacks: z.array(z.string()).optional() })),
});
export type ResourceView = z.infer<typeof resourceView>;

/** Without `config` nothing has run in this folder yet. `aside`: of the last start; left out when there is none. */
/** What could not be told to a target: `waiting` are tried again, `failed` were given up within a day. */
export const undeliveredView = z.object({ target: z.string(), waiting: count, failed: count, reason: z.string(), nextAt: instant.nullable() });
export type UndeliveredView = z.infer<typeof undeliveredView>;

export const statusView = z.object({ runner: runnerView, jobs: z.array(jobView), config: configView.optional(), resources: z.array(resourceView).optional(), aside: z.array(asideView).optional(), undelivered: z.array(undeliveredView).optional() });
export type StatusView = z.infer<typeof statusView>;

export const taskState = z.enum(TASK_STATES);

const errorView = z.object({ name: z.string(), message: z.string(), code: z.string().optional() });
/** One task of an item. `attempts` counts its starts. */
export const taskView = z.object({
  state: taskState,
  attempts: count,
  error: errorView.optional(),
  /** A sentence that says why it is where it is, where that is no error. */
  reason: z.string().optional(),
  dueAt: instant.optional(),
  costUsd: z.number().optional(),
  /** US dollars that are reserved for the attempt that runs. */
  reservedUsd: z.number().optional(),
  /** jobs.yaml no longer has its stage. */
  parked: z.literal(true).optional(),
});
export type TaskView = z.infer<typeof taskView>;

export const itemView = z.object({ id: itemId, key: z.string(), title: z.string().nullable(), priority: z.number(), stages: z.record(z.string(), taskView) });
export type ItemView = z.infer<typeof itemView>;
/** `next`, when there are more, is what to give as `after` for the next page. */
export const itemsView = z.object({ items: z.array(itemView), next: itemId.optional() });
export type ItemsView = z.infer<typeof itemsView>;

export const attemptView = z.object({
  stage: z.string(),
  attempt: count,
  outcome: z.enum(['done', 'skipped', 'rejected', 'deferred', 'failed', 'interrupted', 'crashed']),
  /** Whether it counted as a try. */
  charged: z.boolean(),
  startedAt: instant,
  finishedAt: instant.nullable(),
  class: z.string().optional(),
  error: errorView.optional(),
  reason: z.string().optional(),
  costUsd: z.number().optional(),
  /** Hash of the bundle that ran. */
  bundle: z.string().optional(),
  outputSeq: z.number().int().optional(),
  /** Of one that failed: the entry of the journal that told of it. */
  told: z.number().int().optional(),
  artifacts: z.array(z.object({ name: z.string(), hash: z.string(), bytes: count, media: z.string() })).optional(),
});
export type AttemptView = z.infer<typeof attemptView>;

/**
 * A call of a model. `costUsd` is null where nobody knows the price; `assumed`: it is the most that the call can have cost. `kept`: answered from
 * what was paid before. `outcome`: `ok`, or a word for what went wrong.
 */
export const callView = z.object({
  stage: z.string(),
  attempt: count,
  at: instant,
  kind: z.enum(['text', 'object', 'transcribe']),
  alias: z.string(),
  model: z.string(),
  tokensIn: count.nullable(),
  tokensOut: count.nullable(),
  tokensCached: count.nullable(),
  seconds: z.number().nullable(),
  costUsd: z.number().nullable(),
  assumed: z.boolean(),
  kept: z.boolean(),
  outcome: z.string(),
  requestId: z.string().nullable(),
  ms: z.number(),
});
export type CallView = z.infer<typeof callView>;

/** Everything about one item: its tasks with their current outputs, its attempts in the order in which they started. */
export const itemDetail = z.object({
  id: itemId,
  job: z.string(),
  key: z.string(),
  title: z.string().nullable(),
  priority: z.number(),
  data: z.unknown(),
  createdAt: instant,
  stages: z.record(z.string(), taskView.extend({ output: z.unknown().optional() })),
  attempts: z.array(attemptView),
  /** The newest last; left out where no model was asked. */
  calls: z.array(callView).optional(),
});
export type ItemDetail = z.infer<typeof itemDetail>;

const pollView = z.object({ at: instant, found: z.object({ new: count, seen: count, filtered: count }).optional(), error: errorView.optional() });
export type PollView = z.infer<typeof pollView>;
const seenKeyView = z.object({
  key: z.string(),
  decision: z.enum(['new', 'seen', 'filtered', 'over_max_pending']),
  reason: z.string().optional(),
  times: count,
  firstAt: instant,
  lastAt: instant,
  item: itemId.optional(),
});
export type SeenKeyView = z.infer<typeof seenKeyView>;
/** How a job looks for work: its last polls, the newest first, and the keys that were met last. `decisions` counts all keys. */
export const discoveryView = z.object({
  job: z.string(),
  strategy: z.string(),
  everyMs: z.number(),
  state: z.string(),
  nextAt: instant.nullable(),
  /** Failed polls in a row. */
  failures: count,
  error: errorView.nullable(),
  polls: z.array(pollView),
  decisions: z.record(z.string(), count),
  keys: z.array(seenKeyView),
});
export type DiscoveryView = z.infer<typeof discoveryView>;

/** Everything that can keep a thing from moving, and the states in which nothing has to. */
export const EXPLAINED = [
  'runner_stopped', 'disk_full', 'archived', 'draining', 'restarting', ...CAUSES, 'unloadable', 'outdated', 'parked',
  'discovery_full', 'discovery_backing_off', 'began_anew',
  'dependency', 'backing_off', 'deferred', 'failed', 'dead', 'rejected', 'skipped',
  'runs_alone', 'concurrency_full', 'resource_full', 'resource_rate', 'pacing', 'queued', 'running', 'done', 'nothing_to_do',
] as const;
/** Why something does not move. `todo`: lines for a terminal, each of which helps; `advice`: what to do by hand before them. */
export const explanation = z.object({
  /** `papers`, `papers fetch`, `item 12 at fetch`. */
  what: z.string(),
  cause: z.enum(EXPLAINED),
  reason: z.string(),
  since: instant.optional(),
  clearsItself: z.boolean(),
  until: instant.optional(),
  advice: z.string().optional(),
  todo: z.array(z.string()),
  /** Why what it waits for does not move itself. */
  get because() {
    return z.array(explanation).optional();
  },
});
export type Explanation = z.infer<typeof explanation>;
export const whyView = z.object({ explanations: z.array(explanation) });
export type WhyView = z.infer<typeof whyView>;

/**
 * One event that operators may send to an actor; `reason` says why it would not be taken now, `because` which guards stand in the
 * way. A guard that reads what the event holds is only asked when it comes.
 */
export const offer = z.object({ event: z.string(), accepted: z.boolean(), reason: z.string().optional(), because: z.array(z.object({ guard: z.string(), is: z.boolean() })).optional(), description: z.string().optional() });
export type Offer = z.infer<typeof offer>;

/** What a parent remembers of a child that died: `nextAt` is when it is started again; null when somebody has to look first, left out while it lives. */
export const restartsView = z.object({ count, lastAt: instant, error: z.string(), nextAt: instant.nullable().optional() });
export type RestartsView = z.infer<typeof restartsView>;

/**
 * `active`: ids of the states it is in. `accepts`: the operator events that it would take now; `offers`: all of them, with
 * reasons. Only a living actor can tell what it would take.
 */
export const actorView = z.object({
  path: z.string(),
  machine: z.string(),
  version: z.number(),
  value: z.unknown(),
  context: z.unknown(),
  active: z.array(z.string()).optional(),
  accepts: z.array(z.string()),
  offers: z.array(offer).optional(),
  /** Left out when it never died. One that is dead has no machine and no state. */
  restarts: restartsView.optional(),
  /** Its stored states that could not be used, the newest first. */
  aside: z.array(asideView).optional(),
});
export type ActorView = z.infer<typeof actorView>;

/** One actor among all: its state in a word, and what it was told last. */
export const actorLine = z.object({
  path: z.string(),
  machine: z.string().optional(),
  state: z.string(),
  restarts: restartsView.optional(),
  last: z.object({ seq: z.number().int(), at: instant, type: z.string() }).optional(),
});
export type ActorLine = z.infer<typeof actorLine>;

/** Every actor, parents before their children. */
export const actorsView = z.object({ actors: z.array(actorLine) });
export type ActorsView = z.infer<typeof actorsView>;

/** One line of the journal. `cause` is the seq of the event that led to this one. */
export const eventView = z.object({
  seq: z.number().int(),
  at: instant,
  path: z.string(),
  event: z.looseObject({ type: z.string() }),
  source: z.string().nullable(),
  cause: z.number().int().nullable(),
});
export type EventView = z.infer<typeof eventView>;

/** The newest first. `next`, when there may be more, is what to give as `before`; where types are rare a page may be short, or empty, and have one. */
export const eventsView = z.object({ events: z.array(eventView), next: z.number().int().optional() });
export type EventsView = z.infer<typeof eventsView>;

// ---------------------------------------------------------------- charts

/**
 * What makes a transition happen. `internal` events come from other actors, `operator` ones also from people; `done` and `error` from a
 * child that ended, or from a state whose last one was reached; `wildcard` stands for all that begin so.
 */
export const TRANSITION_KINDS = ['operator', 'internal', 'after', 'always', 'done', 'error', 'wildcard'] as const;

/** A guard or an action. `params`: given with it; `dynamic`: made from event and context. `of`: the parts of `and`, `or` and `not`. */
export type ChartCall = { name: string; params?: unknown; dynamic?: true; of?: ChartCall[] };

/** One way out of a state, or an effect within it. Ids of states are those of XState: `lifecycle.pause.paused`. */
export type ChartTransition = {
  kind: (typeof TRANSITION_KINDS)[number];
  /** The event's type; for `after` the name of the delay, or its ms; '' for `always`. */
  event: string;
  /** States that it leads to; none when the state stays as it is. */
  targets: string[];
  guard?: ChartCall;
  actions: ChartCall[];
  /** Leaves the state and enters it again, although the target lies within. */
  reenter: boolean;
  /** The event is taken here, and nothing comes of it: no state around hears of it. */
  forbidden?: true;
  description?: string;
  meta?: unknown;
};

export type ChartState = {
  id: string;
  key: string;
  type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Id of the state that is entered first; of a history state, as long as there is no past. */
  initial?: string;
  initialActions?: ChartCall[];
  history?: 'shallow' | 'deep';
  description?: string;
  meta?: unknown;
  tags: string[];
  entry: ChartCall[];
  exit: ChartCall[];
  invokes: { id: string; src: string; systemId?: string }[];
  /** In the order in which they are tried. */
  transitions: ChartTransition[];
  states: ChartState[];
};

/** A machine as data: all that is needed to draw it. `version` is that of its snapshots. */
export type Chart = { machine: string; version: number; root: ChartState };

/** In CSS px, from the top left corner of the chart. */
export type Box = { x: number; y: number; width: number; height: number };
/** What stands in the box of a state below its name. `index`: of a transition that leads nowhere else, among those of the state. */
export type ChartLine = { kind: 'entry' | 'exit' | 'invoke' | 'transition'; text: string; index?: number };
/** `x`, `y`: top left corner of its 16 px; many lines of a state stand in several columns. */
export type PlacedLine = ChartLine & { x: number; y: number };
/** One way that leads to another state: the `index`-th transition of `from`, to `to`. `points`: corners of its line, from the border of `from` to that of `to`. */
export type ChartArrow = { from: string; index: number; to: string; points: [x: number, y: number][]; label: Box & { text: string } };
/** A chart as it is drawn, in text of 12 px. `initials`: the dot from which the first state of a compound one is entered. */
export type ChartLayout = {
  width: number;
  height: number;
  /** By id; outer states before those within them. */
  states: Record<string, Box & { lines: PlacedLine[] }>;
  arrows: ChartArrow[];
  initials: { to: string; points: [x: number, y: number][] }[];
};
export type ChartView = { chart: Chart; layout: ChartLayout };

// ---------------------------------------------------------------- runner → client

/** How a thing stands: its state in a word or a path, why, until when, and figures where a command has any (`{new: 3, seen: 1}`). */
export const standing = z.object({
  state: z.string(),
  reason: z.string().optional(),
  until: instant.optional(),
  holds: z.array(holdView).optional(),
  counts: z.record(z.string(), z.number()).optional(),
});
export type Standing = z.infer<typeof standing>;

export const ANSWER_CODES = ['bad_request', 'unknown_job', 'unknown_actor', 'unknown_item', 'unknown_machine', 'not_accepted', 'invalid_config', 'unauthorized', 'too_large', 'rate_limited', 'not_stored', 'internal'] as const;
export type AnswerCode = (typeof ANSWER_CODES)[number];

/** `live`: at once, nothing stops. `starts`, `restarts`: an actor. `parks`: the tasks of a stage. `archives`: a job. `at start`: when the runner starts next. */
export const CONFIG_EFFECTS = ['live', 'starts', 'restarts', 'parks', 'archives', 'at start'] as const;
/** One thing that another jobs.yaml changes; without `job` it concerns all of them. */
export const configChange = z.object({ effect: z.enum(CONFIG_EFFECTS), job: z.string().optional(), stage: z.string().optional(), what: z.string() });
export type ConfigChange = z.infer<typeof configChange>;

/** `undo` is the `jobctl` line that takes the command back. */
export const done = z.object({ ok: z.literal(true), before: standing, after: standing, undo: z.string().optional(), note: z.string().optional(), changes: z.array(configChange).optional() });
/** `accepted`: the commands that would be taken now. */
export const refused = z.object({ ok: z.literal(false), code: z.enum(ANSWER_CODES), message: z.string(), accepted: z.array(z.string()) });
export const answer = z.discriminatedUnion('ok', [done, refused]);
export type Done = z.infer<typeof done>;
export type Refused = z.infer<typeof refused>;
export type Answer = z.infer<typeof answer>;

/** `id` is null when the frame was too broken to tell. */
export type AnswerFrame = (Answer | { ok: true; view: Views[Query['type']] }) & { id: string | null };
/** What each query is answered with. */
export type Views = { status: StatusView; actor: ActorView; why: WhyView; actors: ActorsView; chart: ChartView; events: EventsView; items: ItemsView; item: ItemDetail; watch: { actor: ActorView | null } };
/** The first frame of every connection. Another `bootId` than last time: read everything again. */
export type HelloFrame = { type: 'hello'; bootId: string; seq: number; version: number };
/** What changed: whole jobs, as of `seq`. Read everything again when `since` is above the last seq that you know. */
export type PatchFrame = { type: 'patch'; since: number; seq: number; jobs: JobView[]; runner?: RunnerView; config?: ConfigView };
/** One step that an actor took: the `index`-th transition of the state `from`. */
export type Taken = { from: string; index: number };
/** What the actor that is watched was told since the last such frame, the oldest first, and how it is now. Ten a second at most; `more`: events that are left out. */
export type MovedFrame = { type: 'moved'; path: string; events: { seq: number; at: number; type: string; taken: Taken[] }[]; more?: number; actor: ActorView };
/** What the runner hands to `broadcast`; `since` is filled in. */
export type Patch = Omit<PatchFrame, 'type' | 'since'>;
export type ServerFrame = HelloFrame | PatchFrame | MovedFrame | AnswerFrame;
