/** A job's guards joined to the world: the queue, the handler's own check, and who places the hold. */
import { fromCallback, sendParent } from 'xstate';
import { guardsMachine, UNLOADABLE_CHECK, type GuardsEvent } from '../machines/guards.ts';
import type { JobEvent } from '../machines/job.ts';
import type { JobSpec } from '../machines/spec.ts';
import { timeOf } from '../machines/time.ts';
import { check } from './check.ts';
import { VALIDATE, type Ports } from './ports.ts';

/** @param specOf a job's specification in force; undefined for one that is archived */
export const guards = (ports: Ports, specOf: (job: string) => JobSpec | undefined) =>
  guardsMachine.provide({
    actors: { room: room(ports) as never, code: code(ports, specOf) as never, check: check(ports) as never },
    actions: {
      holdJob: sendParent(({ context, event }): JobEvent => ({ type: 'guard.tripped', reason: context.problem!.reason, at: timeOf(event) })) as never,
      freeJob: sendParent(({ event }): JobEvent => ({ type: 'guard.mended', at: timeOf(event) })) as never,
    },
  });

const room = ({ clock, ledger }: Ports) =>
  fromCallback<{ type: string }, { job: string; below: number }>(({ input: { job, below }, sendBack }) => {
    const tell = sendBack as (event: GuardsEvent) => void;
    return ledger.whenPendingBelow(job, below, () => tell({ type: 'queue.drained', at: clock.now() }));
  });

/** Code of before goes on when that of now cannot be loaded. */
const code = ({ clock, handlers, log }: Ports, specOf: (job: string) => JobSpec | undefined) =>
  fromCallback<{ type: string }, { job: string }>(({ input: { job }, sendBack }) => {
    const tell = sendBack as (event: GuardsEvent) => void;
    let over = false;
    const look = async () => {
      try {
        if (!over && specOf(job)) await handlers.prepare(job, VALIDATE);
        if (!over) tell({ type: 'check.loaded', at: clock.now() });
      } catch (error) {
        const { message } = error as Error;
        if (over) return;
        if (handlers.isReady(job, VALIDATE)) return log.warn(`job "${job}": validate() of now cannot be loaded, that of before goes on: ${message}`);
        tell({ type: 'check.unloadable', reason: `${UNLOADABLE_CHECK}${message}`, at: clock.now() });
      }
    };
    const unwatch = handlers.watch(job, VALIDATE, () => void look());
    // The stages come first: what they cannot do without is made ready before what looks after them.
    clock.defer(() => void look());
    return () => {
      over = true;
      unwatch();
    };
  });
