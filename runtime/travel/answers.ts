/** Questions on the past, answered from the store alone. */
import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import type { ActorThenView, AnswerCode, ExportedTestView, ItemThenView, Query, Refused, ThenView, Views, WhatIfView } from '../../inspector/protocol.ts';
import { machines, nameOfMachine } from '../../machines/index.ts';
import { activeIn } from '../charts/chart.ts';
import { offersOf } from '../charts/offers.ts';
import { guardsOf, timersOf } from '../charts/present.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import { acceptedIn, withPayload } from '../control/accepting.ts';
import type { Folded } from '../recorder/fold.ts';
import { replayAll } from '../recorder/replay.ts';
import { takenOf } from '../recorder/steps.ts';
import { stagesOf } from '../store/histories.ts';
import { readItemThen } from '../store/items-then-view.ts';
import { entriesBetween, firstFrom } from '../store/density-view.ts';
import type { Handle } from '../store/open.ts';
import { momentsAround, pathsWithPast, timeOfSeq, toldBy } from '../store/replay-view.ts';
import { stateText } from '../store/state-name.ts';
import { densityOf } from './density.ts';
import { exportedTest } from './exported-test.ts';
import { doubtOf, stateAt, UnknownPast, type Step } from './history.ts';
import { jobsThen } from './jobs-then.ts';
import { isOperationThen, operationThen, Unknown, type OperationThenQuery } from './operations-then.ts';
import { NoRewind, rewindOf, stoodAt, type Stood } from './rewind.ts';
import { stoppedActors } from './stopped.ts';
import { systemAt, type ActorThen } from './then.ts';
import { whatIf } from './what-if.ts';

const PAST = ['density', 'moments', 'at', 'actorAt', 'itemAt', 'stopped', 'whatif', 'replay', 'rewind', 'exportTest'] as const;
export type PastQuery = Extract<Query, { type: (typeof PAST)[number] }> | OperationThenQuery;
/** What the runner itself asks, for a rewind. */
export type StoodQuestion = { type: 'stood'; path: string; to: number };
export type PastAnswer = { ok: true; view: Views[PastQuery['type']] } | Refused;
export type StoodAnswer = { ok: true; view: Stood } | Refused;
type Asked<Type extends PastQuery['type']> = Extract<Query, { type: Type }>;

/** A test of more events tells nobody anything. */
const MOST_EXPORTED = 1_000;
/** Of a state that differs in everything. */
const MOST_CHANGES = 200;

export const isOfThePast = (query: Query): query is PastQuery => (PAST as readonly string[]).includes(query.type) || isOperationThen(query);

/** In one transaction: what is told of a moment is of one moment. */
export function answerOfThePast(db: Handle, query: PastQuery): PastAnswer;
export function answerOfThePast(db: Handle, query: PastQuery | StoodQuestion): PastAnswer | StoodAnswer;
export function answerOfThePast(db: Handle, query: PastQuery | StoodQuestion): PastAnswer | StoodAnswer {
  try {
    return { ok: true, view: db.transaction(() => (query.type === 'stood' ? stoodAt(db, query.path, query.to) : viewOf(db, query)))() } as PastAnswer | StoodAnswer;
  } catch (error) {
    if (error instanceof UnknownPast) return refused('unknown_past', error.message);
    if (error instanceof Unknown) return refused(error.code, error.message);
    if (error instanceof NoRewind) return refused('not_accepted', error.message);
    if (error instanceof UnknownActor) return refused('unknown_actor', error.message);
    if (error instanceof UnknownItem) return refused('unknown_item', error.message);
    if (error instanceof TooMuch) return refused('bad_request', error.message);
    throw error;
  }
}

function viewOf(db: Handle, query: PastQuery): Views[PastQuery['type']] {
  if (isOperationThen(query)) return operationThen(db, query);
  if ('path' in query && query.path !== undefined && query.type !== 'stopped') mustHavePast(db, query.path);
  switch (query.type) {
    case 'density':
      return densityOf(db, query);
    case 'moments':
      return momentsAround(db, query);
    case 'at':
      return systemThen(db, query);
    case 'actorAt':
      return actorThen(db, query);
    case 'itemAt':
      return itemThen(db, query);
    case 'stopped':
      return stoppedActors(db, query.path);
    case 'whatif':
      return tried(db, query);
    case 'replay': {
      const [replayed] = replayAll(db, query.path);
      if (!replayed) throw new UnknownPast(`${query.path} does not live now: there is no stored state to compare with`);
      const { lifts: _, changes, ...view } = replayed;
      return { ...view, ...(changes && { changes: changes.slice(0, MOST_CHANGES) }) };
    }
    case 'rewind': {
      const { path, to, changes, problem } = rewindOf(db, query.path, query.to);
      return { path, to, changes: changes.slice(0, MOST_CHANGES), ...(problem !== undefined && { problem }) };
    }
    case 'exportTest':
      return exported(db, query);
  }
}

class UnknownActor extends Error {}
class UnknownItem extends Error {}
class TooMuch extends Error {}

function mustHavePast(db: Handle, path: string): void {
  if (!firstFrom(db, 1, path)) throw new UnknownActor(`no actor with the path "${path}" has a past${didYouMeanOrList(path, pathsWithPast(db))}`);
}

// ---------------------------------------------------------------- as it was

function systemThen(db: Handle, { seq }: Asked<'at'>): ThenView {
  const then = systemAt(db, seq);
  return { seq, at: then.at, ...jobsThen(then), actors: then.actors.map(lineOf) };
}

function lineOf({ path, value, status, doubt }: ActorThen): ThenView['actors'][number] {
  const [machine] = Object.entries(machines).find(([, known]) => known.path.test(path)) ?? [];
  return { path, ...(machine !== undefined && { machine }), state: status === 'active' ? stateText(value) : status, ...(doubt !== undefined && { doubt }) };
}

function actorThen(db: Handle, { path, seq }: Asked<'actorAt'>): ActorThenView {
  const last = stateAt(db, path, seq);
  const before = last.event.type === 'xstate.init' ? undefined : stateBefore(db, last.seq, path);
  const { state, known, event } = last;
  const doubt = doubtOf(last);
  const taken = before?.state.status === 'active' ? takenBy(before, event) : [];
  return {
    path, machine: nameOfMachine(known), version: known.version, value: state.value, context: state.context, status: state.status, ...standing(last, state),
    step: { seq: last.seq, at: last.at, type: event.type, ...toldBy(db, last.seq), taken, ...(before && { before: before.state.context }) },
    ...(doubt !== undefined && { doubt }),
  };
}

/** What is no longer kept is not compared with. */
function stateBefore(db: Handle, seq: number, path: string): Step | undefined {
  try {
    return stateAt(db, path, seq - 1);
  } catch (error) {
    if (error instanceof UnknownPast) return undefined;
    throw error;
  }
}

/** What it was in, what it would have taken, and what its ways out depended on. */
function standing({ known }: Step, { value, context, status }: Folded): Pick<ActorThenView, 'active' | 'accepts' | 'offers' | 'guards' | 'timers'> {
  const snapshot = known.machine.resolveState({ value, context } as never) as AnyMachineSnapshot;
  const active = activeIn(snapshot);
  return status === 'active' ? { active, accepts: acceptedIn(snapshot), offers: offersOf(snapshot).map((offer) => withPayload(nameOfMachine(known), offer)), guards: guardsOf(snapshot), timers: timersOf(snapshot) } : { active, accepts: [], offers: [] };
}

/** The steps that its event makes of the state before; those that follow of themselves are not among them. */
function takenBy({ known, state: { value, context } }: Step, event: AnyEventObject) {
  const { machine } = known;
  try {
    return machine.getTransitionData(machine.resolveState({ value, context } as never) as never, event).flatMap(takenOf);
  } catch {
    return [];
  }
}

/** With the stages that its job had then; of a job that was not there, all that it has had. */
function itemThen(db: Handle, { id, seq }: Asked<'itemAt'>): ItemThenView {
  const then = systemAt(db, seq);
  const item = readItemThen(db, id, { at: then.at, stages: stagesOf(jobsThen(then).jobs) });
  if (!item) throw new UnknownItem(`there was no item ${id} at that moment`);
  return item;
}

// ---------------------------------------------------------------- as it was not

function tried(db: Handle, { path, seq, event }: Asked<'whatif'>): WhatIfView {
  const step = stateAt(db, path, seq);
  const result = whatIf(db, path, { at: timeOfSeq(db, seq)!, ...event }, seq);
  const { taken, why, doubt, after, changes, effects } = result;
  return {
    path, seq, taken, value: after.value, active: standing(step, after).active!, status: after.status, changes: changes.slice(0, MOST_CHANGES), effects,
    ...(why !== undefined && { why }), ...(doubt !== undefined && { doubt }),
  };
}

function exported(db: Handle, { path, from, to }: Asked<'exportTest'>): ExportedTestView {
  const events = entriesBetween(db, from + 1, to, path);
  if (events > MOST_EXPORTED) throw new TooMuch(`${events} events happened to ${path} after ${from} up to ${to}: a test holds at most ${MOST_EXPORTED}; begin later`);
  return { source: exportedTest(db, path, { from, to }), line: `npx jobctl export-test ${path} --from ${from} --to ${to}` };
}

const refused = (code: AnswerCode, message: string): Refused => ({ ok: false, code, message, accepted: [] });
