/** The configuration joined to the world: a watch on the file, and a reader that puts what it accepts in force. */
import { enqueueActions, fromCallback, sendParent } from 'xstate';
import { configMachine, type ConfigEvent } from '../machines/config.ts';
import { timeOf } from '../machines/time.ts';
import type { Ports } from './ports.ts';

export const config = (ports: Ports) =>
  configMachine.provide({
    actors: { watch: watch(ports), read: read(ports) },
    actions: {
      tellSupervisor: sendParent(({ event }) => ({ type: 'config.changed', ...ports.configuration.plan(), at: timeOf(event) })) as never,
      tellIfAsked: enqueueActions(({ context, enqueue, event }) => {
        if (context.asked) enqueue(sendParent({ type: 'reload.asked', at: timeOf(event) } as never) as never);
      }) as never,
    },
  });

const watch = ({ clock, configuration }: Ports) =>
  fromCallback<{ type: string }>(({ sendBack }) => configuration.watch(() => sendBack({ type: 'file.changed', at: clock.now() })));

const read = ({ clock, configuration }: Ports) =>
  fromCallback<{ type: string }, { asked: boolean }>(({ input: { asked }, sendBack }) => {
    const tell = sendBack as (event: ConfigEvent) => void;
    const ended = new AbortController();
    void configuration.read(asked, ended.signal).then((reading) => {
      if (!reading) return;
      const { kind, ...found } = reading;
      tell({ type: `config.${kind}`, ...found, at: clock.now() } as ConfigEvent);
    });
    return () => ended.abort();
  });
