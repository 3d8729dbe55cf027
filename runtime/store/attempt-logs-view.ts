/** What attempts of an item have logged and asked of the web. Reads only. */
import type { Database } from 'better-sqlite3';
import type { AttemptLogView } from '../../inspector/protocol.ts';
import { preparedFor } from './prepared.ts';

/** Of an attempt: how much there was, with what was left out. */
export type LogSize = { stage: string; attempt: number; lines: number; calls: number };
type Row = { stage: string; attempt: number; linesLost: number; callsLost: number; body: string };

const COLUMNS = 'stage.name AS stage, attempt, lines_lost AS linesLost, calls_lost AS callsLost, body';
const FROM = 'FROM attempt_log JOIN stage ON stage.id = stage_id WHERE item_id = @item';

const statements = preparedFor((db) => ({
  sizes: db.prepare<[{ item: number }], LogSize>(`SELECT stage.name AS stage, attempt, lines + lines_lost AS lines, calls + calls_lost AS calls ${FROM}`),
  all: db.prepare<[{ item: number }], Row>(`SELECT ${COLUMNS} ${FROM} ORDER BY attempt_log.id`),
  one: db.prepare<[{ item: number; stage: string; attempt: number }], Row>(`SELECT ${COLUMNS} ${FROM} AND stage.name = @stage AND attempt = @attempt`),
  running: db.prepare<[number, string], { job: string; attempt: number }>(
    'SELECT stage.job, task.attempt FROM item JOIN stage ON stage.job = item.job JOIN task ON task.item_id = item.id AND task.stage_id = stage.id WHERE item.id = ? AND stage.name = ? AND task.state = 3',
  ),
}));

export const logSizes = (db: Database, item: number): LogSize[] => statements(db).sizes.all({ item });

/** In the order in which the attempts ended. */
export const readAttemptLogs = (db: Database, item: number) => statements(db).all.all({ item }).map((row) => ({ stage: row.stage, attempt: row.attempt, ...viewOf(row) }));

/** Undefined for an attempt that did neither, or of which it is not kept any more. */
export function readAttemptLog(db: Database, of: { item: number; stage: string; attempt: number }): AttemptLogView | undefined {
  const row = statements(db).one.get(of);
  return row && viewOf(row);
}

/** The attempt that is at work on the task; undefined when none is. */
export const readRunning = (db: Database, item: number, stage: string) => statements(db).running.get(item, stage);

const viewOf = ({ body, linesLost, callsLost }: Row): AttemptLogView => ({ ...(JSON.parse(body) as Pick<AttemptLogView, 'lines' | 'calls'>), linesLost, callsLost });
