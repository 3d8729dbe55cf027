/** What a machine gives so that all that is proven of machines is proven of it: an entry in `test/machines/proofs.ts`. */
import type fc from 'fast-check';
import type { AnyMachineSnapshot, AnyStateMachine, InputFrom, SnapshotFrom } from 'xstate';
import type { Effect } from '../../runtime/recorder/fold.ts';

/** `later`: so many ms after whatever came before it; at once when left out. */
export type Sent = { type: string; later?: number; [payload: string]: unknown };

/** An event, and what came of it. The first is `xstate.init`, with nothing before it. */
export type Step<S = AnyMachineSnapshot> = {
  before: S | null;
  event: { type: string; at: number; [payload: string]: any };
  after: S;
  /** What the machine wanted done: its own actions by name, and those of XState, like `xstate.spawnChild`. */
  effects: readonly Effect[];
};

/** Must be true of every step, on whatever way the machine came there. */
export type Invariants<S> = Record<string, (step: Step<S>) => boolean>;
/** Must be true of whole histories, each from its `xstate.init` on. */
export type HistoryInvariants<S> = Record<string, (steps: readonly Step<S>[]) => boolean>;

/**
 * One thing that happens, and what is to be seen then. `start`: the input, first of a story; without it, it begins with the first of the
 * proof's. `restart`: the process was dead for so many ms; `told`: what `actor.restored` says then.
 */
export type Moment = ({ start: object } | { send: Sent } | { wait: number } | { restart: number; told?: { missing?: readonly string[]; [payload: string]: unknown } }) & Seen;
export type Seen = {
  /** The value of the machine, as far as it matters. */
  is?: unknown;
  /** The context as far as it matters: what is not named is not looked at. */
  context?: object;
  /** Effects that it has, by name, or by name and params as far as they matter. */
  does?: readonly Done[];
  /** Names of effects that it does not have. */
  spares?: readonly string[];
  /** Ids of all children that live then. */
  children?: readonly string[];
};
export type Done = string | Record<string, unknown>;

/** By name: a sentence that says what the story shows. */
export type Stories = Record<string, readonly Moment[]>;

export type Proof<S = AnyMachineSnapshot> = {
  machine: AnyStateMachine;
  /** What it may start with. */
  inputs: readonly object[];
  /** One of each kind that makes a difference. The machine's own timers are added. */
  events: readonly Sent[];
  /** Events with payloads by chance, for random histories; `events` are always among them. */
  payloads?: fc.Arbitrary<Sent>;
  /** Keeps the walk finite: states with the same text count as one. */
  abstract(snapshot: S): unknown;
  invariants: Invariants<S>;
  histories?: HistoryInvariants<S>;
  stories: Stories;
  /** Mutants of the configuration that neither an invariant nor a story notices, by label, each with the reason. */
  survivors?: Record<string, string>;
};

type Given<M extends AnyStateMachine> = Omit<Proof<SnapshotFrom<M>>, 'machine' | 'inputs'> & { inputs: readonly InputFrom<M>[] };

export const prove = <M extends AnyStateMachine>(machine: M, given: Given<M>): Proof => ({ machine, ...given }) as unknown as Proof;

// ---------------------------------------------------------------- what invariants ask of a step

export const did = ({ effects }: Pick<Step, 'effects'>, name: string): boolean => effects.some(({ type }) => type === name);

/** Whether it is in this state (any, when none is named) and was not, or entered it again. */
export const entered = ({ before, after }: Step, state: unknown): boolean => after.matches(state as never) && !before?.matches(state as never);
