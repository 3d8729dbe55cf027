/** Every machine that an actor row may name, by its `src`, with the shape of its context and the version of its snapshots. */
import type { AnyStateMachine } from 'xstate';
import type { z } from 'zod';
import { configContext, configMachine } from './config.ts';
import { discoveryContext, discoveryMachine } from './discovery.ts';
import { jobContext, jobMachine } from './job.ts';
import { lifecycleContext, lifecycleMachine } from './lifecycle.ts';
import { stageWorkerContext, stageWorkerMachine } from './stage-worker.ts';
import { supervisorContext, supervisorMachine } from './supervisor.ts';

/** `version` is raised with every change after which an older snapshot cannot be continued. */
export type KnownMachine = { machine: AnyStateMachine; context: z.ZodType; version: number };

export const machines: Record<string, KnownMachine> = {
  supervisor: { machine: supervisorMachine, context: supervisorContext, version: 1 },
  config: { machine: configMachine, context: configContext, version: 1 },
  job: { machine: jobMachine, context: jobContext, version: 1 },
  lifecycle: { machine: lifecycleMachine, context: lifecycleContext, version: 1 },
  discovery: { machine: discoveryMachine, context: discoveryContext, version: 1 },
  stageWorker: { machine: stageWorkerMachine, context: stageWorkerContext, version: 1 },
};
