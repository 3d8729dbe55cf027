/** What an action on many items has to know of them. Reads only. */
import type { Database } from 'better-sqlite3';
import { preparedFor } from './prepared.ts';

/** What a stage has cost lately is told by so many rows. */
const LATELY = 5_000;

const statements = preparedFor((db) => ({
  jobs: db.prepare<[string], { id: number; job: string }>('SELECT item.id, item.job FROM json_each(?) ids CROSS JOIN item ON item.id = ids.value'),
  priorities: db.prepare<[string], { id: number; priority: number }>('SELECT item.id, item.priority FROM json_each(?) ids CROSS JOIN item ON item.id = ids.value'),
  costs: db.prepare<[], { job: string; stage: string; microUsd: number }>(
    `SELECT stage.job, stage.name AS stage, avg(micro_usd) AS microUsd FROM (SELECT stage_id, micro_usd FROM cost WHERE kind = 'actual' ORDER BY id DESC LIMIT ${LATELY}) late
       JOIN stage ON stage.id = late.stage_id GROUP BY stage.id`,
  ),
}));

/** Of those that are still there. */
export const jobsOf = (db: Database, ids: readonly number[]) => statements(db).jobs.all(JSON.stringify(ids));
export const prioritiesOf = (db: Database, ids: readonly number[]) => statements(db).priorities.all(JSON.stringify(ids));

/** US dollars that the tasks will cost, as far as is known: as much as those attempts of their stages that cost anything lately. */
export function costsOfLate(db: Database, jobs: readonly { job: string; stages: readonly { stage: string; tasks: number }[] }[]): number {
  const late = new Map(statements(db).costs.all().map(({ job, stage, microUsd }) => [`${job}/${stage}`, microUsd]));
  return jobs.flatMap(({ job, stages }) => stages.map(({ stage, tasks }) => tasks * (late.get(`${job}/${stage}`) ?? 0))).reduce((sum, microUsd) => sum + microUsd, 0) / 1e6;
}
