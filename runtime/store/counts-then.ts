/**
 * Remembers how many tasks were in which state. Each flush first keeps what the last one left, where that is other than what
 * was kept: so a task costs nothing more, and a stage a row a second.
 */
import type { Handle } from './open.ts';
import type { JournalEntry } from './types.ts';

/** While nothing but summaries of pumps comes. What an operator or a hold changes is kept as it was before and after. */
const LEAST_MS = 1_000;
const SUMMARY = 'stage.settled';

type Flushed = { at: number; journal: readonly JournalEntry[] };
export type CountsThen = ReturnType<typeof countsThenIn>;

export function countsThenIn(db: Handle) {
  const counts = (stage: string) => `(SELECT json_group_object(state, n) FROM task_count WHERE stage_id = ${stage} AND n > 0)`;
  const prepared = {
    lastSeq: db.prepare<[], number>('SELECT ifnull(max(seq), 0) FROM journal').pluck(),
    keep: db.prepare<[{ stage: number; seq: number; at: number; own: number }]>(`INSERT OR IGNORE INTO count_then (stage_id, seq, at, own, counts) SELECT id, @seq, @at, @own, ${counts('id')} FROM stage WHERE id = @stage`),
    keepAll: db.prepare(
      `INSERT OR IGNORE INTO count_then (stage_id, seq, at, own, counts)
       SELECT stage.id, last.seq, last.at, 0, ${counts('stage.id')} FROM stage JOIN (SELECT seq, at FROM journal ORDER BY seq DESC LIMIT 1) last`,
    ),
  };
  /** Stages that have other counts than were kept; and those to which the flush that is being written gives others. */
  let changed = new Set<number>();
  let changing = new Set<number>();
  let last: { seq: number; at: number; own: number; isControl: boolean } | undefined;
  let keptAt = -Infinity;
  let keeping = false;

  return {
    /** A transaction gives a stage other counts, or makes it. One that fails has said so for nothing. */
    changes: (stage: number): void => void changing.add(stage),
    /** Before a runner changes anything: so it was when the last one ended. */
    keepAll: (): void => void prepared.keepAll.run(),
    /** At the beginning of a flush, as part of its transaction. */
    keep({ journal }: Flushed): void {
      changed = changed.union(changing);
      changing = new Set();
      keeping = last !== undefined && (last.at - keptAt >= LEAST_MS || last.isControl || isControl(journal));
      if (keeping) for (const stage of changed) prepared.keep.run({ stage, seq: last!.seq, at: last!.at, own: last!.own });
    },
    /** After its commit. */
    kept({ at, journal }: Flushed): void {
      if (keeping) [changed, keptAt] = [new Set(), last!.at];
      last = { seq: journal.at(-1)?.seq ?? last?.seq ?? prepared.lastSeq.get()!, at, own: Number(journal.length > 0), isControl: isControl(journal) };
    },
  };
}

const isControl = (journal: readonly JournalEntry[]): boolean => journal.some(({ type }) => type !== SUMMARY);
