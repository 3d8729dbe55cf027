/**
 * Executes what operators send. Each command is refused with what would be accepted, or done and answered once it is
 * durable: its audit row is in the flush that holds all it did.
 */
import type { AnyActorRef } from 'xstate';
import type { Clock } from '../../actors/ports.ts';
import type { Answer, AnswerCode, BulkAction, Command, Condition, Done, Standing } from '../../inspector/protocol.ts';
import { breakersOf, hasErrors } from '../../machines/breaker.ts';
import { isUnderWay, MOST_CANARIES } from '../../machines/canary.ts';
import { machineNamed } from '../../machines/index.ts';
import { canaryOf } from '../../machines/job-children.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import type { Reloaded } from '../configuration.ts';
import { printFilter } from '../filter/print.ts';
import { progressOf } from '../explain/canary-progress.ts';
import { NotStored } from '../ledger/inbox.ts';
import type { GroupCommit } from '../ledger/ledger.ts';
import { machineNameOf, pathOf, type Recorder } from '../recorder/recorder.ts';
import { readEdit, type About } from '../store/edits-view.ts';
import { stateName } from '../store/state-name.ts';
import type { Store } from '../store/store.ts';
import type { EditMark } from '../store/types.ts';
import { UnknownPast } from '../travel/history.ts';
import { NoRewind, rewindOf, type Rewind, type Stood } from '../travel/rewind.ts';
import { acceptedBy, accepts } from './accepting.ts';
import type { Bulks } from './bulks.ts';
import { lineOf } from './lines.ts';
import { isHeldByErrors, standingOf, triesFirst, type LifecycleState } from './standing.ts';

export type CommandWorld = {
  clock: Clock;
  ledger: GroupCommit;
  store: Store;
  recorder: Recorder;
  actor(path: string): AnyActorRef | undefined;
  jobs(): string[];
  /** Reads jobs.yaml again; the text of all mistakes when it cannot be used. */
  reload(who: string): Promise<Reloaded>;
  /** What that would change. */
  previewReload(): Promise<Reloaded>;
  /** How an actor stood after an entry of the journal. Rejects with UnknownPast when it did not exist then. */
  stood(path: string, to: number): Promise<Stood>;
  stop(): void;
  bulks: Bulks;
};

/** Items of one flush: with three tasks each it takes 10 ms, 3 of them to remember how they stood. */
const SLICE = 100;

type Mark = Omit<EditMark, 'part' | 'isLast'>;
/** The action on many items that a command is a part of: they are remembered, and taken back, together. */
export type Within = Mark;

type Taken<Type extends Command['type']> = Extract<Command, { type: Type }>;

export class Commands {
  private readonly world: CommandWorld;
  private readonly underWay = new Map<string, Promise<Answer>>();

  constructor(world: CommandWorld) {
    this.world = world;
  }

  /** The same `id` again gets the same answer and does nothing. */
  execute(command: Command, who: string, id: string, within?: Within): Promise<Answer> {
    const known = this.world.store.commands.byId(id);
    if (known?.answer) return Promise.resolve(JSON.parse(known.answer) as Answer);
    let answer = this.underWay.get(id);
    if (!answer) {
      answer = this.carryOut(command, who, id, within).finally(() => this.underWay.delete(id));
      this.underWay.set(id, answer);
    }
    return answer;
  }

  private async carryOut(command: Command, who: string, id: string, within?: Within): Promise<Answer> {
    const { clock, ledger, recorder } = this.world;
    const at = clock.now();
    const answer = await this.perform(command, who, within);
    try {
      await ledger.acknowledge({ id, at, who, command: JSON.stringify(command), state: answer.ok ? 'applied' : 'refused', answer: JSON.stringify(answer), seq: recorder.seq });
    } catch (error) {
      if (!(error instanceof NotStored)) throw error;
      return refused('not_stored', `the disk is full: ${command.type} is in force but not stored, and a kill would undo it; free some space`);
    } finally {
      if (command.type === 'STOP' && answer.ok) clock.defer(() => this.world.stop());
    }
    return answer;
  }

  private async perform(command: Command, who: string, within?: Within): Promise<Answer> {
    if (command.type === 'SEND') return this.send(command, who);
    if (command.type === 'REWIND') return this.rewind(command, who);
    if (command.type === 'STOP') return done({ state: 'running' }, { state: 'stopping' });
    if (command.type === 'RELOAD') return this.reload(command, who);
    if (command.type === 'BULK') return this.bulk(command, who);
    if (command.type === 'UNDO') return this.undo(command);
    if (command.type === 'RECLASSIFY') return this.reclassify(command, who);
    if (!this.world.jobs().includes(command.job)) return refused('unknown_job', `there is no job "${command.job}"${didYouMeanOrList(command.job, this.world.jobs())}`);
    switch (command.type) {
      case 'ADD':
        return this.add(command);
      case 'RETRY': {
        const { canary, ...edit } = command;
        return canary ? this.redoWithCare(edit, who) : this.rerun(edit, who, within);
      }
      case 'RESET':
      case 'REPROCESS':
        return this.rerun(command, who, within);
      case 'PRIORITY':
        return this.prioritise(command, within);
      case 'CLEAR_ERRORS':
        return this.clearErrors(command, who);
      case 'WAKE':
        return this.tell(command.job, 'discovery', { type: 'WAKE' }, who);
      default: {
        const { job, ...event } = command;
        return this.tell(job, 'lifecycle', event, who);
      }
    }
  }

  // ---------------------------------------------------------------- to actors

  private tell(job: string, child: 'lifecycle' | 'discovery', event: { type: string }, who: string): Answer {
    const actor = this.world.actor(`job/${job}/${child}`);
    if (!actor) return refused('unknown_actor', `the ${child} of "${job}" is being restarted: try again in a moment`);
    const before = this.standing(job, child, actor);
    const answer = this.deliver(actor, event, who, () => this.whyNot(job), this.acceptedByJob(job));
    if (!answer.ok) return answer;
    const after = this.standing(job, child, actor);
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    return done(before, after, { undo: isSame ? undefined : UNDO[event.type]?.(job), note: event.type === 'RESUME' ? (stillHeld(after) ?? heldAgain(before)) : undefined });
  }

  private send({ path, event }: Taken<'SEND'>, who: string): Answer {
    const actor = this.world.actor(path);
    if (!actor) return refused('unknown_actor', `there is no actor "${path}"`);
    const orders = machineNamed(machineNameOf(actor))?.orders;
    const parsed = orders?.[event.type]?.safeParse(event);
    if (orders && !parsed) return refused('bad_request', `${path} knows no event "${event.type}"`, acceptedBy(actor));
    if (parsed && !parsed.success) return refused('bad_request', parsed.error.issues.map(({ path: at, message }) => `${at.join('.') || 'event'}: ${message}`).join('; '), acceptedBy(actor));
    const before = { state: stateOf(actor) };
    const answer = this.deliver(actor, (parsed?.data as typeof event | undefined) ?? event, who, () => `${path} is ${before.state}`);
    return answer.ok ? done(before, { state: stateOf(actor) }) : answer;
  }

  private async rewind({ path, to }: Taken<'REWIND'>, who: string): Promise<Answer> {
    if (!this.world.actor(path)) return refused('unknown_actor', `there is no actor "${path}"`);
    const rewound = await this.rewindOf(path, to);
    if ('ok' in rewound) return rewound;
    const { job, id, past, standing, problem } = rewound;
    // It may have died while its past was looked at.
    const [actor, parent] = [this.world.actor(path), this.world.actor(`job/${job}`)];
    if (!actor || !parent) return refused('unknown_actor', `${path} is being restarted: try again in a moment`);
    if (problem !== undefined) return refused('not_accepted', `${path} cannot go back to ${to}: ${problem}`, acceptedBy(actor));
    const [before, last] = [stateOf(actor), this.world.recorder.lastOf(actor)];
    this.post(parent, { type: 'child.rewound', id, past, ...(standing && { standing }) }, who);
    return done({ state: before }, { state: stateOf(this.world.actor(path)!) }, { undo: `npx jobctl rewind ${path} --to ${last}` });
  }

  private async rewindOf(path: string, to: number): Promise<Rewind | Answer> {
    try {
      return rewindOf(this.world.store.db, path, to, await this.world.stood(path, to));
    } catch (error) {
      if (error instanceof UnknownPast || error instanceof NoRewind) return refused('not_accepted', error.message);
      throw error;
    }
  }

  private reclassify(command: Taken<'RECLASSIFY'>, who: string): Answer {
    const actor = this.world.actor('doctor');
    if (!actor) return refused('unknown_actor', 'the doctor is being restarted: try again in a moment');
    const met = this.world.store.doctor.met(command.fingerprint);
    if (!met) return refused('bad_request', `no error with the fingerprint ${command.fingerprint} was met; npx jobctl doctor lists those that were`);
    const answer = this.deliver(actor, command, who, () => `the doctor is ${stateOf(actor)}`);
    return answer.ok ? done({ state: met.class }, { state: command.class }, { undo: `npx jobctl doctor reclassify ${command.fingerprint} ${met.class}` }) : answer;
  }

  private clearErrors({ job }: Taken<'CLEAR_ERRORS'>, who: string): Answer {
    const lifecycle = this.world.actor(`job/${job}/lifecycle`);
    if (!lifecycle) return refused('unknown_actor', `the lifecycle of "${job}" is being restarted: try again in a moment`);
    const standing = () => this.standing(job, 'lifecycle', lifecycle);
    const before = standing();
    const breakers = this.breakersOf(job).filter((breaker) => hasErrors(breaker.getSnapshot()));
    if (!isHeldByErrors(before) && breakers.length === 0) return refused('not_accepted', `no error holds "${job}", and none is counted`, acceptedBy(lifecycle));
    for (const breaker of breakers) this.post(breaker, { type: 'CLEAR_ERRORS' }, who);
    // A breaker that began anew does not know what it had opened for.
    if (isHeldByErrors(standing())) this.post(lifecycle, { type: 'hold.lifted', cause: 'breaker' }, who);
    return done(before, standing(), { note: triesFirst(breakers.map((breaker) => breaker.getSnapshot())) });
  }

  private breakersOf(job: string): AnyActorRef[] {
    const spec = this.world.actor(`job/${job}`)?.getSnapshot().context.spec;
    return Object.keys(spec ? breakersOf(spec) : {}).flatMap((id) => this.world.actor(`job/${job}/${id}`) ?? []);
  }

  /** How the job stands, in a sentence. */
  private whyNot(job: string): string {
    const lifecycle = this.world.actor(`job/${job}/lifecycle`);
    const { state, reason } = lifecycle ? this.standing(job, 'lifecycle', lifecycle) : { state: 'being restarted', reason: undefined };
    return `${job} is ${state}${reason ? `: ${reason}` : ''}`;
  }

  private acceptedByJob(job: string): string[] {
    const actors = ['lifecycle', 'discovery'].map((child) => this.world.actor(`job/${job}/${child}`)).filter((actor) => actor !== undefined);
    return actors.flatMap(acceptedBy).sort();
  }

  private deliver(actor: AnyActorRef, event: { type: string }, who: string, where: () => string, accepted = acceptedBy(actor)): Answer | { ok: true } {
    const stamped = { ...event, at: this.world.clock.now() };
    if (!accepts(actor, stamped)) {
      return refused('not_accepted', `${event.type} is not accepted: ${where()}; accepted now: ${accepted.join(', ') || 'nothing'}`, accepted);
    }
    this.post(actor, stamped, who);
    if (actor.getSnapshot().status === 'error') return refused('internal', `${event.type} was not carried out: ${pathOf(actor)} died of it, and is being started again`);
    return { ok: true };
  }

  private post(actor: AnyActorRef, event: { type: string; [payload: string]: unknown }, who: string): void {
    const { recorder, clock } = this.world;
    actor.send(recorder.from({ ...event, at: clock.now() }, { source: `operator:${who}`, cause: null }) as never);
  }

  private standing(job: string, child: 'lifecycle' | 'discovery', actor: AnyActorRef): Standing {
    if (child === 'discovery') return { state: stateOf(actor) };
    return standingOf(actor.getSnapshot() as LifecycleState);
  }

  // ---------------------------------------------------------------- to rows

  private async add({ job, items }: Taken<'ADD'>): Promise<Answer> {
    const { ledger } = this.world;
    const pending = ledger.pending(job);
    const receipt = await ledger.found(job, items.map(({ key, data, priority, title }) => ({ key, data, ...(priority !== undefined && { priority }), ...(title !== undefined && { title }) })));
    return done({ state: `${pending} pending` }, { state: `${ledger.pending(job)} pending`, counts: { ...receipt } });
  }

  private async rerun({ type, ...edit }: Taken<'RETRY' | 'RESET' | 'REPROCESS'>, who: string, within?: Within): Promise<Answer> {
    const { ledger, store, clock } = this.world;
    const unknown = this.unknownStage(edit.job, edit.stage);
    if (unknown) return unknown;
    const verb = ({ RETRY: 'retry', RESET: 'reset', REPROCESS: 'reprocess' } as const)[type];
    const items = store.selectedItems({ verb, ...edit }, clock.now());
    const mark = within ?? (items.length > 0 ? this.markOf({ type, ...edit }, verb, who, items.length) : undefined);
    let tasks = 0;
    for (let from = 0; from < items.length; from += SLICE) {
      const part = items.slice(from, from + SLICE);
      const isLast = !within && from + SLICE >= items.length;
      tasks += await ledger.edit({ verb, ...edit, items: part, ...(mark && { mark: { ...mark, part: part.length, isLast } }) });
    }
    return done({ state: 'as they were' }, { state: tasks === 0 ? 'nothing to do' : 'ready', counts: { tasks, items: items.length } }, tasks > 0 && !within ? takenBackBy(mark!.id) : {});
  }

  private markOf({ type, stage, downstream, ...edit }: Taken<'RETRY' | 'RESET' | 'REPROCESS'>, verb: Mark['verb'], who: string, items: number): Mark {
    const { store, clock } = this.world;
    const action: BulkAction = { verb: type, ...(stage !== undefined && { stage }), ...(downstream && { downstream }) };
    const { job, items: chosen, where = [] } = edit;
    const filter = chosen ? null : printFilter(where);
    const about: About = { action, filter, lines: [lineOf(job, { filter, where, items: chosen ?? [] }, action)] };
    return { id: store.edits.next(), at: clock.now(), who, verb, job, about: JSON.stringify(about), items };
  }

  /** In parts: what nobody has begun is what it was, whatever comes between two of them. */
  private async undo({ edit }: Taken<'UNDO'>): Promise<Answer> {
    const { ledger, store } = this.world;
    const row = readEdit(store.db, edit);
    if (!row) return refused('not_accepted', `there is no edit ${edit}, or no longer; \`npx jobctl undo\` lists those that there are`);
    if (row.verb === 'priority') return refused('not_accepted', 'which priorities they had is not kept: set them anew');
    if (row.state === 'running') return refused('not_accepted', `edit ${edit} is under way: stop it first`);
    let tasks = 0;
    while (store.edits.isLeft(edit)) tasks += await ledger.edit({ verb: 'undo', edit });
    const begun = row.tasks - row.undone - tasks;
    const note = begun > 0 ? `${begun} of ${row.tasks} had begun, and go on` : undefined;
    if (tasks === 0) return refused('not_accepted', row.state === 'undone' ? `edit ${edit} was undone already` : `all ${row.tasks} tasks of edit ${edit} have begun since: there is nothing to put back`);
    return done({ state: 'ready' }, { state: 'as they were', counts: { tasks, begun } }, { note });
  }

  /** The job begins an actor that redoes them: one, ten, all. */
  private redoWithCare({ job, stage, items, where = [], downstream }: Omit<Taken<'RETRY'>, 'canary'>, who: string): Answer {
    const fingerprint = onlyFingerprint(where);
    if (fingerprint === undefined || items || downstream) return refused('bad_request', 'a canary redoes all that failed by one fingerprint, and nothing else can be asked of it: leave out `canary`, or the rest');
    const unknown = this.unknownStage(job, stage);
    if (unknown) return unknown;
    const actor = this.world.actor(`job/${job}`);
    if (!actor) return refused('unknown_actor', `"${job}" is being restarted: try again in a moment`);
    const asked = { fingerprint, stage: stage ?? null };
    const total = this.world.store.canaries.count({ job, ...asked, since: this.world.clock.now() });
    if (total === 0) return done({ state: 'as they were' }, { state: 'nothing to do', counts: { tasks: 0 } });
    const inTheWay = this.canaryInTheWay(actor, job, fingerprint);
    if (inTheWay !== undefined) return refused('not_accepted', inTheWay);
    this.post(actor, { type: 'canary.asked', ...asked, total }, who);
    const stop = `npx jobctl retry ${job} --fingerprint ${fingerprint} --stop`;
    return done({ state: 'failed' }, { state: 'one is tried first', counts: { tasks: total } }, { undo: stop, note: total > 1 ? 'then ten, then all, as long as none fails in the same way' : undefined });
  }

  private canaryInTheWay(actor: AnyActorRef, job: string, fingerprint: string): string | undefined {
    const known = Object.keys(actor.getSnapshot().context.canaries as object);
    const same = this.world.actor(`job/${job}/${canaryOf(fingerprint)}`)?.getSnapshot();
    const stop = (which: string) => `npx jobctl retry ${job} --fingerprint ${which} --stop`;
    if (same && isUnderWay(same)) return `this is being redone already: ${progressOf(same)}; \`${stop(fingerprint)}\` ends that`;
    if (!known.includes(fingerprint) && known.length >= MOST_CANARIES) return `"${job}" redoes ${known.length} kinds of errors already, and that is the most; end one: ${known.map((one) => `\`${stop(one)}\``).join(', ')}`;
    return undefined;
  }

  private unknownStage(job: string, stage: string | undefined): Answer | undefined {
    const stages = [...this.world.store.counts.ofJob(job).keys()];
    return stage === undefined || stages.includes(stage) ? undefined : refused('bad_request', `job "${job}" has no stage "${stage}"${didYouMeanOrList(stage, stages)}`);
  }

  private async prioritise({ job, items, priority }: Taken<'PRIORITY'>, within?: Within): Promise<Answer> {
    const { ledger, store } = this.world;
    const before = store.items.priorities(job, items);
    let changed = 0;
    for (let from = 0; from < items.length; from += SLICE) {
      const part = items.slice(from, from + SLICE);
      changed += await ledger.edit({ verb: 'priority', job, items: part, priority, ...(within && { mark: { ...within, part: part.length, isLast: false } }) });
    }
    const old = [...new Set(before.map((row) => row.priority))];
    const undo = changed > 0 && old.length === 1 ? { undo: `npx jobctl priority ${job} ${before.map(({ id }) => id).join(' ')} ${old[0]}` } : {};
    return done({ state: `priority ${old.join(', ') || 'unknown'}` }, { state: `priority ${priority}`, counts: { items: changed } }, undo);
  }

  private async bulk({ bulk: id, do: what, words }: Taken<'BULK'>, who: string): Promise<Answer> {
    const { bulks } = this.world;
    const before = bulks.find(id);
    const after = await (what === 'run' ? bulks.run(id, words, who) : what === 'abort' ? bulks.abort(id) : bulks.undo(id, who));
    if ('refused' in after) return refused('not_accepted', after.refused);
    return done(before ? { state: before.state } : { state: 'frozen' }, { state: after.state, counts: { items: after.count } });
  }

  private async reload({ dryRun }: Taken<'RELOAD'>, who: string): Promise<Answer> {
    const result = await (dryRun ? this.world.previewReload() : this.world.reload(who));
    return result.ok ? done({ state: 'running' }, { state: 'running' }, { changes: result.changes }) : refused('invalid_config', result.problems);
  }
}

/** Of a filter that asks for one kind of error, and for nothing else. */
function onlyFingerprint(where: readonly Condition[]): string | undefined {
  const [only] = where;
  return where.length === 1 && only?.field === 'fingerprint' && only.is === '=' && typeof only.value === 'string' ? only.value : undefined;
}

const stateOf = (actor: AnyActorRef): string => stateName(asText((actor.getSnapshot() as { value: unknown }).value));
const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const UNDO: Record<string, ((job: string) => string) | undefined> = {
  PAUSE: (job) => `npx jobctl unpause ${job}`,
  DRAIN: (job) => `npx jobctl unpause ${job}`,
  RESUME: (job) => `npx jobctl pause ${job}`,
};

function stillHeld({ holds, reason }: Standing): string | undefined {
  if (!holds || holds.length === 0) return undefined;
  const isOver = holds.some(({ cause }) => cause === 'budget');
  const force = holds.length === 1 && isOver ? '' : '; --force lifts this too';
  return `still held: ${reason}${force}${isOver ? `; no force makes money: ${RAISE_LIMIT}` : ''}`;
}

/** A limit that force has lifted stands where it stood. */
const heldAgain = ({ holds = [] }: Standing): string | undefined =>
  holds.some(({ cause }) => cause === 'budget') ? `no force makes money: it is held again as soon as something would cost any; ${RAISE_LIMIT}` : undefined;

const RAISE_LIMIT = 'raise the limit in jobs.yaml, then `npx jobctl reload`, or wait for the next day';

const takenBackBy = (edit: number): Pick<Done, 'undo' | 'back'> => ({ undo: `npx jobctl undo ${edit}`, back: { type: 'UNDO', edit } });

function done(before: Standing, after: Standing, { undo, back, note, changes }: Pick<Done, 'undo' | 'back' | 'note' | 'changes'> = {}): Answer {
  return { ok: true, before, after, ...(undo !== undefined && { undo }), ...(back && { back }), ...(note !== undefined && { note }), ...(changes && { changes }) };
}

function refused(code: AnswerCode, message: string, accepted: string[] = []): Extract<Answer, { ok: false }> {
  return { ok: false, code, message, accepted };
}
