/**
 * The dead-man check of a job: a stage that claims nothing for `stalled_after`, although at every look a task was there to be
 * had, has forgotten its work. Who restarts it is the job.
 *
 * The ledger says what could be claimed, by the rows; the handlers say whether there is code to run. What the pump believes
 * does not count. A look that comes late proves nothing: the process was stopped, the machine slept, or something blocked the loop.
 */
import { fromCallback } from 'xstate';
import type { JobEvent } from '../machines/job.ts';
import type { JobSpec } from '../machines/spec.ts';
import type { Ports, StageLook } from './ports.ts';

const LOOKS_PER_STALL = 4;
const LATE_MS = 1_000;

/** @param specOf a job's specification in force; undefined for one that is archived */
export const deadMan = (ports: Ports, specOf: (job: string) => JobSpec | undefined) =>
  fromCallback<{ type: string }, { job: string }>(({ input: { job }, sendBack }) => {
    const { clock } = ports;
    const check = new DeadManCheck(ports, sendBack as (event: JobEvent) => void);
    let timer: unknown;
    const lookLater = () => {
      const spec = specOf(job);
      if (spec === undefined) return;
      const wait = spec.restart.stalledAfterMs / LOOKS_PER_STALL;
      const due = clock.monotonic() + wait;
      timer = clock.setTimeout(() => {
        check.look(specOf(job), clock.monotonic() - due > LATE_MS);
        lookLater();
      }, wait);
    };
    lookLater();
    return () => clock.clearTimeout(timer);
  });

class DeadManCheck {
  private readonly ports: Ports;
  private readonly tell: (event: JobEvent) => void;
  /** Stages that could claim and did not: since when, and how much they had claimed by then. */
  private readonly idle = new Map<string, { since: number; claims: number }>();

  constructor(ports: Ports, tell: (event: JobEvent) => void) {
    this.ports = ports;
    this.tell = tell;
  }

  look(spec: JobSpec | undefined, late: boolean): void {
    const looks = spec && !late ? this.looksAt(spec) : [];
    for (const stage of this.idle.keys()) if (!looks.some((look) => look.stage === stage)) this.idle.delete(stage);
    for (const look of looks) this.weigh(look, spec!);
  }

  /** What cannot be looked at proves nothing either. */
  private looksAt(spec: JobSpec): StageLook[] {
    const { ledger, handlers } = this.ports;
    try {
      return ledger.lookAt(spec).filter(({ stage, couldClaim }) => couldClaim && handlers.isReady(spec.id, stage));
    } catch {
      return [];
    }
  }

  private weigh({ stage, claims }: StageLook, { id, restart }: JobSpec): void {
    const { clock, log } = this.ports;
    const now = clock.monotonic();
    const before = this.idle.get(stage);
    if (!before || before.claims !== claims) return void this.idle.set(stage, { since: now, claims });
    const forMs = now - before.since;
    if (forMs < restart.stalledAfterMs) return;
    this.idle.delete(stage);
    log.error(`job "${id}" stage "${stage}" is started again: it has claimed nothing for ${forMs / 1000} s, although tasks were ready and nothing was in its way`);
    this.tell({ type: 'stage.stalled', stage, forMs, at: clock.now() });
  }
}
