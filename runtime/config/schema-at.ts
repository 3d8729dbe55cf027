/** Walks a zod schema along a path of its data: what may stand there? */
import { z } from 'zod';
import type { Path } from './locate.ts';

type Schema = z.core.$ZodType;

/** The schema of the value at `path`; undefined where the schema does not say. */
export function schemaAt(schema: Schema, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>((schema, step) => schema && stepInto(bare(schema), step), schema);
}

/** The keys that the map at `path` may have; none where the schema does not say. */
export function keysAt(schema: Schema, path: Path): string[] {
  const found = schemaAt(schema, path);
  const map = found && bare(found);
  return map instanceof z.ZodObject ? Object.keys(map.shape) : [];
}

function stepInto(schema: Schema, step: PropertyKey): Schema | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(step)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => stepInto(bare(option), step)).find(Boolean);
  return undefined;
}

/** Without what is wrapped around it for defaults, refinements and decoding. */
function bare(schema: Schema): Schema {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return bare(schema.unwrap());
  if (schema instanceof z.ZodPipe) return bare(schema.in);
  return schema;
}
