/** From an attempt to the entry of the journal that told of it: where `jobctl trace` begins. Reads only. */
import type { Database } from 'better-sqlite3';
import { preparedFor } from './prepared.ts';

/** A summary that holds a failure is sent right after its commit; clocks may be set in between. */
const AROUND_MS = 60_000;

type Asked = { path: string; itemId: number; attempt: number; finishedAt: number };

const statements = preparedFor((db) => ({
  told: db
    .prepare<[Asked & { around: number }], number>(
      `SELECT seq FROM journal WHERE path = @path AND type = 'stage.settled' AND at BETWEEN @finishedAt - @around AND @finishedAt + @around
          AND EXISTS (SELECT 1 FROM json_each(event, '$.failures') WHERE value ->> '$.itemId' = @itemId AND value ->> '$.attempt' = @attempt) ORDER BY seq LIMIT 1`,
    )
    .pluck(),
}));

/** Undefined when it did not fail, or that is no longer kept. */
export const toldOf = (db: Database, { job, stage, ...attempt }: Omit<Asked, 'path'> & { job: string; stage: string }): number | undefined =>
  statements(db).told.get({ path: `job/${job}/stage/${stage}`, around: AROUND_MS, ...attempt });
