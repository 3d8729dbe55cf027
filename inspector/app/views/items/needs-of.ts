import { status } from '../../model.ts';

/** Stages that a stage of the job waits for. */
export function needsOf(job: string, stage: string): readonly string[] {
  const stages = status.value?.jobs.find(({ id }) => id === job)?.stages ?? [];
  const at = stages.findIndex(({ name }) => name === stage);
  return stages[at]?.needs ?? (at > 0 ? [stages[at - 1]!.name] : []);
}
