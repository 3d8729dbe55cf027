/** Discovery joined to the world. */
import { sendParent } from 'xstate';
import { discoveryMachine } from '../machines/discovery.ts';
import type { JobSpec } from '../machines/spec.ts';
import { poll } from './poll.ts';
import type { Ports } from './ports.ts';

export const discovery = (ports: Ports, specOf: (job: string) => JobSpec) => discoveryMachine.provide({ actors: { poll: poll(ports, specOf) as never }, actions: { tellJob: sendParent(({ event }) => event) as never } });
