/** `--dry-run` of what is sent to an actor: its journal is folded and the event applied to what comes of it. Nothing is sent. */
import type { Command, Standing } from '../../inspector/protocol.ts';
import { isHeldByErrors, standingOf, type LifecycleState } from '../control/standing.ts';
import type { Handle } from '../store/open.ts';
import { keptRange } from '../store/replay-view.ts';
import { stateName } from '../store/state-name.ts';
import { UnknownPast } from '../travel/history.ts';
import { whatIf } from '../travel/what-if.ts';
import type { Desk } from './desk.ts';
import { EXIT, Failure } from './failure.ts';
import { oneLine } from './text.ts';
import { moment } from './time.ts';

type ToActor = Extract<Command, { type: 'PAUSE' | 'RESUME' | 'DRAIN' | 'WAKE' | 'CLEAR_ERRORS' | 'SEND' }>;

export function rehearse(desk: Desk, db: Handle, command: ToActor): void {
  const { subject, path, event } = addressed(command);
  const { taken, before, after } = imagined(db, path, { at: desk.clock.now(), ...event });
  const [from, to] = [standing(path, before), standing(path, after)];
  const isInVain = command.type === 'CLEAR_ERRORS' && !isHeldByErrors(from);
  if (!taken || isInVain) throw new Failure(EXIT.notAccepted, 'not_accepted', `${command.type} would not be accepted: ${path} is ${from.state}`, { hint: `\`npx jobctl actor ${path}\` lists what is` });
  const { terminal, clock } = desk;
  if (terminal.json) return terminal.document({ ok: true, dryRun: true, ...subject, before: from, after: to });
  terminal.say('dry run: nothing was changed');
  const until = to.until === undefined ? '' : `, until ${moment(to.until, clock.now())}`;
  const why = to.reason === undefined ? '' : `: ${oneLine(to.reason)}`;
  terminal.print(`${terminal.paint('bold', oneLine(Object.values(subject)[0]!))}  would go ${from.state} → ${terminal.paint('bold', to.state)}${why}${until}`);
}

function addressed(command: ToActor): { subject: { job: string } | { path: string }; path: string; event: { type: string } } {
  if (command.type === 'SEND') return { subject: { path: command.path }, path: command.path, event: command.event };
  const { job, ...event } = command;
  if (command.type === 'WAKE') return { subject: { job }, path: `job/${job}/discovery`, event };
  const path = `job/${job}/lifecycle`;
  return { subject: { job }, path, event: command.type === 'CLEAR_ERRORS' ? ({ type: 'hold.lifted', cause: 'breaker' } as { type: string }) : event };
}

function imagined(db: Handle, path: string, event: { type: string; at: number }) {
  try {
    return whatIf(db, path, event, keptRange(db).last ?? 0);
  } catch (cause) {
    if (!(cause instanceof UnknownPast)) throw cause;
    throw new Failure(EXIT.notFound, 'unknown_actor', `${path} does not live`, { hint: 'an archived job has no actors; `npx jobctl status` lists the jobs', cause });
  }
}

function standing(path: string, state: { value: unknown; context: unknown }): Standing {
  return path.endsWith('/lifecycle') ? standingOf(state as LifecycleState) : { state: stateName(typeof state.value === 'string' ? state.value : JSON.stringify(state.value)) };
}
