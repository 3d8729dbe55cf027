/** Every machine that an actor row may name, by its `src`, with the version of its snapshots. */
import type { AnyStateMachine } from 'xstate';
import { discoveryMachine } from './discovery.ts';
import { jobMachine } from './job.ts';
import { lifecycleMachine } from './lifecycle.ts';
import { stageWorkerMachine } from './stage-worker.ts';
import { supervisorMachine } from './supervisor.ts';

/** `version` is raised with every change after which an older snapshot cannot be continued. */
export const machines: Record<string, { machine: AnyStateMachine; version: number }> = {
  supervisor: { machine: supervisorMachine, version: 1 },
  job: { machine: jobMachine, version: 1 },
  lifecycle: { machine: lifecycleMachine, version: 1 },
  discovery: { machine: discoveryMachine, version: 1 },
  stageWorker: { machine: stageWorkerMachine, version: 1 },
};
