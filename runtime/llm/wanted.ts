/** A zod schema, as a model is told of it, and as its answer is read. */
import { z } from 'zod';
import { check } from '../handlers/schema-check.ts';
import type { JsonSchema } from './asker.ts';
import { BadQuestion, type UnusableAnswer } from './errors.ts';

export type Read = { value: unknown } | { problem: string; code: UnusableAnswer['code'] };
export type Wanted = { schema: JsonSchema; read(text: string): Promise<Read> };

/** Endpoints want an object at the top: anything else is put into one. */
const WRAP = 'value';

class Mismatch extends Error {}

export function wantedOf(schema: z.ZodType): Wanted {
  if (typeof (schema as z.ZodType | undefined)?.safeParse !== 'function') throw new BadQuestion('ctx.llm.object: the schema must be one of zod, such as z.object({ … })');
  const whole = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const isObject = whole['type'] === 'object';
  const { $schema: _, ...plain } = tightened(whole) as JsonSchema;
  const { $defs, ...inner } = plain;
  const wrapped = { type: 'object', properties: { [WRAP]: inner }, required: [WRAP], additionalProperties: false, ...($defs !== undefined && { $defs }) };
  return {
    schema: isObject ? plain : wrapped,
    async read(text) {
      let json: unknown;
      try {
        json = JSON.parse(withoutFence(text));
      } catch (error) {
        return { problem: `it is no JSON: ${(error as Error).message}`, code: 'invalid_json' };
      }
      try {
        const bare = isObject ? json : (json as Record<string, unknown> | null)?.[WRAP];
        return { value: await check(schema, bare, (issues) => new Mismatch(issues)) };
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        return { problem: error.message, code: 'schema_mismatch' };
      }
    },
  };
}

/** What keeps endpoints from promising to keep to it: lengths of texts, and objects that may hold more. zod sees to these all the same. */
function tightened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(tightened);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { minLength: _, maxLength: __, ...rest } = schema as JsonSchema;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, key === 'properties' ? Object.fromEntries(Object.entries(value as object).map(([name, property]) => [name, tightened(property)])) : tightened(value)]));
  return inner['type'] === 'object' && inner['properties'] !== undefined && inner['additionalProperties'] === undefined ? { ...inner, additionalProperties: false } : inner;
}

/** Models like to write ```json around it. */
const withoutFence = (text: string): string => /^\s*```\w*\s*\n([^]*?)\n?\s*```\s*$/.exec(text)?.[1] ?? text;
