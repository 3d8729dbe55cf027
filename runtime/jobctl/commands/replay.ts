/** `jobctl replay [PATH]`: the journal of an actor, folded again over its machine, against its stored snapshot. */
import { replayAll, type Replayed } from '../../recorder/replay.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure, type ExitCode } from '../failure.ts';
import { reading } from '../store.ts';
import { table } from '../table.ts';

export async function replay(desk: Desk, path: string | undefined, { all = false }: { all?: boolean }): Promise<ExitCode> {
  if (all === (path !== undefined)) throw new Failure(EXIT.usage, 'usage', 'replay takes the path of an actor or --all', { hint: 'npx jobctl replay job/JOB/lifecycle' });
  const { terminal } = desk;
  const results = await replayed(desk, path);
  const diverged = results.filter((result) => !result.ok);
  if (terminal.json) terminal.document({ ok: diverged.length === 0, actors: results });
  else {
    terminal.print(
      ...table(results, [
        { head: 'ACTOR', text: (result) => result.path },
        { head: 'EVENTS', text: (result) => result.entries, align: 'right' },
        { head: 'REPLAY', text: (result) => (result.ok ? 'equal' : 'differs'), paint: (text, { ok }) => terminal.paint(ok ? 'green' : 'red', text) },
        { head: 'WHERE', text: (result) => result.divergence ?? '', most: 160 },
      ]),
    );
    terminal.say(diverged.length === 0 ? `${results.length} actors replay to what is stored` : `${diverged.length} of ${results.length} actors differ`);
  }
  return diverged.length === 0 ? EXIT.ok : EXIT.failed;
}

async function replayed(desk: Desk, path: string | undefined): Promise<Replayed[]> {
  const results = await reading(desk, (db) => replayAll(db, path));
  if (results.length > 0) return results;
  throw new Failure(EXIT.notFound, 'unknown_actor', path === undefined ? 'no actor is stored yet' : `there is no actor "${path}"`);
}
