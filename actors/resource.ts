/** A shared resource joined to the world: the ledger says who holds its slots, and who waits. */
import { fromCallback, sendParent } from 'xstate';
import { resourceMachine, type ResourceEvent } from '../machines/resource.ts';
import type { Ports } from './ports.ts';

export const resource = ({ clock, ledger, resourceHealth }: Ports) =>
  resourceMachine.provide({
    actors: {
      watch: fromCallback<{ type: string }, { name: string }>(({ input: { name }, sendBack }) => {
        const tell = sendBack as (event: ResourceEvent) => void;
        const ends = [
          ledger.watchResource(name, (use) => tell({ type: 'resource.used', ...use, at: clock.now() })),
          resourceHealth.watch(name, (summary) => tell({ type: 'resource.settled', ...summary, at: clock.now() })),
        ];
        return () => ends.forEach((end) => end());
      }) as never,
    },
    actions: { tellSupervisor: sendParent(({ event }) => event) as never },
  });
