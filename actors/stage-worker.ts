/** The stage worker joined to the world. */
import { sendParent, sendTo } from 'xstate';
import { stageWorkerMachine } from '../machines/stage-worker.ts';
import type { JobSpec } from '../machines/spec.ts';
import type { Ports } from './ports.ts';
import { pump } from './pump.ts';

/** @param specOf a job's specification in force; undefined for one that is archived */
export const stageWorker = (ports: Ports, specOf: (job: string) => JobSpec | undefined) =>
  stageWorkerMachine.provide({
    actors: { pump: pump(ports, specOf) as never },
    actions: {
      tellJob: sendParent(({ event }) => event) as never,
      tellPump: sendTo('pump', ({ event }) => event) as never,
    },
  });
