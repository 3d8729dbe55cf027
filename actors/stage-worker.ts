/** The stage worker joined to the world. */
import { sendParent, sendTo } from 'xstate';
import { stageWorkerMachine } from '../machines/stage-worker.ts';
import type { Ports } from './ports.ts';
import { pump } from './pump.ts';

export const stageWorker = (ports: Ports) =>
  stageWorkerMachine.provide({
    actors: { pump: pump(ports) as never },
    actions: {
      tellJob: sendParent(({ event }) => event) as never,
      tellPump: sendTo('pump', ({ event }) => event) as never,
    },
  });
