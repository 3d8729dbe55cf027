/** A job's window joined to the world: the clock, and the calendar of jobs.yaml. */
import { fromCallback, sendParent, sendTo } from 'xstate';
import type { JobSpec } from '../machines/spec.ts';
import { windowMachine, type WindowEvent } from '../machines/window.ts';
import { edgeAt } from './calendar/calendar.ts';
import type { Ports } from './ports.ts';

/** Also without an edge it looks so often: a clock may be set back over one. */
const LOOK_AGAIN_MS = 60_000;

/** @param specOf a job's specification in force; undefined for one that is archived */
export const window = (ports: Ports, specOf: (job: string) => JobSpec | undefined) =>
  windowMachine.provide({
    actors: { calendar: calendar(ports, specOf) as never },
    actions: {
      tellJob: sendParent(({ event }) => event) as never,
      tellCalendar: sendTo('calendar', ({ event }) => event) as never,
    },
  });

/** Says only what has changed, and looks at the clock each time anew: no wait can drift. */
const calendar = ({ clock }: Ports, specOf: (job: string) => JobSpec | undefined) =>
  fromCallback<{ type: string }, { job: string }>(({ input: { job }, sendBack, receive }) => {
    let timer: unknown;
    let said = '';
    const look = () => {
      clock.clearTimeout(timer);
      const spec = specOf(job)?.window;
      if (!spec) return;
      const at = clock.now();
      const { open, until } = edgeAt(spec, at);
      const event: WindowEvent = open ? { type: 'window.opened', until, at } : { type: 'window.closed', until, reason: `window: ${spec.text}`, at };
      timer = clock.setTimeout(look, Math.min(LOOK_AGAIN_MS, Math.max(1, (until ?? Infinity) - at)));
      const saying = JSON.stringify({ ...event, at: 0 });
      if (saying === said) return;
      said = saying;
      sendBack(event as never);
    };
    receive(look);
    look();
    return () => clock.clearTimeout(timer);
  });
