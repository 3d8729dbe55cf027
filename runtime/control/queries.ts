/** The reading half of the protocol: each query is answered with what it asks for, or refused. All of it is bounded. */
import type { Database } from 'better-sqlite3';
import type { AttemptLog, Clock } from '../../actors/ports.ts';
import type { ActorView, AnswerCode, AttemptLogView, OffersView, Query, Refused, StatusView, Views, WhyView } from '../../inspector/protocol.ts';
import { machineNamed, machines } from '../../machines/index.ts';
import { chartOf } from '../charts/chart.ts';
import type { Charts } from '../charts/charts.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import type { Question } from '../explain/explain.ts';
import { actorPaths, readTree } from '../store/actors-view.ts';
import { readAttemptLog, readRunning } from '../store/attempt-logs-view.ts';
import { readEventsBefore, readEventsNumbered, readRates, traceOf } from '../store/events-view.ts';
import { Flow } from '../store/flow-view.ts';
import { readItem, readItems, readOutput } from '../store/items-view.ts';
import { isOfThePast } from '../travel/answers.ts';
import type { Past } from '../travel/past.ts';
import { withBusy } from './busy.ts';
import { isFinding, type Finding } from './finding.ts';
import { isOperation, type Operations } from './operations.ts';

/** What one connection wants to hear belongs to it: `session.ts`. */
export type ReadQuery = Exclude<Query, { type: 'watch' | 'patches' }>;
export type Read = { ok: true; view: Views[Query['type']] } | Refused;
type Asked<Type extends Query['type']> = Extract<Query, { type: Type }>;

export type QueriesWorld = {
  clock: Clock;
  db: Database;
  jobs(): readonly string[];
  status(): StatusView;
  why(question: Question): WhyView;
  /** What the attempt that runs has logged and asked of the web so far. */
  logNow(attempt: { job: string; stage: string; itemId: number }): AttemptLog | undefined;
  actor(path: string): ActorView | undefined;
  /** Events that wait for an actor. */
  mailbox(path: string): number;
  charts: Charts;
  finding: Finding;
  operations: Operations;
  past: Past;
};

/** A timer is caused by what set it, which a timer caused: a chain may go back for ever. */
const MOST_TRACED = { causes: 30, effects: 200 };

export class Queries {
  private readonly world: QueriesWorld;
  private readonly flow: Flow;

  constructor(world: QueriesWorld) {
    this.world = world;
    this.flow = new Flow(world.db);
  }

  async answer(query: ReadQuery): Promise<Read> {
    const { db } = this.world;
    if (isFinding(query)) return this.world.finding.answer(query);
    if (isOperation(query)) return this.world.operations.answer(query);
    if (isOfThePast(query)) return this.world.past.answer(query);
    switch (query.type) {
      case 'status':
        return read(this.world.status());
      case 'flow':
        return read(this.flow.read(this.world.clock.now()));
      case 'why':
        return this.why(query);
      case 'actor':
        return this.actor(query);
      case 'actors':
        return read({ actors: withBusy(readTree(db), readRates(db, this.world.clock.now()), this.world.mailbox) });
      case 'offers':
        return read({ offers: this.offers() });
      case 'events':
        return read(readEventsBefore(db, query));
      case 'eventsNumbered':
        return read({ events: readEventsNumbered(db, query.seqs) });
      case 'trace':
        return this.trace(query);
      case 'items':
        return this.items(query);
      case 'item':
        return this.item(query);
      case 'output':
        return this.output(query);
      case 'attemptLog':
        return this.attemptLog(query);
      case 'chart':
        return this.chart(query);
    }
  }

  private why({ type: _, ...question }: Asked<'why'>): Read {
    return read(this.world.why(question));
  }

  private actor({ path }: Asked<'actor'>): Read {
    const view = this.world.actor(path);
    return view ? read(view) : unknownActor(path);
  }

  /** Of a few hundred actors: each looks at the ways out of its present states. */
  private offers(): OffersView['offers'] {
    return actorPaths(this.world.db).flatMap((path) => (this.world.actor(path)?.offers ?? []).flatMap(({ event, accepted, description, payload }) => (accepted ? [{ path, event, ...(description !== undefined && { description }), ...(payload && { payload }) }] : [])));
  }

  private trace({ seq }: Asked<'trace'>): Read {
    const trace = traceOf(this.world.db, seq, MOST_TRACED);
    return trace ? read(trace) : refused('unknown_past', `the journal has no entry ${seq}, or no longer`);
  }

  private async chart({ machine }: Asked<'chart'>): Promise<Read> {
    if (machineNamed(machine)) return read(await this.world.charts.view(chartOf(machine)));
    return refused('unknown_machine', `there is no machine "${machine}"${didYouMeanOrList(machine, Object.keys(machines))}`);
  }

  private items({ job, type: _, ...page }: Asked<'items'>): Read {
    const jobs = this.world.jobs();
    return jobs.includes(job) ? read(readItems(this.world.db, job, page)) : refused('unknown_job', `there is no job "${job}"${didYouMeanOrList(job, jobs)}`);
  }

  private item({ id }: Asked<'item'>): Read {
    const item = readItem(this.world.db, id);
    return item ? read(item) : refused('unknown_item', `there is no item ${id}`);
  }

  private attemptLog({ item: itemId, stage, attempt }: Asked<'attemptLog'>): Read {
    const task = readRunning(this.world.db, itemId, stage);
    const log = task?.attempt === attempt ? this.world.logNow({ job: task.job, stage, itemId }) : readAttemptLog(this.world.db, { item: itemId, stage, attempt });
    return read(log ? { ...log, lines: [...log.lines], calls: [...log.calls] } : NOTHING_SAID);
  }

  private output({ item, seq }: Asked<'output'>): Read {
    const view = readOutput(this.world.db, item, seq);
    return view ? read(view) : refused('unknown_item', `item ${item} has no output ${seq}; it may have been pruned`);
  }
}

const NOTHING_SAID: AttemptLogView = { lines: [], linesLost: 0, calls: [], callsLost: 0 };

const read = (view: Views[Query['type']]): Read => ({ ok: true, view });
const refused = (code: AnswerCode, message: string): Refused => ({ ok: false, code, message, accepted: [] });

export const unknownActor = (path: string): Refused => refused('unknown_actor', `no actor has the path "${path}"`);
