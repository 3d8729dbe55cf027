/** Models, in their first form: a sentence that says what is missing. */
import type { z } from 'zod';
import { PauseJob } from './handlers/signals.ts';

export interface Llm {
  /** Whether a model can be asked: for stages that do without one as well. */
  readonly configured: boolean;
  /** Asks for prose. */
  text(request: { prompt: string; input?: unknown; model?: string }): Promise<string>;
  /** Asks for JSON of a schema. */
  object<Schema extends z.ZodType>(request: { prompt: string; schema: Schema; input?: unknown; model?: string }): Promise<z.output<Schema>>;
}

/** A `PauseJob`: no item of the job can do without the model. */
export class LlmNotConfigured extends PauseJob {
  override name = 'LlmNotConfigured';
}

const advice =
  'Rivus cannot call models yet, so there is nothing to configure that would make it work. ' +
  'Until it can, call the model with ctx.http.request(), its key from ctx.secret(), and report what it cost with ctx.cost.add().';

/** Every call throws `LlmNotConfigured`. */
export const noLlm: Llm = {
  configured: false,
  text: () => refuse('text'),
  object: () => refuse('object'),
};

function refuse(call: string): Promise<never> {
  return Promise.reject(new LlmNotConfigured(`ctx.llm.${call}(): ${advice}`));
}
