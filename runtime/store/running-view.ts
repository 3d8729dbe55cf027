/** What runs now. Reads only. */
import type { Database } from 'better-sqlite3';
import type { RunningTask } from '../../inspector/protocol.ts';
import { preparedFor } from './prepared.ts';
import { RUNNING } from './states.ts';

/** Far more than anybody has slots for. */
const MOST = 2_000;

const statements = preparedFor((db) => ({
  running: db.prepare<[number], RunningTask>(
    `SELECT stage.job, stage.name AS stage, item.id AS item, item.key, item.title, task.started_at AS since
       FROM task JOIN stage ON stage.id = task.stage_id JOIN item ON item.id = task.item_id WHERE task.state = ${RUNNING} ORDER BY task.started_at LIMIT ?`,
  ),
}));

/** The longest running first. */
export const readRunning = (db: Database): RunningTask[] => statements(db).running.all(MOST);
