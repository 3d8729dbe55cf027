/** What happens to a machine by chance: events with payloads, time that passes, processes that die. What fails is shrunk and told one event a line. */
import fc from 'fast-check';
import type { AnyStateMachine } from 'xstate';
import { fold } from '../../runtime/recorder/fold.ts';
import { differences, made, said } from './edges.ts';
import { brokenLaw } from './laws.ts';
import { Host } from './machines.ts';
import type { Proof, Sent } from './proof.ts';

type Happening = { name: string; in(host: Host): void };
export type History = { input: object; happenings: readonly Happening[] };
/** Says what is not as it must be. `since`: how many steps were looked at before. */
type Check = (hosts: Hosts, since: number) => string | undefined;
/** `model`: the host that is never killed, when there is one beside the real one. */
type Hosts = { model: Host; real: Host };

const MINUTE = 60_000;
const LONGEST = 40;

const sent = ({ later: _, ...event }: Sent): Happening => ({ name: event.type, in: (host) => (host.send(event), host.wait(0)) });
const passed = (ms: number): Happening => ({ name: `${ms} ms pass`, in: (host) => host.wait(ms) });
const restarted = (ms: number): Happening => ({ name: `killed, and started again after ${ms} ms`, in: (host) => host.restart(ms) });

function happening({ events, payloads }: Proof, { restarts }: { restarts: boolean }): fc.Arbitrary<Happening> {
  // `actor.restored` is what the runtime says after a restart, and only then.
  const known = fc.constantFrom(...events.filter(({ type }) => type !== 'actor.restored'));
  const span = fc.oneof(fc.nat(10), fc.nat(1_000), fc.nat(2 * MINUTE));
  return fc.oneof(
    { weight: 6, arbitrary: (payloads ? fc.oneof(known, payloads) : known).map(sent) },
    { weight: 1, arbitrary: span.map(passed) },
    ...(restarts ? [{ weight: 1, arbitrary: span.map(restarted) }] : []),
  );
}

class Command implements fc.Command<Host, Host> {
  private readonly happening: Happening;
  private readonly verify: Check;

  constructor(happening: Happening, verify: Check) {
    this.happening = happening;
    this.verify = verify;
  }

  check(): boolean {
    return true;
  }

  run(model: Host, real: Host): void {
    const since = real.steps.length;
    for (const host of new Set([model, real])) this.happening.in(host);
    complain(real, this.verify({ real, model }, since));
  }

  toString(): string {
    return this.happening.name;
  }
}

function complain({ steps }: Host, problem: string | undefined): void {
  if (problem !== undefined) throw new Error(`${steps.map(({ event }) => said(event)).join('\n')}\n\n${problem}`);
}

/** A host that is killed after everything that happens goes the way of one that is never killed, and its journal folds to where it is. */
export const survivesByChance = (proof: Proof, machine: AnyStateMachine, runs: number): void =>
  assertByChance(proof, {
    runs,
    restarts: false,
    hosts: (input) => ({ model: new Host(machine, { input }), real: new Host(machine, { input }) }),
    verify: ({ real, model }) => {
      real.crash();
      real.wait(0);
      return real.saved() === model.saved() ? undefined : `${real.error ? `it died: ${real.error}\n` : ''}killed after every event, it is not like one that is never killed:\n${differences(real.saved(), model.saved())}`;
    },
    atEnd: ({ real }) => {
      const { value, context, status } = fold(machine, real.journal)!;
      const folded = JSON.stringify({ status, value, context });
      return folded === real.saved() ? undefined : `it is not where its journal leads:\n${differences(real.saved(), folded)}`;
    },
  });

/** Whatever happens, and however often the process dies, no law is broken. */
export const lawfulByChance = (proof: Proof, machine: AnyStateMachine, runs: number): void =>
  assertByChance(proof, {
    runs,
    restarts: true,
    hosts: (input) => {
      const real = new Host(machine, { input });
      return { model: real, real };
    },
    verify: ({ real }, since) => unlawful(proof, real, since),
  });

type Assertion = { runs: number; restarts: boolean; hosts(input: object): Hosts; verify: Check; atEnd?(hosts: Hosts): string | undefined };

function assertByChance(proof: Proof, { runs, restarts, hosts, verify, atEnd }: Assertion): void {
  const command = happening(proof, { restarts }).map((one) => new Command(one, verify));
  const property = fc.property(fc.constantFrom(...proof.inputs), fc.commands([command], { maxCommands: LONGEST, size: 'max' }), (input, commands) => {
    const both = hosts(input);
    fc.modelRun(() => both, commands);
    complain(both.real, atEnd?.(both));
  });
  fc.assert(property, { numRuns: runs, reporter: told });
}

/** What chance found, as a newcomer reads it. */
function told({ failed, errorInstance, seed, counterexamplePath }: { failed: boolean; errorInstance: unknown; seed: number; counterexamplePath: string | null }): void {
  if (!failed) return;
  const cause = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  throw new Error(`The shortest history that was found (seed ${seed}, path "${counterexamplePath}"):\n\n${cause}\n`);
}

const samples = new WeakMap<Proof, History[]>();
const SAMPLES = 20;

/** The same for everybody: to ask one question of many machines. */
export function sampled(proof: Proof): History[] {
  if (!samples.has(proof)) {
    const happenings = fc.array(happening(proof, { restarts: true }), { minLength: LONGEST / 2, maxLength: LONGEST, size: 'max' });
    samples.set(proof, fc.sample(fc.record({ input: fc.constantFrom(...proof.inputs), happenings }), { numRuns: SAMPLES, seed: 4 }));
  }
  return samples.get(proof)!;
}

/** The first law that a machine breaks in this history. */
export function brokenIn(proof: Proof, machine: AnyStateMachine, { input, happenings }: History): string | undefined {
  const host = new Host(machine, { input });
  for (const one of happenings) {
    const seen = host.steps.length;
    one.in(host);
    const broken = brokenLaw(proof, host.steps, seen);
    if (broken) return broken;
  }
  return undefined;
}

function unlawful(proof: Proof, { steps, error }: Host, since: number): string | undefined {
  const law = brokenLaw(proof, steps, since);
  if (law === undefined) return undefined;
  return `breaks the invariant “${law}”${error ? `; it died: ${error}` : ''}\nWhat the last event made of it:\n${made(steps.at(-1)!)}`;
}
