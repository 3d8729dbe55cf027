/** `--dry-run` of what is sent to an actor: its journal is folded and the event applied to what comes of it. Nothing is sent. */
import type { Command, Standing } from '../../inspector/protocol.ts';
import { hasErrors } from '../../machines/breaker.ts';
import { isHeldByErrors, standingOf, triesFirst, type LifecycleState } from '../control/standing.ts';
import { readJobFacts } from '../store/explain-view.ts';
import type { Handle } from '../store/open.ts';
import { keptRange } from '../store/replay-view.ts';
import { stateName } from '../store/state-name.ts';
import { UnknownPast } from '../travel/history.ts';
import { whatIf } from '../travel/what-if.ts';
import type { Desk } from './desk.ts';
import { EXIT, Failure } from './failure.ts';
import { oneLine } from './text.ts';
import { moment } from './time.ts';

type ToActor = Extract<Command, { type: 'PAUSE' | 'RESUME' | 'DRAIN' | 'WAKE' | 'SEND' }>;
type ToBreakers = Extract<Command, { type: 'CLEAR_ERRORS' }>;
type Rehearsed = { subject: { job: string } | { path: string }; from: Standing; to: Standing; note?: string | undefined };

export function rehearse(desk: Desk, db: Handle, command: ToActor | ToBreakers): void {
  if (command.type === 'CLEAR_ERRORS') return show(desk, cleared(db, command, desk.clock.now()));
  const { subject, path, event } = addressed(command);
  const { taken, before, after } = imagined(db, path, { at: desk.clock.now(), ...event });
  const [from, to] = [standing(path, before), standing(path, after)];
  if (!taken) throw notAccepted(command.type, path, from);
  show(desk, { subject, from, to });
}

/** The breakers hear of it, and the hold ends with it. */
function cleared(db: Handle, { job, type }: ToBreakers, at: number): Rehearsed {
  const ids = [...(readJobFacts(db).find(({ id }) => id === job)?.actors.keys() ?? [])].filter((id) => id.split('/')[0] === 'breaker');
  const breakers = ids.map((id) => imagined(db, `job/${job}/${id}`, { type, at })).filter(({ before }) => hasErrors(before));
  const path = `job/${job}/lifecycle`;
  const { before, after } = imagined(db, path, { type: 'hold.lifted', cause: 'breaker', at });
  const [from, to] = [standing(path, before), standing(path, after)];
  if (!isHeldByErrors(from) && breakers.length === 0) throw notAccepted(type, path, from);
  return { subject: { job }, from, to, note: triesFirst(breakers.map((breaker) => breaker.after)) };
}

const notAccepted = (type: string, path: string, { state }: Standing) =>
  new Failure(EXIT.notAccepted, 'not_accepted', `${type} would not be accepted: ${path} is ${state}`, { hint: `\`npx jobctl actor ${path}\` lists what is` });

function show({ terminal, clock }: Desk, { subject, from, to, note }: Rehearsed): void {
  if (terminal.json) return terminal.document({ ok: true, dryRun: true, ...subject, before: from, after: to, ...(note !== undefined && { note }) });
  terminal.say('dry run: nothing was changed');
  const until = to.until === undefined ? '' : `, until ${moment(to.until, clock.now())}`;
  const why = to.reason === undefined ? '' : `: ${oneLine(to.reason)}`;
  terminal.print(`${terminal.paint('bold', oneLine(Object.values(subject)[0]!))}  would go ${from.state} → ${terminal.paint('bold', to.state)}${why}${until}`);
  if (note !== undefined) terminal.print(`  ${note}`);
}

function addressed(command: ToActor): { subject: { job: string } | { path: string }; path: string; event: { type: string } } {
  if (command.type === 'SEND') return { subject: { path: command.path }, path: command.path, event: command.event };
  const { job, ...event } = command;
  if (command.type === 'WAKE') return { subject: { job }, path: `job/${job}/discovery`, event };
  return { subject: { job }, path: `job/${job}/lifecycle`, event };
}

function imagined(db: Handle, path: string, event: { type: string; at: number; [payload: string]: unknown }) {
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
