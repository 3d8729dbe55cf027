/**
 * Actions on many items. The items are frozen first: what begins to match afterwards is not touched. Then it is looked at what would happen, and then it is done
 * with the commands that there are anyway, part by part, each audited by itself: so it can be watched, and stopped between two parts.
 */
import type { Clock } from '../../actors/ports.ts';
import type { Answer, BulkAction, BulkJob, BulkView, Command, Condition } from '../../inspector/protocol.ts';
import { costsOfLate, jobsOf, prioritiesOf } from '../store/bulk-view.ts';
import { previewEdit } from '../store/edit-preview.ts';
import { readEditOfBulk, type About, type EditRow } from '../store/edits-view.ts';
import type { Handle } from '../store/open.ts';
import { isOfItem } from '../store/where.ts';
import type { EditState } from '../store/types.ts';
import type { Within } from './commands.ts';
import { lineOf, VERBS } from './lines.ts';
import type { Selections } from './selections.ts';

/** Of one command, and of one row of the audit. */
const PART = 500;
/** Looked at in one turn. */
const LOOK = 200;
const MOST_KEPT = 16;
const KEPT_MS = 3_600_000;

export type BulksWorld = { clock: Clock; db: Handle; selections: Selections; execute(command: Command, who: string, id: string, within?: Within): Promise<Answer>; /** Number of the next edit that is remembered. */ nextEdit(): number; endEdit(id: number, state: EditState): Promise<unknown> };
type From = { selection: string } | { items: readonly number[] } | { bulk: string };
type Frozen = { items: readonly number[]; filter: string | null; where: readonly Condition[]; at: number };
type Kept = { view: BulkView; frozen: Frozen; byJob: Map<string, number[]>; before: Map<string, Map<number, number[]>>; isAborted: boolean; edit?: number; work?: Promise<void> };

export class Bulks {
  private readonly world: BulksWorld;
  private readonly kept = new Map<string, Kept>();
  private readonly prefix: string;
  private count = 0;

  constructor(world: BulksWorld) {
    this.world = world;
    this.prefix = `bulk-${Math.floor(world.clock.random() * 36 ** 6).toString(36)}`;
  }

  /** Freezes the items and says what the action would do; undefined when what they are taken from is not kept any more. */
  async freeze(from: From, action: BulkAction): Promise<BulkView | undefined> {
    const frozen = this.frozenFrom(from);
    if (!frozen) return undefined;
    const byJob = await this.byJob(frozen.items);
    const jobs: BulkJob[] = [];
    for (const [job, items] of byJob) jobs.push(await this.look(job, items, frozen, action));
    const { clock, db } = this.world;
    const costUsd = action.verb === 'PRIORITY' ? undefined : costsOfLate(db, jobs);
    const count = frozen.items.length;
    const view: BulkView = {
      id: `${this.prefix}-${++this.count}`, state: 'frozen', at: frozen.at, filter: frozen.filter, action, count, jobs, done: 0, tasks: 0, lines: jobs.map(({ job }) => lineOf(job, frozen, action)),
      ...(frozen.filter === '' && { words: `all ${count} items` }), ...(costUsd && { costUsd }), undo: true,
    };
    this.keep({ view, frozen, byJob, before: new Map(), isAborted: false });
    for (const [id, { view: { at, state } }] of this.kept) if (state !== 'running' && (at < clock.now() - KEPT_MS || this.kept.size > MOST_KEPT)) this.kept.delete(id);
    return view;
  }

  /** One that another runner began is known by what is remembered of it. */
  find(id: string): BulkView | undefined {
    const { view } = this.kept.get(id) ?? {};
    if (view) return view;
    const row = readEditOfBulk(this.world.db, id);
    return row && remembered(row);
  }

  /** Begins, and answers at once. `words`: what was asked for where everything is meant. */
  run(id: string, words: string | undefined, who: string): BulkView | { refused: string } {
    const kept = this.kept.get(id);
    if (!kept) return { refused: this.goneFor(id) };
    const { view } = kept;
    if (view.state !== 'frozen') return { refused: `it is ${view.state} already` };
    if (view.words !== undefined && words !== view.words) return { refused: `no filter was given, so this means everything: say "${view.words}"` };
    this.change(kept, { state: 'running' });
    kept.work = this.work(kept, who);
    return kept.view;
  }

  /** What is under way is finished; nothing more begins. */
  abort(id: string): BulkView | { refused: string } {
    const kept = this.kept.get(id);
    if (!kept) return { refused: this.goneFor(id) };
    if (kept.view.state !== 'running') return { refused: `it is ${kept.view.state}: there is nothing to stop` };
    kept.isAborted = true;
    return kept.view;
  }

  async undo(id: string, who: string): Promise<BulkView | { refused: string }> {
    const view = this.find(id);
    if (!view) return { refused: GONE };
    const { state, undo } = view;
    if (undo !== true) return { refused: undo };
    if (state === 'running' || state === 'frozen' || state === 'undone') return { refused: `it is ${state}: there is nothing to take back` };
    const kept = this.kept.get(id);
    return view.action.verb === 'PRIORITY' ? this.undoPriorities(kept!, who) : this.undoTasks(id, view, who);
  }

  private async undoTasks(id: string, view: BulkView, who: string): Promise<BulkView | { refused: string }> {
    const { db, execute, clock } = this.world;
    const { id: edit } = readEditOfBulk(db, id) ?? {};
    if (edit === undefined) return { refused: GONE };
    // Not twice the same one: after a refusal it may be asked again.
    const answer = await execute({ type: 'UNDO', edit }, who, `${id}-undo-${Math.floor(clock.random() * 36 ** 6).toString(36)}`);
    if (!answer.ok) return { refused: answer.message };
    const { tasks = 0, begun = 0 } = 'after' in answer ? (answer.after.counts ?? {}) : {};
    const undone = { state: 'undone', undone: { tasks, begun } } as const;
    const kept = this.kept.get(id);
    if (kept) this.change(kept, undone);
    return { ...view, ...undone };
  }

  private async undoPriorities(kept: Kept, who: string): Promise<BulkView | { refused: string }> {
    const { view: { id }, before } = kept;
    let n = 0;
    for (const [job, old] of before) {
      for (const [priority, items] of old) {
        for (const part of partsOf(items)) {
          const answer = await this.world.execute({ type: 'PRIORITY', job, items: part, priority }, who, `${id}-undo-${++n}`);
          if (!answer.ok) return { refused: answer.message };
        }
      }
    }
    this.change(kept, { state: 'undone' });
    return kept.view;
  }

  /** Why nothing can be done with an action that is not kept in memory. */
  private goneFor(id: string): string {
    const view = this.find(id);
    return view ? `it is ${view.state}: freeze the items again` : GONE;
  }

  private frozenFrom(from: From): Frozen | undefined {
    const { clock, selections } = this.world;
    if ('bulk' in from) return this.kept.get(from.bulk)?.frozen;
    if ('items' in from) return { items: [...new Set(from.items)], filter: null, where: [], at: clock.now() };
    const found = selections.find(from.selection);
    return found?.isComplete ? { items: found.ids.slice(), filter: found.filter, where: found.where.filter((condition) => !isOfItem(condition)), at: found.at } : undefined;
  }

  private async byJob(items: readonly number[]): Promise<Map<string, number[]>> {
    const all = new Map<string, number[]>();
    for (const part of partsOf(items, PART * 10)) {
      for (const { id, job } of jobsOf(this.world.db, part)) {
        const own = all.get(job);
        if (own) own.push(id);
        else all.set(job, [id]);
      }
      await this.turn();
    }
    return all;
  }

  private async look(job: string, items: readonly number[], { where, at }: Frozen, action: BulkAction): Promise<BulkJob> {
    const all: BulkJob = { job, items: items.length, tasks: 0, kept: 0, stages: [] };
    if (action.verb === 'PRIORITY') return all;
    all.items = 0;
    for (const part of partsOf(items, LOOK)) {
      const { items: n, tasks, kept, stages } = previewEdit(this.world.db, { verb: VERBS[action.verb], job, items: part, ...onTasks(action, where) }, at, 0);
      all.items += n;
      all.tasks += tasks;
      all.kept += kept;
      for (const line of stages) add(all.stages, line);
      await this.turn();
    }
    return all;
  }

  private async work(kept: Kept, who: string): Promise<void> {
    const { id, action } = kept.view;
    const within = this.withinOf(kept, who);
    let n = 0;
    for (const [job, items] of kept.byJob) {
      for (const part of partsOf(items)) {
        if (kept.isAborted) return this.over(kept, { state: 'aborted' });
        if (action.verb === 'PRIORITY') this.remember(kept, job, part);
        const answer = await this.world.execute(commandOf(job, part, kept.frozen, action), who, `${id}-${++n}`, within).catch((error: Error) => ({ ok: false as const, message: error.message }));
        if (!answer.ok) return this.over(kept, { state: 'failed', error: answer.message });
        const { tasks, items: changed } = 'after' in answer ? (answer.after.counts ?? {}) : {};
        this.change(kept, { done: kept.view.done + part.length, tasks: kept.view.tasks + (tasks ?? changed ?? 0) });
        await this.turn();
      }
    }
    await this.over(kept, { state: 'done', done: kept.view.count });
  }

  /** What is remembered of it beyond this runner. */
  private withinOf(kept: Kept, who: string): Within {
    const { id, action, filter, lines, count } = kept.view;
    const [job] = kept.byJob.size === 1 ? kept.byJob.keys() : [];
    const about: About = { action, filter, lines };
    kept.edit = this.world.nextEdit();
    return { id: kept.edit, at: this.world.clock.now(), who, verb: action.verb === 'PRIORITY' ? 'priority' : VERBS[action.verb], ...(job !== undefined && { job }), bulk: id, about: JSON.stringify(about), items: count };
  }

  /** It can be taken back as soon as it is over. */
  private async over(kept: Kept, change: Partial<BulkView> & { state: EditState }): Promise<void> {
    await this.world.endEdit(kept.edit!, change.state);
    this.change(kept, change);
  }

  /** Which priorities they had. */
  private remember({ before }: Kept, job: string, items: readonly number[]): void {
    const old = before.get(job) ?? new Map<number, number[]>();
    for (const { id, priority } of prioritiesOf(this.world.db, items)) {
      const those = old.get(priority);
      if (those) those.push(id);
      else old.set(priority, [id]);
    }
    before.set(job, old);
  }

  private keep(kept: Kept): void {
    this.kept.set(kept.view.id, kept);
  }

  private change(kept: Kept, change: Partial<BulkView>): void {
    kept.view = { ...kept.view, ...change };
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => this.world.clock.defer(resolve));
  }
}

const GONE = 'it is not kept any more: freeze the items again';
const NOT_KEPT = 'which priorities they had was only known to the runner that set them; set them anew';

/** Jobs and stages are not remembered, only what came of it. */
function remembered({ bulk, state, at, about: { action, filter, lines }, items, done, tasks, undone }: EditRow): BulkView {
  const isUndone = state === 'undone';
  return { id: bulk!, state, at, filter, action, count: items, jobs: [], done, tasks, undo: action.verb !== 'PRIORITY' || NOT_KEPT, ...(isUndone && { undone: { tasks: undone, begun: tasks - undone } }), lines };
}

type OnTasks = Exclude<BulkAction, { verb: 'PRIORITY' }>;
const onTasks = ({ stage, downstream }: OnTasks, where: readonly Condition[]) => ({ ...(stage !== undefined && { stage }), ...(downstream && { downstream }), ...(where.length > 0 && { where: [...where] }) });

function commandOf(job: string, items: number[], { where }: Frozen, action: BulkAction): Command {
  return action.verb === 'PRIORITY' ? { type: 'PRIORITY', job, items, priority: action.priority } : { type: action.verb, job, items, ...onTasks(action, where) };
}

function add(lines: BulkJob['stages'], { tasks, ...line }: BulkJob['stages'][number]): void {
  const known = lines.find(({ stage, from, to, byHand }) => stage === line.stage && from === line.from && to === line.to && byHand === line.byHand);
  if (known) known.tasks += tasks;
  else lines.push({ ...line, tasks });
}

function* partsOf(items: readonly number[], size = PART): Generator<number[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
