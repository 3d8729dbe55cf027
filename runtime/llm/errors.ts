/** How a call of a model may fail. What a handler or the doctor looks at stands in properties that are plain text or numbers, so that they pass between threads. */
import { Fatal, PauseJob, Transient } from '../handlers/signals.ts';

/** A `PauseJob`: no item of the job can do without the model. */
export class LlmNotConfigured extends PauseJob {
  override name = 'LlmNotConfigured';
}

/** What a provider says of itself and of what it refuses. `retryAfter`: ms, from `Retry-After` or from the reset of the limit that is used up. */
export type ProviderFacts = { status: number; code?: string; type?: string; param?: string; retryAfter?: number; requestId?: string };

/** The provider has answered, and it was an error. Nothing was spent. */
export class ModelError extends Error {
  override name = 'ModelError';
  readonly status: number;
  declare readonly code?: string;
  declare readonly type?: string;
  declare readonly param?: string;
  declare readonly retryAfter?: number;
  declare readonly requestId?: string;
  constructor(message: string, { status, ...facts }: ProviderFacts) {
    super(message);
    this.status = status;
    Object.assign(this, facts);
  }
}

/** No answer within the time-out. What it has cost is unknown. */
export class ModelTimeout extends Transient {
  override name = 'ModelTimeout';
}

/** The model does not want to (`refusal`), or a filter of the provider does not let it (`content_filter`). */
export class ModelRefused extends Fatal {
  override name = 'ModelRefused';
  readonly code: 'refusal' | 'content_filter';
  constructor(message: string, code: ModelRefused['code']) {
    super(message);
    this.code = code;
  }
}

/** The answer needs more tokens than it may have. */
export class AnswerCutOff extends Fatal {
  override name = 'AnswerCutOff';
  readonly code = 'length';
}

/** An answer that is none. Models differ from one time to the next, so it is tried again. */
export class UnusableAnswer extends Transient {
  override name = 'UnusableAnswer';
  readonly code: 'garbage' | 'empty' | 'invalid_json' | 'schema_mismatch';
  constructor(message: string, code: UnusableAnswer['code'], options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** What the handler asks cannot be asked of any model: a mistake in its code. */
export class BadQuestion extends TypeError {
  override name = 'BadQuestion';
}
