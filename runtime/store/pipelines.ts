/** The stages of all jobs and what needs what, read from the rows once and kept in memory: settling asks for it at every task. */
import type { Handle } from './open.ts';
import { slopeOf, type Slope } from './rank.ts';

export type Stage = {
  id: number;
  job: string;
  name: string;
  /** False when the configuration no longer has it: its tasks are parked. */
  active: boolean;
  /** Of the ranks of its tasks. */
  slope: Slope;
  /** In the order of the configuration. */
  needs: readonly Stage[];
  /** The stages that need this one. */
  dependents: readonly Stage[];
};

type Loaded = { byName: Map<string, Map<string, Stage>>; byId: Map<number, Stage> };

export type Pipelines = ReturnType<typeof pipelinesOf>;

export function pipelinesOf(db: Handle) {
  const stages = db.prepare<[], { id: number; job: string; name: string; active: number; ageingMs: number | null }>(
    "SELECT stage.id, job, name, active, job.spec ->> '$.ageingMs' AS ageingMs FROM stage JOIN job ON job.id = stage.job ORDER BY job, position, stage.id",
  );
  const needs = db.prepare<[], { stageId: number; needId: number }>('SELECT stage_id AS stageId, need_id AS needId FROM stage_need ORDER BY stage_id, position, need_id');

  function load(): Loaded {
    const byName: Loaded['byName'] = new Map();
    const byId = new Map<number, Stage & { needs: Stage[]; dependents: Stage[] }>();
    for (const { active, ageingMs, ...row } of stages.all()) {
      const stage = { ...row, active: active === 1, slope: slopeOf(ageingMs), needs: [], dependents: [] };
      byId.set(stage.id, stage);
      byName.set(stage.job, (byName.get(stage.job) ?? new Map()).set(stage.name, stage));
    }
    for (const { stageId, needId } of needs.all()) {
      byId.get(stageId)!.needs.push(byId.get(needId)!);
      byId.get(needId)!.dependents.push(byId.get(stageId)!);
    }
    return { byName, byId };
  }

  let loaded = load();
  return {
    /** After a declaration has been committed. */
    reload(): void {
      loaded = load();
    },
    /** @throws when the stage was never declared */
    stage(job: string, name: string): Stage {
      const stage = loaded.byName.get(job)?.get(name);
      if (stage) return stage;
      throw new Error(`job "${job}" has no stage "${name}" in the store; it has ${[...(loaded.byName.get(job)?.keys() ?? [])].join(', ') || 'none'}: declare it first`);
    },
    byId: (id: number): Stage => loaded.byId.get(id)!,
    /** Of the ranks of a job's tasks. */
    slope: (job: string): Slope => loaded.byName.get(job)?.values().next().value?.slope ?? null,
    /** The active stages of a job; those that are needed come before those that need them. */
    inOrder(job: string): Stage[] {
      const ordered = new Set<Stage>();
      const visit = (stage: Stage): void => {
        if (ordered.has(stage)) return;
        stage.needs.forEach(visit);
        ordered.add(stage);
      };
      for (const stage of loaded.byName.get(job)?.values() ?? []) if (stage.active) visit(stage);
      return [...ordered];
    },
  };
}
