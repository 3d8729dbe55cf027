/** All that may be read of a runner, and what each query is answered with. */
import { z } from 'zod';
import type { ActorsView, ActorView, EventsView, JournalViews } from './actors.ts';
import { itemId, name, path, TASK_STATES } from './atoms.ts';
import type { AttemptLogView } from './attempt-logs.ts';
import type { ChartView } from './charts.ts';
import type { FlowView } from './flow.ts';
import type { ItemDetail, ItemsView, OutputView } from './items.ts';
import { operationQueries, type OperationViews } from './operations.ts';
import { operationThenQueries, type OperationThenViews } from './operations-then.ts';
import { findingQueries, type FindingViews } from './search.ts';
import type { StatusView } from './status.ts';
import { pastQueries, type PastViews } from './time.ts';
import type { WhyView } from './why.ts';

const eventTypes = z.array(z.string().min(1).max(128)).min(1).max(32);
const seq = z.number().int().min(1);

/** Reads that need the live runner; everything else is read from the store. */
export const query = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('status') }),
  z.strictObject({ type: z.literal('flow') }),
  z.strictObject({ type: z.literal('actor'), path }),
  z.strictObject({ type: z.literal('why'), job: name.optional(), stage: name.optional(), item: itemId.optional() }),
  z.strictObject({ type: z.literal('actors') }),
  z.strictObject({ type: z.literal('offers') }),
  z.strictObject({ type: z.literal('chart'), machine: name }),
  z.strictObject({ type: z.literal('events'), path: path.optional(), types: eventTypes.optional(), not: eventTypes.optional(), before: z.number().int().min(1).optional(), limit: z.number().int().min(1).max(500).default(200) }),
  z.strictObject({ type: z.literal('eventsNumbered'), seqs: z.array(seq).min(1).max(16) }),
  z.strictObject({ type: z.literal('trace'), seq }),
  z.strictObject({ type: z.literal('items'), job: name, stage: name.optional(), state: z.enum(TASK_STATES).optional(), after: itemId.optional(), limit: z.number().int().min(1).max(500).default(100) }),
  z.strictObject({ type: z.literal('item'), id: itemId }),
  z.strictObject({ type: z.literal('output'), item: itemId, seq: z.number().int().min(1) }),
  /** What an attempt logged and asked of the web; of the one that runs, what there is so far. */
  z.strictObject({ type: z.literal('attemptLog'), item: itemId, stage: name, attempt: z.number().int().min(1) }),
  ...findingQueries,
  ...operationQueries,
  ...pastQueries,
  ...operationThenQueries,
  /** Whether `patch` frames come, as they do from the beginning: a page that nobody sees wants none. */
  z.strictObject({ type: z.literal('patches'), wanted: z.boolean() }),
  /** From now on `moved` frames come of this actor, and of no other; null ends it. */
  z.strictObject({ type: z.literal('watch'), path: path.nullable() }),
]);
export type Query = z.infer<typeof query>;
/** What each query is answered with. */
export type Views = FindingViews & OperationViews & OperationThenViews & PastViews & JournalViews & {
  status: StatusView;
  flow: FlowView;
  actor: ActorView;
  why: WhyView;
  actors: ActorsView;
  chart: ChartView;
  events: EventsView;
  items: ItemsView;
  item: ItemDetail;
  output: OutputView;
  attemptLog: AttemptLogView;
  patches: { wanted: boolean };
  watch: { actor: ActorView | null };
};
