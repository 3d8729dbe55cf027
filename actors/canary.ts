/** A canary joined to the world: the store's rows say which tasks there are and how they ended. */
import { fromCallback, sendParent } from 'xstate';
import { canaryMachine, type CanaryContext, type CanaryEvent, type Redone, type Tried } from '../machines/canary.ts';
import type { JobEvent } from '../machines/job.ts';
import { timeOf } from '../machines/time.ts';
import type { Ports } from './ports.ts';

type Tell = (event: CanaryEvent) => void;

export const canary = (ports: Ports) =>
  canaryMachine.provide({
    actors: { choice: choice(ports) as never, trial: trial(ports) as never, release: release(ports) as never },
    actions: {
      tellStopped: (({ context }: { context: CanaryContext }) => ports.log.warn(`job "${context.job}": the canary of error ${context.fingerprint} has stopped, and ${context.total - context.tried - context.tasks.length} stay failed: ${context.reason}`)) as never,
      tellOver: sendParent(({ context, event }): JobEvent => ({ type: 'canary.ended', fingerprint: context.fingerprint, at: timeOf(event) })) as never,
    },
  });

const choice = ({ clock, canaries }: Ports) =>
  fromCallback<{ type: string }, { redone: Redone; most: number }>(({ input: { redone, most }, sendBack }) => {
    (sendBack as Tell)({ type: 'tasks.chosen', tasks: canaries.next(redone, most), at: clock.now() });
  });

const trial = ({ clock, canaries }: Ports) =>
  fromCallback<{ type: string }, { redone: Redone; tasks: Tried[] }>(({ input: { redone, tasks }, sendBack }) =>
    canaries.tryAgain(redone, tasks, (ended) => (sendBack as Tell)({ type: 'tasks.ended', ...ended, at: clock.now() })));

const release = ({ clock, canaries }: Ports) =>
  fromCallback<{ type: string }, { redone: Redone }>(({ input: { redone }, sendBack }) =>
    canaries.release(redone, (tasks) => (sendBack as Tell)({ type: 'rest.released', tasks, at: clock.now() })));
