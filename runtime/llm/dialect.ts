/** How an endpoint wants to be asked. Compatible servers differ; what one does not know is learnt from its first refusal, for as long as the process lives. */
import { property, textOf } from '../handlers/encode-error.ts';
import { OPENAI_URL } from './prices.ts';

export type Dialect = { limit: 'max_completion_tokens' | 'max_tokens'; json: 'json_schema' | 'json_object' | 'none'; swapped: boolean };

const known = new Map<string, Dialect>();

/** OpenAI's newer models take no `max_tokens`, many others nothing else. */
export function dialectOf({ baseUrl, model }: { baseUrl: string; model: string }): Dialect {
  const key = `${baseUrl} ${model}`;
  if (!known.has(key)) known.set(key, { limit: baseUrl === OPENAI_URL ? 'max_completion_tokens' : 'max_tokens', json: 'json_schema', swapped: false });
  return known.get(key)!;
}

/** Whether the endpoint has refused a part that can be said otherwise: then it is, from now on. */
export function refusedPart(dialect: Dialect, error: unknown): boolean {
  const status = property(error, 'status');
  if (status !== 400 && status !== 422) return false;
  const what = `${textOf(error, 'param')} ${textOf(error, 'message')}`;
  if (/response_format|json_schema|json_object|schema/i.test(what)) return otherJson(dialect);
  if (/max_(completion_)?tokens/i.test(what)) return otherLimit(dialect);
  return false;
}

function otherJson(dialect: Dialect): boolean {
  if (dialect.json === 'none') return false;
  dialect.json = dialect.json === 'json_schema' ? 'json_object' : 'none';
  return true;
}

/** Once: what is refused under both names is refused for its value. */
function otherLimit(dialect: Dialect): boolean {
  if (dialect.swapped) return false;
  dialect.swapped = true;
  dialect.limit = dialect.limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  return true;
}
