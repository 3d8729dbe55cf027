/** Makes the rows of jobs, stages and needs follow the configuration, and the tasks follow the stages. */
import type { BudgetSpec, JobSpec, StageSpec } from '../../machines/spec.ts';
import type { countsIn } from './counts.ts';
import type { Limits } from './money/limits.ts';
import { UNMET_NEED } from './needs.ts';
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';
import { reslopedSql, slopeOf, type Slope } from './rank.ts';
import { BLOCKED, DONE, READY, REJECTED, WAITING, type StateNumber } from './states.ts';
import { Tally } from './tally.ts';

type Parts = { pipelines: Pipelines; counts: ReturnType<typeof countsIn>; limits: Limits };
type StageRow = { id: number; name: string; active: number };

const OF_STAGE = 'stage_id = @stage AND item_id IN (SELECT id FROM item WHERE job = @job)';

export function declaringIn(db: Handle, { pipelines, counts, limits }: Parts) {
  const prepared = {
    job: db.prepare<[string, string]>(
      `INSERT INTO job (id, spec) VALUES (?, ?) ON CONFLICT DO UPDATE SET spec = excluded.spec, archived = 0 WHERE spec <> excluded.spec OR archived = 1`,
    ),
    declared: db.prepare<[], { id: string; spec: string }>('SELECT id, spec FROM job WHERE archived = 0'),
    ageing: db.prepare<[string], number | null>("SELECT spec ->> '$.ageingMs' FROM job WHERE id = ?").pluck(),
    rerank: db.prepare<[{ before: Slope; after: Slope; stage: number; job: string }]>(`UPDATE task SET rank = ${reslopedSql('@before', '@after')} WHERE ${OF_STAGE} AND state < ${DONE}`),
    archiveOthers: db.prepare<[string]>('UPDATE job SET archived = 1 WHERE archived = 0 AND id NOT IN (SELECT value FROM json_each(?))'),
    stages: db.prepare<[string], StageRow>('SELECT id, name, active FROM stage WHERE job = ?'),
    stage: db
      .prepare<[string, string, number], number>(
        'INSERT INTO stage (job, name, position) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position, active = 1 RETURNING id',
      )
      .pluck(),
    park: db.prepare<[number]>('UPDATE stage SET active = 0 WHERE id = ?'),
    needs: db.prepare<[number], number>('SELECT need_id FROM stage_need WHERE stage_id = ? ORDER BY position').pluck(),
    forgetNeeds: db.prepare<[number]>('DELETE FROM stage_need WHERE stage_id = ?'),
    need: db.prepare<[number, number, number]>('INSERT INTO stage_need (stage_id, need_id, position) VALUES (?, ?, ?)'),
    // An item that was rejected gets no new work; one that has the task already (the stage was there before) keeps it.
    tasks: db.prepare<[{ stage: number; job: string; slope: Slope }], { state: StateNumber }>(
      `INSERT INTO task (item_id, stage_id, state, priority, rank, rejected_by, reason)
       SELECT item.id, @stage, iif(rejecter.stage_id IS NULL, ${BLOCKED}, ${REJECTED}), item.priority, iif(@slope IS NULL, item.priority, item.created_at + @slope * asinh(item.priority)), rejecter.stage_id, iif(rejecter.stage_id IS NULL, NULL, 'rejected before this stage was added')
         FROM item LEFT JOIN task rejecter ON rejecter.item_id = item.id AND rejecter.state = ${REJECTED} AND rejecter.rejected_by IS NULL
        WHERE item.job = @job
           ON CONFLICT DO NOTHING RETURNING state`,
    ),
    open: db.prepare<[{ stage: number; job: string }]>(`UPDATE task SET state = ${READY} WHERE ${OF_STAGE} AND state = ${BLOCKED} AND NOT EXISTS (${UNMET_NEED})`),
    block: db.prepare<[{ stage: number; job: string; state: number }]>(
      `UPDATE task SET state = ${BLOCKED}, due_at = NULL WHERE ${OF_STAGE} AND state = @state AND EXISTS (${UNMET_NEED})`,
    ),
  };

  /** Answers the stages whose tasks have to be looked at: new ones, those that came back, those with other needs. */
  function declareStages(job: string, specs: readonly StageSpec[]): { added: number[]; changed: number[] } {
    const before = new Map(prepared.stages.all(job).map((row) => [row.name, row]));
    const ids = new Map(specs.map(({ name }, position) => [name, prepared.stage.get(job, name, position)!]));
    const idOf = (need: string, name: string): number => {
      const id = ids.get(need);
      if (id !== undefined) return id;
      throw new Error(`job "${job}": stage "${name}" needs "${need}", which is no stage of this job`);
    };
    for (const { id, name, active } of before.values()) {
      if (ids.has(name) || active === 0) continue;
      prepared.park.run(id);
      prepared.forgetNeeds.run(id);
    }
    const added = specs.filter(({ name }) => before.get(name)?.active !== 1).map(({ name }) => ids.get(name)!);
    for (const id of added) counts.createFor(id);
    const changed = specs.filter(({ name, needs }) => setNeeds(ids.get(name)!, needs.map((need) => idOf(need, name)))).map(({ name }) => ids.get(name)!);
    return { added, changed: [...new Set([...added, ...changed])] };
  }

  /** Whether they are others than before. */
  function setNeeds(stage: number, needs: readonly number[]): boolean {
    if (prepared.needs.all(stage).join() === needs.join()) return false;
    prepared.forgetNeeds.run(stage);
    needs.forEach((need, position) => prepared.need.run(stage, need, position));
    return true;
  }

  /** What is open and was ranked by another slope. */
  function rerank({ id: job, ageingMs }: JobSpec): void {
    const [before, after] = [slopeOf(prepared.ageing.get(job)), slopeOf(ageingMs)];
    if (before !== after) for (const { id: stage } of prepared.stages.all(job)) prepared.rerank.run({ before, after, stage, job });
  }

  function addTasks(job: string, stageId: number, tally: Tally): void {
    const stage = pipelines.byId(stageId);
    for (const { state } of prepared.tasks.all({ stage: stageId, job, slope: stage.slope })) tally.add(stage, state);
  }

  function followNeeds(job: string, stageId: number, tally: Tally): void {
    const stage = pipelines.byId(stageId);
    for (const state of [READY, WAITING] as const) {
      const { changes } = prepared.block.run({ stage: stageId, job, state });
      if (changes > 0) tally.move(stage, state, BLOCKED, changes);
    }
    const { changes } = prepared.open.run({ stage: stageId, job });
    if (changes > 0) tally.move(stage, BLOCKED, READY, changes);
  }

  const declare = db.transaction((jobs: readonly JobSpec[], budget: BudgetSpec): void => {
    const tally = new Tally();
    limits.save(budget);
    // A job is written together with its stages: where it is the same, so are they.
    const declared = new Map(prepared.declared.all().map(({ id, spec }) => [id, spec]));
    const touched = jobs.flatMap((spec) => {
      const text = JSON.stringify(spec);
      if (declared.get(spec.id) === text) return [];
      rerank(spec);
      prepared.job.run(spec.id, text);
      return { job: spec.id, ...declareStages(spec.id, spec.stages) };
    });
    prepared.archiveOthers.run(JSON.stringify(jobs.map(({ id }) => id)));
    if (touched.length > 0) pipelines.reload();
    for (const { job, added } of touched) for (const id of added) addTasks(job, id, tally);
    for (const { job, changed } of touched) for (const id of changed) followNeeds(job, id, tally);
    counts.write(tally);
  });

  return (jobs: readonly JobSpec[], budget: BudgetSpec = limits.budget): void => {
    try {
      declare.immediate(jobs, budget);
    } finally {
      pipelines.reload();
      limits.reload();
    }
  };
}
