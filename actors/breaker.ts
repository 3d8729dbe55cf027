/** A breaker joined to the world: its job hears of it, and the store takes back what was not the tasks' fault. */
import { sendParent } from 'xstate';
import { breakerMachine, idOf, reasonOf, type BreakerContext } from '../machines/breaker.ts';
import { timeOf } from '../machines/time.ts';
import type { Ports } from './ports.ts';

export const breaker = ({ ledger }: Ports) =>
  breakerMachine.provide({
    actions: {
      tellOpen: tell('open', ({ opened }) => ({ reason: reasonOf(opened!), ...(opened!.until !== null && { until: opened!.until }) })) as never,
      tellTrying: tell('trying') as never,
      tellClosed: tell('closed') as never,
      absolve: (({ context }: { context: BreakerContext }, { stage, items }: { stage: string; items: readonly number[] }) => {
        if (items.length > 0) ledger.absolve(context.job, stage, items);
      }) as never,
    },
  });

/** Of what jobs share: nobody is held, for who uses it finds no room there. */
export const resourceBreaker = ({ log, resourceHealth }: Ports) =>
  breakerMachine.provide({
    actions: {
      tellOpen: (({ context: { job, opened } }: { context: BreakerContext }) => log.warn(`nothing that needs the resource "${job}" starts: ${reasonOf(opened!)}`)) as never,
      tellTrying: (({ context: { job } }: { context: BreakerContext }) => log.info(`the resource "${job}" is tried again`)) as never,
      tellClosed: (({ context: { job } }: { context: BreakerContext }) => log.info(`the resource "${job}" works again`)) as never,
      absolve: (({ context: { job } }: { context: BreakerContext }, { items }: { items: readonly number[] }) => {
        if (items.length > 0) resourceHealth.absolve(job, items);
      }) as never,
    },
  });

const tell = (state: string, more: (context: BreakerContext) => object = () => ({})) =>
  sendParent((args) => {
    const context = args.context as unknown as BreakerContext;
    return { type: 'breaker.changed', id: idOf(context), state, ...more(context), at: timeOf(args.event) };
  });
