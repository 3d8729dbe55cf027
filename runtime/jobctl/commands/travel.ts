/** `jobctl at`, `whatif`, `export-test`: looks at the past and at what never happened. Reads the store; nothing is sent. */
import fs from 'node:fs';
import type { Handle } from '../../store/open.ts';
import { keptRange, pathsWithPast, seqAt, timeOfSeq, type WorkThen } from '../../store/replay-view.ts';
import { exportedTest } from '../../travel/exported-test.ts';
import { UnknownPast } from '../../travel/history.ts';
import type { Holds } from '../../../machines/lifecycle.ts';
import { stateText } from '../../store/state-name.ts';
import type { TaskState } from '../../store/types.ts';
import { actorAt, systemAt, type ActorThen, type SystemThen } from '../../travel/then.ts';
import { NoRewind, rewindOf } from '../../travel/rewind.ts';
import { whatIf, type WhatIf } from '../../travel/what-if.ts';
import { changeLine, withTimes } from '../changes-text.ts';
import { delivering } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure, type ExitCode } from '../failure.ts';
import { actorNamed } from '../named.ts';
import { wholeNumber } from '../number.ts';
import { report } from '../report.ts';
import { reading } from '../store.ts';
import { table } from '../table.ts';
import { jsonBlock, jsonLine, oneLine } from '../text.ts';
import { clockTime, dateTime, span } from '../time.ts';
import { parsePast } from '../past.ts';

/** `jobctl at TIME|SEQ [PATH]` */
export async function at(desk: Desk, when: string, path: string | undefined): Promise<void> {
  await past(desk, (db) => {
    const { seq, asked } = momentOf(desk, db, when);
    if (path !== undefined) return showActor(desk, seq, actorAt(db, known(db, path), seq));
    showSystem(desk, systemAt(db, seq, asked));
  });
}

/** `jobctl whatif PATH EVENT [JSON] [--at SEQ]` */
export async function whatif(desk: Desk, path: string, type: string, payload: string | undefined, options: { at?: string }): Promise<void> {
  await past(desk, (db) => {
    const seq = options.at === undefined ? lastSeq(db) : momentOf(desk, db, options.at).seq;
    show(desk, whatIf(db, known(db, path), { at: desk.clock.now(), ...parsed(payload), type }, seq));
  });
}

/** `jobctl export-test PATH --from SEQ --to SEQ [--out FILE]` */
export async function exportTest(desk: Desk, path: string, options: { from?: string; to?: string; out?: string }): Promise<void> {
  const from = options.from === undefined ? 0 : wholeNumber(options.from, '--from', { from: 0 });
  await past(desk, (db) => {
    const to = options.to === undefined ? lastSeq(db) : wholeNumber(options.to, '--to', { from: 1 });
    const source = exportedTest(db, known(db, path), { from, to });
    if (options.out === undefined) return desk.terminal.json ? desk.terminal.document({ path, from, to, source }) : desk.terminal.print(source.trimEnd());
    writeNew(options.out, source);
    if (desk.terminal.json) return desk.terminal.document({ path, from, to, file: options.out });
    desk.terminal.say(`wrote ${options.out}; npx vitest run ${options.out}`);
  });
}

/** `jobctl rewind PATH --to SEQ [--dry-run]` */
export async function rewind(desk: Desk, path: string, { to: text, dryRun = false }: { to: string; dryRun?: boolean }): Promise<ExitCode | void> {
  const to = wholeNumber(text, '--to', { from: 1 });
  if (!dryRun) return delivering(desk, async (deliver) => report(desk, { path }, await deliver({ type: 'REWIND', path, to })));
  return past(desk, (db) => {
    const { changes, problem } = rewindOf(db, known(db, path), to);
    const code = problem === undefined ? EXIT.ok : EXIT.notAccepted;
    const { terminal } = desk;
    if (terminal.json) terminal.document({ path, to, dryRun, changes, ...(problem !== undefined && { problem }) });
    else terminal.print(`${terminal.paint('bold', oneLine(path))} ${problem === undefined ? `would go back to ${to}` : `cannot go back to ${to}: ${problem}`}`, ...changes.map(changeLine));
    return code;
  });
}

// ---------------------------------------------------------------- what was asked for

async function past<T>(desk: Desk, look: (db: Handle) => T): Promise<T> {
  try {
    return await reading(desk, look);
  } catch (error) {
    if (error instanceof NoRewind) throw new Failure(EXIT.notAccepted, 'not_accepted', error.message);
    if (error instanceof UnknownPast) throw new Failure(EXIT.notFound, 'unknown_past', error.message, { hint: '`npx jobctl events PATH` shows what is kept' });
    throw error;
  }
}

/** A number of the journal, or a time: then the last entry by it. */
function momentOf({ clock }: Desk, db: Handle, when: string): { seq: number; asked?: number } {
  if (/^\d+$/.test(when)) return { seq: wholeNumber(when, 'the number', { from: 1, to: lastSeq(db) }) };
  const asked = parsePast(when, clock.now());
  const seq = seqAt(db, asked);
  if (seq === 0) throw new UnknownPast(`nothing is known of ${dateTime(asked)}: the journal begins ${beginning(db)}`);
  return { seq, asked };
}

function beginning(db: Handle): string {
  const { first } = keptRange(db);
  return first === null ? 'with the first start' : dateTime(timeOfSeq(db, first)!);
}

function lastSeq(db: Handle): number {
  const { last } = keptRange(db);
  if (last === null) throw new UnknownPast('the journal is empty');
  return last;
}

/** Also of an actor that is gone. */
function known(db: Handle, path: string): string {
  actorNamed(pathsWithPast(db), path);
  return path;
}

function parsed(payload: string | undefined): object {
  if (payload === undefined) return {};
  try {
    const value = JSON.parse(payload) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {}
  throw new Failure(EXIT.usage, 'usage', `the payload must be a JSON object, not ${payload.slice(0, 100)}`, { hint: `as in '{"reason":"lunch"}'` });
}

function writeNew(file: string, source: string): void {
  try {
    fs.writeFileSync(file, source, { flag: 'wx' });
  } catch (cause) {
    throw new Failure(EXIT.failed, 'not_written', `${file} was not written: ${(cause as Error).message}`, { hint: 'an existing file is not replaced: give another name', cause });
  }
}

// ---------------------------------------------------------------- for people

function showActor({ terminal }: Desk, seq: number, actor: ActorThen): void {
  if (terminal.json) return terminal.document({ seq, ...actor });
  terminal.print(
    `${terminal.paint('bold', oneLine(actor.path))}  after event ${seq}${actor.status === 'active' ? '' : `, ${actor.status}`}`,
    ...[terminal.paint('dim', 'state'), jsonBlock(actor.value), terminal.paint('dim', 'context'), jsonBlock(withTimes(actor.context))],
  );
  if (actor.doubt !== undefined) terminal.say(actor.doubt);
}

function showSystem({ terminal }: Desk, then: SystemThen): void {
  if (terminal.json) return terminal.document(then);
  const count = (...states: TaskState[]) => ({ counts }: WorkThen) => (counts ? states.reduce((sum, state) => sum + counts[state], 0) : '?');
  terminal.print(
    terminal.paint('bold', `${dateTime(then.at)}, after event ${then.seq}`),
    '',
    ...table(then.actors, [
      { head: 'ACTOR', text: ({ path }) => path },
      { head: 'STATE', text: ({ value, status }) => (status === 'active' ? stateText(value) : status) },
      { head: 'HELD BY', text: (actor) => holdsText(actor, then.at), most: 100 },
    ]),
    '',
    ...table(then.work, [
      { head: 'JOB', text: ({ job }) => job },
      { head: 'STAGE', text: ({ stage }) => stage },
      { head: 'FOUND', text: ({ found }) => found, align: 'right' },
      { head: 'QUEUED', text: count('blocked', 'ready', 'waiting'), align: 'right' },
      { head: 'RUNNING', text: count('running'), align: 'right' },
      { head: 'DONE', text: ({ done }) => done, align: 'right' },
      { head: 'ENDED EARLY', text: count('skipped', 'rejected'), align: 'right' },
      { head: 'FAILED', text: count('failed', 'dead'), align: 'right' },
    ]),
  );
  for (const { path, doubt } of then.actors) if (doubt !== undefined) terminal.say(`${path}: ${doubt}`);
}

/** A job repeats what its lifecycle says. */
function holdsText({ path, context }: ActorThen, then: number): string {
  const { holds = {} } = context as { holds?: Holds };
  if (!path.endsWith('/lifecycle')) return '';
  return Object.entries(holds).map(([cause, { reason, until }]) => `${cause}: ${oneLine(reason)}${until === undefined ? '' : `, until ${clockTime(until, then)}`}`).join('; ');
}

/** XState sets a timer by raising its event later. */
function effectText({ type, params }: WhatIf['effects'][number]): string {
  const { event, delay } = (params ?? {}) as { event?: { type?: string }; delay?: number };
  const [, timer] = /^xstate\.after\.([^.]+)\./.exec(event?.type ?? '') ?? [];
  if (type === 'raise' && timer !== undefined) return `the timer ${oneLine(timer)} is set${typeof delay === 'number' ? `, to ${span(delay)}` : ''}`;
  return `${oneLine(type)} ${params === null ? '' : jsonLine(withTimes(params))}`.trimEnd();
}

function show({ terminal }: Desk, result: WhatIf): void {
  if (terminal.json) return terminal.document(result);
  const { path, seq, event, taken, why = '', changes, effects } = result;
  const headline = taken ? 'would do this' : `would do nothing: ${oneLine(why)}`;
  terminal.print(
    `${terminal.paint('bold', `${oneLine(event.type)} to ${oneLine(path)}`)} after event ${seq} ${headline}`,
    ...changes.map(changeLine),
    ...effects.filter(({ type }) => type !== 'cancel').map((effect) => terminal.paint('dim', `  ${effectText(effect)}`)),
  );
  if (result.doubt !== undefined) terminal.say(result.doubt);
}
