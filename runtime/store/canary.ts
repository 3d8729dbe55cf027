/** What a canary redoes, and how that went. Reads only. */
import type { Redone, Trial, Tried } from '../../machines/canary.ts';
import type { Handle } from './open.ts';
import { DEAD, DONE, FAILED, REJECTED, SKIPPED, type StateNumber } from './states.ts';

type TriedRow = { state: StateNumber; lease: number; active: number; alike: number; error: string | null };

const ENDED_WELL: readonly StateNumber[] = [DONE, SKIPPED, REJECTED];
const ENDED_BADLY: readonly StateNumber[] = [FAILED, DEAD];

/** A task that failed so, and has not been tried since the canary began. */
const LEFT = `FROM attempt CROSS JOIN task ON task.item_id = attempt.item_id AND task.stage_id = attempt.stage_id AND task.lease = attempt.lease
  CROSS JOIN stage ON stage.id = task.stage_id
  WHERE attempt.fingerprint = @fingerprint AND attempt.started_at <= @since AND task.state IN (${FAILED}, ${DEAD})
    AND stage.job = @job AND stage.active = 1 AND (@stage IS NULL OR stage.name = @stage)`;

export function canariesIn(db: Handle) {
  const prepared = {
    count: db.prepare<[Redone], number>(`SELECT count(*) ${LEFT}`).pluck(),
    next: db.prepare<[Redone & { most: number }], Tried>(`SELECT task.item_id AS itemId, stage.name AS stage, task.lease ${LEFT} ORDER BY attempt.finished_at DESC LIMIT @most`),
    tried: db.prepare<[Tried & Pick<Redone, 'job' | 'fingerprint'>], TriedRow>(
      `SELECT task.state, task.lease, stage.active,
          EXISTS (SELECT 1 FROM attempt WHERE item_id = task.item_id AND stage_id = task.stage_id AND lease > @lease AND fingerprint = @fingerprint) AS alike,
          (SELECT (error ->> '$.name') || ': ' || (error ->> '$.message') FROM attempt WHERE item_id = task.item_id AND stage_id = task.stage_id AND lease = task.lease) AS error
        FROM task JOIN stage ON stage.id = task.stage_id WHERE task.item_id = @itemId AND stage.job = @job AND stage.name = @stage`,
    ),
  };

  /** How the tasks of a step ended; undefined while some have not, and none has failed in the same way. */
  function trialOf({ job, fingerprint }: Redone, tasks: readonly Tried[]): Trial | undefined {
    const ends = tasks.map((task) => ({ ...endOf(prepared.tried.get({ ...task, job, fingerprint }), task) }));
    const count = (end: string) => ends.filter((one) => one.end === end).length;
    const [succeeded, alike, otherwise] = [count('succeeded'), count('alike'), count('otherwise')];
    if (alike === 0 && count('open') > 0) return undefined;
    return { succeeded, alike, otherwise, error: ends.find(({ end }) => end === (alike > 0 ? 'alike' : 'otherwise'))?.error ?? null };
  }

  return {
    /** How many there are. */
    count: (redone: Redone): number => prepared.count.get(redone)!,
    /** The latest first: they are most like what comes. */
    next: (redone: Redone, most: number): Tried[] => prepared.next.all({ ...redone, most }),
    trialOf,
    /** Of these, those that nobody has tried since. */
    untried: ({ job, fingerprint }: Redone, tasks: readonly Tried[]): Tried[] =>
      tasks.filter((task) => {
        const row = prepared.tried.get({ ...task, job, fingerprint });
        return row?.lease === task.lease && ENDED_BADLY.includes(row.state);
      }),
  };
}

function endOf(row: TriedRow | undefined, { lease }: Tried): { end: 'open' | 'succeeded' | 'alike' | 'otherwise'; error: string | null } {
  if (!row || row.active === 0) return { end: 'otherwise', error: 'it is no task of the job any more' };
  if (row.alike) return { end: 'alike', error: row.error };
  if (row.lease === lease && !ENDED_WELL.includes(row.state)) return { end: 'open', error: null };
  if (ENDED_WELL.includes(row.state)) return { end: row.lease === lease ? 'otherwise' : 'succeeded', error: row.lease === lease ? 'its item has ended elsewhere' : null };
  return ENDED_BADLY.includes(row.state) ? { end: 'otherwise', error: row.error ?? 'the process died' } : { end: 'open', error: null };
}
