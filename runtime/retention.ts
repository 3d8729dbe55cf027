/**
 * Keeps the data folder level: what is older than the configuration wants goes, one bounded look at a time, each in a turn
 * of the event loop of its own, so that no command and no task waits for it.
 */
import type { AnyEventObject } from 'xstate';
import type { Clock, Log } from '../actors/ports.ts';
import type { RetentionSpec } from '../machines/spec.ts';
import { machineNamed, type KnownMachine } from '../machines/index.ts';
import type { Past } from '../machines/migrations.ts';
import type { ArtifactFiles } from './artifact-files.ts';
import { Fold, type Folded } from './recorder/fold.ts';
import { markOf } from './recorder/mark.ts';
import type { AttemptKey, EditKey, pruningIn, TaskKey } from './store/prune.ts';
import type { KeptEntry } from './store/replay-view.ts';

/** Between two looks, and between two rounds over everything. */
const PAUSE_MS = 20;
const ROUND_MS = 60_000;
/** How much of what jobs share was used is shown of the last day. */
const USE_MS = 2 * 86_400_000;
/** Attempts in flight may still come to refer to what they have just written. */
const NEWEST_ATTEMPT: AttemptKey = { itemId: 0, stageId: 0, lease: 0 };
const FIRST_EDIT: EditKey = { itemId: 0, stageId: 0, at: 0 };

export type RetentionWorld = {
  clock: Clock;
  log: Log;
  prune: ReturnType<typeof pruningIn>;
  files: ArtifactFiles;
  /** As the configuration in force says. */
  spec(): RetentionSpec;
  /** A look could not be finished; the next round looks again. */
  onTrouble?(error: Error): void;
};

/** Rows and files that one round took away. */
export type Removed = Record<'journal' | 'counts' | 'actors' | 'attempts' | 'edits' | 'undo' | 'outputs' | 'artifacts' | 'commands' | 'http' | 'llm' | 'calls' | 'logs' | 'revisions' | 'notices' | 'doctor' | 'quarantined' | 'use', number>;

export class Retention {
  private readonly world: RetentionWorld;
  private timer: unknown;
  private round: Generator<[keyof Removed, number]> | undefined;
  private removed = nothing();

  constructor(world: RetentionWorld) {
    this.world = world;
    this.schedule(ROUND_MS);
  }

  close(): void {
    this.world.clock.clearTimeout(this.timer);
    this.round?.return(undefined);
  }

  private schedule(ms: number): void {
    this.timer = this.world.clock.setTimeout(() => this.look(), ms);
  }

  private look(): void {
    this.round ??= looks(this.world);
    try {
      const { value, done } = this.round.next();
      if (!done) {
        const [what, n] = value;
        this.removed[what] += n;
        return this.schedule(PAUSE_MS);
      }
    } catch (error) {
      if (!this.world.onTrouble) throw error;
      this.world.onTrouble(error as Error);
    }
    this.round = undefined;
    const gone = Object.entries(this.removed).filter(([, n]) => n > 0);
    if (gone.length > 0) this.world.log.debug(`removed what was old: ${gone.map(([what, n]) => `${n} ${what}`).join(', ')}`);
    this.removed = nothing();
    this.schedule(ROUND_MS);
  }
}

/** One round: yields after each look what it took away. */
export function* looks({ clock, prune, files, spec }: RetentionWorld): Generator<[keyof Removed, number], void, void> {
  const now = clock.now();
  const { journal, attemptsMs, logs, outputsMs, artifactsMs, commandsMs, http, llm, config } = spec();
  const cut = prune.journalCut({ before: now - journal.ageMs, rows: journal.rows });
  yield* shortened(prune, cut);
  for (const stage of prune.stages()) yield* counts(prune, stage, cut);
  yield* table('actors', () => prune.actorsThen(cut), true);
  yield* table('attempts', (after: AttemptKey) => prune.attempts(after, now - attemptsMs), NEWEST_ATTEMPT);
  yield* table('edits', (after: EditKey) => prune.edits(after, now - attemptsMs), FIRST_EDIT);
  yield* table('outputs', (after: number) => prune.outputs(after, now - outputsMs), 0);
  yield* table('artifacts', (after: string) => withFiles(prune.artifacts(after, now - artifactsMs), files), '');
  yield* table('commands', (after: string) => prune.commands(after, now - commandsMs), '');
  yield ['undo', prune.editsByHand(now - commandsMs)];
  yield* table('undo', (after: TaskKey) => prune.beforeEdits(after), { itemId: 0, stageId: 0 });
  yield ['http', prune.httpCache(now - http.ageMs, http.bytes)];
  yield ['llm', prune.llmReplies(now - llm.ageMs, llm.bytes)];
  yield* table('calls', () => prune.llmCalls(now - attemptsMs), true);
  yield* table('logs', () => prune.attemptLogs(now - logs.ageMs, logs.attempts), true);
  yield* table('revisions', () => prune.configRevisions(now - config.ageMs, config.revisions), true);
  yield ['notices', prune.notices(now - commandsMs)];
  yield ['doctor', prune.doctor(now - commandsMs)];
  yield ['use', prune.resourceUse(now - USE_MS)];
  yield ['quarantined', prune.quarantined(now - commandsMs)];
  for (const removed of files.sweep(now - artifactsMs, (hash) => prune.hasArtifact(hash))) yield ['artifacts', removed];
}

function* table<Place>(what: keyof Removed, look: (after: Place) => { removed: number; next: Place | undefined }, from: Place): Generator<[keyof Removed, number], void, void> {
  for (let after: Place | undefined = from; after !== undefined; ) {
    const { removed, next } = look(after);
    yield [what, removed];
    after = next;
  }
}

/** The rows are gone for good before their files go. */
function withFiles<Looked extends { hashes: string[] }>(looked: Looked, files: ArtifactFiles): Looked {
  for (const hash of looked.hashes) files.remove(hash);
  return looked;
}

// ---------------------------------------------------------------- the journal

function* counts(prune: RetentionWorld['prune'], stage: number, cut: number): Generator<['counts', number], void, void> {
  for (let removed: number | undefined; removed !== 0; ) yield ['counts', (removed = prune.countsThen(stage, cut))];
}

/** Actor by actor: a beginning in the state that was takes the place of what is cut off, so that a replay still leads to today. */
function* shortened(prune: RetentionWorld['prune'], cut: number): Generator<['journal', number], void, void> {
  for (let path = prune.nextPath(''); path !== undefined; path = prune.nextPath(path)) {
    for (let more = true; more; ) {
      const head = prune.head(path, cut);
      const removed = shorten(prune, path, head, cut);
      if (removed > 0) yield ['journal', removed];
      more = head.more && removed > 0;
    }
  }
}

type Head = ReturnType<RetentionWorld['prune']['head']>;

function shorten(prune: RetentionWorld['prune'], path: string, { entries, actor }: Head, cut: number): number {
  const last = entries.at(-1);
  if (!last) return 0;
  if (!actor) return prune.beginAt(path, last.seq + 1);
  if (entries.length === 1) return 0;
  const begun = beginningAfter(entries);
  if (begun) return prune.beginAt(path, last.seq, JSON.stringify(begun));
  // Today's machine goes another way than the one that lived it: sure is its next beginning, as soon as that is old enough.
  const next = prune.nextBeginning(path, entries[0]!.seq);
  if (next !== undefined) return next <= cut ? prune.beginAt(path, next) : 0;
  const { seq, src, version, snapshot } = actor;
  const { value, context } = JSON.parse(snapshot) as Past;
  return prune.beginAt(path, seq, JSON.stringify(beginning({ machine: src, version }, last.at, { value, context })));
}

/** An event that begins where these entries end; undefined when today's machine does not get there. */
function beginningAfter(entries: readonly KeptEntry[]): AnyEventObject | undefined {
  const events = entries.map(({ event }) => JSON.parse(event) as AnyEventObject & { machine?: string });
  const { machine } = events.findLast(({ type }) => type === 'xstate.init') ?? {};
  const known = machineNamed(machine);
  const { at, state: mark } = entries.at(-1)!;
  const state = known && endOf(events, known);
  if (state?.status !== 'active' || (mark !== null && markOf(state) !== mark)) return undefined;
  return beginning({ machine: machine!, version: known!.version }, at, { value: state.value, context: state.context });
}

function endOf(events: readonly AnyEventObject[], known: KnownMachine): Folded | undefined {
  const fold = new Fold(known);
  try {
    for (const event of events) fold.apply(event);
    return fold.state;
  } catch {
    return undefined;
  }
}

const beginning = ({ machine, version }: { machine: string; version: number }, at: number, resumed: Past): AnyEventObject => ({ type: 'xstate.init', machine, version, input: { at, resumed }, at });

const nothing = (): Removed => ({ journal: 0, counts: 0, actors: 0, attempts: 0, edits: 0, undo: 0, outputs: 0, artifacts: 0, commands: 0, http: 0, llm: 0, calls: 0, logs: 0, revisions: 0, notices: 0, doctor: 0, quarantined: 0, use: 0 });
