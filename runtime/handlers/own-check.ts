/** A handler's own check as if it were a stage: bundled, watched, kept apart and ended as stages are. */
import { VALIDATE, type Finding } from '../../actors/ports.ts';
import type { JobSpec, StageSpec } from '../../machines/spec.ts';
import { BundleError } from './bundle-error.ts';
import type { AnyHandler, Stage, Validation } from './define.ts';

/** In a thread of its own when some stage of the job is. */
export function checkSpec({ stages }: JobSpec): StageSpec {
  const isolate = stages.some((stage) => stage.isolate === 'thread') ? 'thread' : 'inline';
  return { name: VALIDATE, needs: [], concurrency: 1, resources: [], timeoutMs: 0, retry: { max: 1, baseMs: 0, capMs: 0 }, isolate };
}

/** `file` is for the message. Throws `BundleError` when the handler has no check. */
export function checkIn({ validate }: AnyHandler, file: string): Stage {
  if (typeof validate !== 'function') throw new BundleError(`${file} has no validate(); write handler({ stages, validate({ stats, sample }) { … } }), or take \`validate: true\` out of jobs.yaml`);
  return { run: async ({ item }: { item: Validation }): Promise<Finding> => ({ problem: problemIn(await validate(item)) }) };
}

/** Nothing and `true` mean that all is well; a text says what is not. */
function problemIn(answer: unknown): string | null {
  if (answer === undefined || answer === null || answer === true || answer === '') return null;
  if (typeof answer === 'string') return answer;
  return answer === false ? 'validate() said false' : `validate() must return nothing, true, or a text that says what is amiss, not ${typeof answer === 'number' ? answer : `a ${typeof answer}`}`;
}
