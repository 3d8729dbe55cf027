/**
 * What the tasks of an item were at a time, from what their rows have kept: pure. What was open is `pending`: whether it could have started is not
 * kept. What cannot be told, for a part of it was never written or is kept no longer, is `unknown` and says why; nothing is guessed.
 */
import { DEAD, DONE, FAILED, REJECTED, RUNNING, SKIPPED, WAITING, type StateNumber } from './states.ts';
import type { StateThen } from './types.ts';

/** An attempt that has ended; `seq`: of its output. `ledTo`: null where it was not kept. Times in ms since the epoch. */
export type RunThen = {
  lease: number; attempt: number; outcome: string; startedAt: number; finishedAt: number | null; ledTo: StateNumber | null; takenBackAt: number | null;
  class: string | null; fingerprint: string | null; error: string | null; reason: string | null; seq: number | null;
};
/** A task as it is now, and what has happened to it: attempts by their lease, edits by their time. */
export type TaskHistory = {
  stage: string; state: StateNumber; lease: number; attempt: number; startedAt: number | null; finishedAt: number | null;
  runs: readonly RunThen[]; edits: readonly { at: number; state: StateNumber }[];
};
type Told = { state: StateThen; doubt?: string };
/** `attempts`: that had begun; `last`: the one that had ended last; `startedAt`: of the one that ran. `doubt`: why it is unknown. */
export type TaskThen = Told & { stage: string; attempts: number; last?: RunThen; startedAt?: number };
/** From its end on, up to the next one. */
type Stretch = { run?: RunThen; from: number; to: number };

const RETAINED = 'its attempts of that time are kept no longer';
const NOT_NOTED = 'when it was put back by hand was not kept';

/** In the order given. */
export function tasksAt(histories: readonly TaskHistory[], at: number): TaskThen[] {
  const own = histories.map((history) => ownAt(history, at));
  const since = rejectedSince(own, histories, at);
  const mayBe = own.some(({ state, last, doubt }) => state === 'unknown' && (doubt === RETAINED || last?.outcome === 'rejected'));
  if (since === undefined && !mayBe) return own;
  return own.map((task, n) => (task.state === 'pending' ? { ...task, ...withItem(histories[n]!, since, at) } : task));
}

/** What is open, of an item that was rejected at `since`, or may have been. */
function withItem({ state: now, edits }: TaskHistory, since: number | undefined, at: number): Told {
  if (since === undefined) return unknown('pending, or rejected with its item: an attempt of another stage is kept no longer');
  if (edits.some((edit) => edit.at > since && edit.at <= at)) return { state: 'pending' };
  return now === REJECTED || edits.some((edit) => edit.at > at) ? { state: 'rejected' } : unknown(`rejected with its item, or to be run: ${NOT_NOTED}`);
}

/** While a stage has rejected the item, what is open ends with it: at once, and again whenever an attempt that still ran gives its task back. */
function rejectedSince(own: readonly TaskThen[], histories: readonly TaskHistory[], at: number): number | undefined {
  const rejecter = own.find(({ state, last }) => state === 'rejected' && last?.outcome === 'rejected')?.last;
  if (!rejecter) return undefined;
  const since = endOf(rejecter)!;
  const later = histories.flatMap(({ runs }) => runs.filter((run) => afterRun(run).state === 'pending').map(endOf)).filter((end) => end !== undefined && end > since && end <= at);
  return Math.max(since, ...(later as number[]));
}

const unknown = (doubt: string): Told => ({ state: 'unknown', doubt });

function ownAt(history: TaskHistory, at: number): TaskThen {
  const { stage, lease, runs } = history;
  if (lease === 0 || (lease === 1 && history.startedAt! > at)) return { stage, attempts: 0, state: 'pending' };
  if (lease === 1 && history.state === DONE && runs.length === 1 && runs[0]!.finishedAt! <= at) return { stage, attempts: 1, state: 'done', last: runs[0]! };
  const begun = begunOf(history);
  const current = begun.findLast(({ startedAt }) => startedAt <= at);
  const next = begun.find((one) => one.lease === (current?.lease ?? 0) + 1);
  const last = runs.findLast((run) => run.startedAt <= at && (endOf(run) ?? Infinity) <= at);
  const task = { stage, attempts: current?.attempt ?? 0, ...(last && { last }) };
  if (!next && (current?.lease ?? 0) < lease) return { ...task, ...unknown(RETAINED) };
  if (!current) return { ...task, ...toldOf(history, { from: -Infinity, to: next?.startedAt ?? Infinity }, at) };
  const from = current.run ? endOf(current.run) : Infinity;
  if (from === undefined) return { ...task, ...unknown('running, or to be run again: when the process died was not kept') };
  if (at < from) return { ...task, state: 'running', startedAt: current.startedAt };
  return { ...task, ...toldOf(history, { run: current.run!, from, to: next?.startedAt ?? Infinity }, at) };
}

/** All that began and is known of; the one that runs has no row of its own yet. */
function begunOf({ state, lease, attempt, startedAt, runs }: TaskHistory): { lease: number; attempt: number; startedAt: number; run?: RunThen }[] {
  const ended = runs.map((run) => ({ lease: run.lease, attempt: run.attempt, startedAt: run.startedAt, run }));
  return state === RUNNING ? [...ended, { lease, attempt, startedAt: startedAt! }] : ended;
}

const endOf = ({ finishedAt, takenBackAt }: RunThen): number | undefined => finishedAt ?? takenBackAt ?? undefined;

function toldOf(history: TaskHistory, stretch: Stretch, at: number): Told {
  // What is put back may be claimed in the same flush.
  const edits = history.edits.filter((edit) => edit.at > stretch.from && edit.at <= stretch.to);
  const last = edits.findLast((edit) => edit.at <= at);
  if (last) return { state: wordFor(last.state) };
  const isLast = edits.length === 0 && stretch.to === Infinity;
  const led: Told = stretch.run ? afterRun(stretch.run, isLast ? history : undefined) : { state: 'pending' };
  // What is noted to have been put back later was as it was until then.
  return edits.length > 0 || led.state === 'unknown' ? led : proved(led, history, stretch, at);
}

/** Nothing is noted of what followed: so it must be so still, or have been run again as it was. */
function proved(led: Told, { state: now, finishedAt }: TaskHistory, { run, to }: Stretch, at: number): Told {
  const ranAgain = to < Infinity;
  if (led.state !== 'pending') return !ranAgain && wordFor(now) === led.state ? led : unknown(`${led.state}, or to be run again: ${NOT_NOTED}`);
  // The doctor gave it up while it waited.
  const isGivenUp = !ranAgain && now === FAILED && run !== undefined && finishedAt !== run.finishedAt;
  return isGivenUp && at >= finishedAt! ? { state: 'failed' } : led;
}

const ENDS: Record<string, StateThen> = { done: 'done', skipped: 'skipped', rejected: 'rejected', deferred: 'pending', interrupted: 'pending' };
const ENDS_OF_CLASS: Record<string, StateThen> = { item_specific: 'failed', temporal: 'pending', systemic: 'pending' };

/** `task`: where nothing has happened to it since. */
function afterRun({ outcome, class: kind, ledTo, finishedAt }: RunThen, task?: TaskHistory): Told {
  const state = ENDS[outcome] ?? (ledTo === null ? ENDS_OF_CLASS[kind ?? ''] : wordFor(ledTo));
  if (state !== undefined) return { state };
  // Rows of older versions: what it is now tells.
  if (task?.state === FAILED) return { state: task.finishedAt === finishedAt ? 'failed' : 'pending' };
  if (task?.state === WAITING || task?.state === DEAD) return { state: wordFor(task.state) };
  return unknown('failed, or to be tried again: which of them was not kept');
}

const WORDS: Partial<Record<StateNumber, StateThen>> = { [RUNNING]: 'running', [DONE]: 'done', [SKIPPED]: 'skipped', [REJECTED]: 'rejected', [FAILED]: 'failed', [DEAD]: 'dead' };
/** What is open has one word. */
export const wordFor = (state: StateNumber): StateThen => WORDS[state] ?? 'pending';
