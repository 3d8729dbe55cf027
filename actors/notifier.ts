/** The notifier joined to the world: what is amiss, where to send to, and who carries it there. */
import { fromCallback } from 'xstate';
import { notifierMachine, type Letter, type NotifierEvent } from '../machines/notifier.ts';
import type { Ports } from './ports.ts';

export const notifier = (ports: Ports) =>
  notifierMachine.provide({
    actors: { troubles: troubles(ports) as never, targets: targets(ports) as never, deliver: deliver(ports) as never },
    actions: { record: (({ context, event }: { context: Parameters<Ports['notices']['record']>[0]; event: NotifierEvent }) => ports.notices.record(context, event)) as never },
  });

type Delivery = Awaited<ReturnType<Ports['notices']['deliver']>>;

const troubles = ({ clock, notices }: Ports) =>
  fromCallback<{ type: string }>(({ sendBack }) => notices.watch((news) => sendBack({ ...news, at: clock.now() } satisfies NotifierEvent as never)));

const targets = ({ clock, notices }: Ports) =>
  fromCallback<{ type: string }>(({ sendBack }) => notices.watchTargets((targets) => sendBack({ type: 'targets.changed', targets, at: clock.now() } satisfies NotifierEvent as never)));

const deliver = ({ clock, notices }: Ports) =>
  fromCallback<{ type: string }, { letters: Letter[] }>(({ input: { letters }, sendBack }) => {
    const tell = sendBack as (event: NotifierEvent) => void;
    const ended = new AbortController();
    const asFailure = (error: Error): Delivery => ({ ok: false, reason: error.message, again: false });
    for (const { id, target, ...letter } of letters) {
      void notices.deliver({ id, target, ...letter }, ended.signal).catch(asFailure).then((delivery) => {
        if (ended.signal.aborted) return;
        const at = clock.now();
        if (delivery.ok) return tell({ type: 'message.delivered', id, target, at });
        const { reason, again, retryAt } = delivery;
        tell({ type: 'message.failed', id, target, reason, again, ...(retryAt !== undefined && { retryAt }), at });
      });
    }
    return () => ended.abort(new Error('nobody waits for it any more'));
  });
