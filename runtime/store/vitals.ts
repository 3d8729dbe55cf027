/** What a job's own check looks at: how its stages stand, and what they have put out of late. */
import type { Vitals } from '../../actors/ports.ts';
import type { Asked } from '../../machines/guards.ts';
import type { countsIn } from './counts.ts';
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';

/** Of each stage. */
const SAMPLE = 20;
/** Rows of the whole runner that are looked through for it, the latest first. */
const WINDOW = 20_000;
/** Characters of JSON; larger outputs are told of, and not shown. */
const LARGEST = 65_536;

type Row = { stageId: number; key: string; at: number; body: string | null; chars: number };

export function vitalsIn(db: Handle, { pipelines, counts }: { pipelines: Pipelines; counts: ReturnType<typeof countsIn> }): Vitals {
  const prepared = {
    spent: db.prepare<[string], { stageId: number; microUsd: number }>('SELECT stage_id AS stageId, sum(settled + lost) AS microUsd FROM cost_day WHERE job = ? AND stage_id <> 0 GROUP BY stage_id'),
    sample: db.prepare<[{ stages: string; from: number }], Row>(
      `SELECT stageId, item.key, at, iif(chars <= ${LARGEST}, body, NULL) AS body, chars FROM (
         SELECT seq, stage_id AS stageId, item_id, finished_at AS at, body, length(body) AS chars, row_number() OVER (PARTITION BY stage_id ORDER BY seq DESC) AS nth
           FROM output WHERE seq > (SELECT ifnull(max(seq), 0) FROM output) - ${WINDOW} AND stage_id IN (SELECT value FROM json_each(@stages)) AND finished_at >= @from
       ) JOIN item ON item.id = item_id WHERE nth <= ${SAMPLE} ORDER BY seq DESC`,
    ),
  };

  return {
    of(job, { tally, spent: before, from }: Asked) {
      const spent = spentBy(job);
      const stages = [...counts.ofJob(job)].map(([stage, states]) => {
        const { attempts, failures } = tally[stage] ?? { attempts: 0, failures: 0 };
        const micro = before === null ? 0 : (spent[stage] ?? 0) - (before[stage] ?? 0);
        return [stage, { ...states, attempts, failures, costUsd: Math.max(0, micro) / 1e6 }];
      });
      return { given: JSON.stringify({ stats: Object.fromEntries(stages), sample: sampleOf(job, from) }), spent };
    },
  };

  function spentBy(job: string): Record<string, number> {
    const rows = new Map(prepared.spent.all(job).map(({ stageId, microUsd }) => [stageId, microUsd]));
    return Object.fromEntries(pipelines.inOrder(job).flatMap(({ id, name }) => (rows.has(id) ? [[name, rows.get(id)!]] : [])));
  }

  function sampleOf(job: string, from: number) {
    const stages = pipelines.inOrder(job);
    const rows = prepared.sample.all({ stages: JSON.stringify(stages.map(({ id }) => id)), from });
    return rows.map(({ stageId, key, at, body, chars }) => ({ stage: pipelines.byId(stageId).name, key, at, ...(body === null ? { tooLarge: chars } : { output: JSON.parse(body) as unknown }) }));
  }
}
