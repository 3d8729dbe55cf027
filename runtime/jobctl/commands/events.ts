/** `jobctl events [PATH]`: the journal, once or as it grows. */
import type { Effects, EventView } from '../../../inspector/protocol.ts';
import { readEvents, readLastEvents, traceOf } from '../../store/events-view.ts';
import type { Handle } from '../../store/open.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { wholeNumber } from '../number.ts';
import { findRunner } from '../runner.ts';
import { reading } from '../store.ts';
import { fit } from '../width.ts';
import { jsonLine, oneLine } from '../text.ts';

const LAST = 50;
const PAGE = 1_000;
const LOOK_MS = 250;
/** Of an event's payload on one line for people. */
const MOST_COLUMNS = 120;

type Options = { since?: string; limit?: string; follow?: boolean };

export async function events(desk: Desk, path: string | undefined, options: Options): Promise<void> {
  const since = options.since === undefined ? undefined : wholeNumber(options.since, '--since', { from: 0 });
  const limit = options.limit === undefined ? undefined : wholeNumber(options.limit, '--limit', { from: 1 });
  await reading(desk, async (db) => {
    if (!findRunner(desk.data)) desk.terminal.say('runner stopped; showing stored state');
    const subtree = path === undefined ? {} : { path };
    const last =
      since === undefined
        ? show(desk, readLastEvents(db, { ...subtree, limit: limit ?? LAST }), 0)
        : showFrom(desk, db, subtree, since, limit ?? Infinity);
    if (options.follow) await follow(desk, db, subtree, last);
  });
}

/** Page by page, so that a long journal does not fill the memory. Answers the last seq shown. */
function showFrom(desk: Desk, db: Handle, subtree: { path?: string }, since: number, limit: number): number {
  let last = since;
  for (let left = limit; left > 0; ) {
    const page = readEvents(db, { ...subtree, since: last, limit: Math.min(PAGE, left) });
    last = show(desk, page, last);
    left -= page.length;
    if (page.length < PAGE) break;
  }
  return last;
}

/** `jobctl trace SEQ`: from an event back to its first cause, and forward to all that it led to. */
export async function trace(desk: Desk, text: string): Promise<void> {
  const seq = wholeNumber(text, 'the number', { from: 1 });
  const { terminal } = desk;
  await reading(desk, (db) => {
    const found = traceOf(db, seq);
    if (!found) throw new Failure(EXIT.notFound, 'unknown_event', `the journal has no entry ${seq}`, { hint: '`npx jobctl events` shows what is kept' });
    if (terminal.json) return terminal.document(found);
    const { causes, event, effects } = found;
    terminal.print(...causes.map((cause) => line(cause, terminal)), `${line(event, terminal)}${terminal.paint('bold', '  ◀')}`, ...branches(effects, terminal));
  });
}

/** Indented by how far they are from the event. */
const branches = (effects: readonly Effects[], terminal: Desk['terminal'], depth = 1): string[] =>
  effects.flatMap(({ event, effects: further }) => [`${'  '.repeat(depth)}${line(event, terminal)}`, ...branches(further, terminal, depth + 1)]);

function show({ terminal }: Desk, events: readonly EventView[], last: number): number {
  for (const event of events) terminal.print(terminal.json ? jsonLine(event) : line(event, terminal));
  return events.at(-1)?.seq ?? last;
}

/** Without what says nothing: its time stands before it, and what is 0 or empty did not happen. */
const telling = (payload: object): [string, unknown][] => Object.entries(payload).filter(([key, value]) => key !== 'at' && value !== 0 && value !== null && !(Array.isArray(value) && value.length === 0));

function line({ seq, at, path, event: { type, ...payload }, source, cause }: EventView, terminal: Desk['terminal']): string {
  const origin = [source && `from ${oneLine(source)}`, cause !== null && `because of ${cause}`].filter(Boolean).join(', ');
  const told = telling(payload);
  const rest = told.length > 0 ? fit(jsonLine(Object.fromEntries(told)), MOST_COLUMNS) : '';
  const parts = [
    terminal.paint('dim', String(seq).padStart(7)),
    new Date(at).toLocaleTimeString('en-GB'),
    oneLine(path),
    [terminal.paint('bold', oneLine(type)), rest].filter(Boolean).join(' '),
    origin && terminal.paint('dim', `(${origin})`),
  ];
  return parts.filter(Boolean).join('  ');
}

/** Until the operator ends it by Ctrl-C. */
function follow(desk: Desk, db: Handle, subtree: { path?: string }, last: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: unknown;
    const end = () => {
      desk.clock.clearTimeout(timer);
      resolve();
    };
    process.once('SIGINT', end).once('SIGTERM', end);
    const look = () => {
      try {
        last = showFrom(desk, db, subtree, last, Infinity);
        timer = desk.clock.setTimeout(look, LOOK_MS);
      } catch (error) {
        reject(error as Error);
      }
    };
    look();
  });
}
