/** `jobctl replay [PATH]`: the journal of an actor, folded again over its machine, against its stored snapshot. */
import { replayAll, type Range, type Replayed } from '../../recorder/replay.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure, type ExitCode } from '../failure.ts';
import { reading } from '../store.ts';
import { changeLine } from '../changes-text.ts';
import { wholeNumber } from '../number.ts';
import { table } from '../table.ts';
import { oneLine } from '../text.ts';

type Options = { all?: boolean; from?: string; to?: string };

export async function replay(desk: Desk, path: string | undefined, { all = false, from, to }: Options): Promise<ExitCode> {
  if (all === (path !== undefined)) throw new Failure(EXIT.usage, 'usage', 'replay takes the path of an actor or --all', { hint: 'npx jobctl replay job/JOB/lifecycle' });
  const { terminal } = desk;
  const range = { ...(from !== undefined && { from: wholeNumber(from, '--from', { from: 0 }) }), ...(to !== undefined && { to: wholeNumber(to, '--to', { from: 1 }) }) };
  const results = await replayed(desk, path, range);
  const diverged = results.filter((result) => !result.ok);
  if (terminal.json) terminal.document({ ok: diverged.length === 0, actors: results });
  else {
    terminal.print(
      ...table(results, [
        { head: 'ACTOR', text: (result) => result.path },
        { head: 'EVENTS', text: (result) => result.entries, align: 'right' },
        { head: 'REPLAY', text: (result) => (result.ok ? 'equal' : 'differs'), paint: (text, { ok }) => terminal.paint(ok ? 'green' : 'red', text) },
        { head: 'FIRST AT', text: ({ first, problem }) => problem ?? (first ? `${first.seq} ${first.type}` : '') },
      ]),
      ...diverged.flatMap((result) => details(result, terminal)),
      ...results.flatMap((result) => lifts(result, terminal)),
    );
    const all = results.length === 1 ? 'one actor' : `${results.length} actors`;
    terminal.say(diverged.length > 0 ? `${diverged.length} of ${all} differ` : to === undefined ? `${all}: what is stored follows from the journal` : `${all}: nothing goes another way up to ${to}`);
  }
  return diverged.length === 0 ? EXIT.ok : EXIT.failed;
}

/** What the first event that leads elsewhere does today, and where it all ends. */
function details({ path, first, changes = [] }: Replayed, terminal: Desk['terminal']): string[] {
  return [
    '',
    terminal.paint('bold', oneLine(path)),
    ...(first ? [terminal.paint('dim', `${first.seq} ${oneLine(first.type)} does today`), ...first.changes.map(changeLine)] : []),
    ...(changes.length > 0 ? [terminal.paint('dim', 'stored → replayed'), ...changes.map(changeLine)] : []),
  ];
}

/** What today's machine makes of the life before a migration: no fault, but worth a look when the migration is new. */
function lifts({ path, lifts = [] }: Replayed, terminal: Desk['terminal']): string[] {
  return lifts
    .filter(({ changes }) => changes.length > 0)
    .flatMap(({ seq, from, changes }) => ['', `${terminal.paint('bold', oneLine(path))} was lifted from version ${from} at ${seq}; today's machine makes something else of its life before that`, ...changes.map(changeLine)]);
}

async function replayed(desk: Desk, path: string | undefined, range: Range): Promise<Replayed[]> {
  const results = await reading(desk, (db) => replayAll(db, path, range));
  if (results.length > 0) return results;
  throw new Failure(EXIT.notFound, 'unknown_actor', path === undefined ? 'no actor is stored yet' : `there is no actor "${path}"`);
}
