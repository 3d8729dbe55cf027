/** A shared resource joined to the world: the ledger says who holds its slots, and who waits. */
import { fromCallback } from 'xstate';
import { resourceMachine, type ResourceEvent } from '../machines/resource.ts';
import type { Ports } from './ports.ts';

export const resource = ({ clock, ledger }: Ports) =>
  resourceMachine.provide({
    actors: {
      watch: fromCallback<{ type: string }, { name: string }>(({ input: { name }, sendBack }) =>
        ledger.watchResource(name, (use) => sendBack({ type: 'resource.used', ...use, at: clock.now() } satisfies ResourceEvent as never))) as never,
    },
  });
