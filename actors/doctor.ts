/** The doctor joined to the world: what is met, whom it asks, who hears of it. */
import { enqueueActions, fromCallback, sendParent } from 'xstate';
import { doctorMachine, type DoctorEvent, type Met, type Opinion } from '../machines/doctor.ts';
import { timeOf } from '../machines/time.ts';
import type { Ports } from './ports.ts';

export const doctor = (ports: Ports) =>
  doctorMachine.provide({
    actors: { casebook: casebook(ports), ask: ask(ports) },
    actions: {
      follow: ((_: unknown, opinion: Opinion) => ports.casebook.follow(opinion)) as never,
      learn: ((_: unknown, correction: Parameters<typeof ports.casebook.learn>[0]) => ports.casebook.learn(correction)) as never,
      tellJob: enqueueActions(({ enqueue, event }, given) => {
        const opinion = given as unknown as Opinion;
        if (ports.casebook.actionOf(opinion.class) !== 'pause_job') return;
        const { class: kind, job, stage, fingerprint, reason, until } = opinion;
        enqueue(sendParent({ type: 'verdict.given', job, stage, class: kind, fingerprint, reason, ...(until !== undefined && { until }), at: timeOf(event) } as never) as never);
      }) as never,
    },
  });

const casebook = ({ casebook, clock }: Ports) =>
  fromCallback<{ type: string }>(({ sendBack }) => casebook.watch((news) => sendBack({ ...news, at: clock.now() } as DoctorEvent)));

const ask = ({ casebook, clock }: Ports) =>
  fromCallback<{ type: string }, { about: Met }>(({ input: { about }, sendBack }) => {
    const tell = sendBack as (event: DoctorEvent) => void;
    const ended = new AbortController();
    void casebook.ask(about, ended.signal).then((answer) => {
      if (!ended.signal.aborted) tell({ ...answer, at: clock.now() } as DoctorEvent);
    });
    return () => ended.abort(new Error('the doctor does not wait for the answer any more'));
  });
