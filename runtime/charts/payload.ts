/** What an event of an operator holds, as fields of a form. */
import { z } from 'zod';
import type { PayloadField } from '../../inspector/protocol.ts';
import { machineNamed } from '../../machines/index.ts';

type JsonSchema = { type?: string; const?: unknown; enum?: unknown[]; format?: string; description?: string; default?: unknown; properties?: Record<string, JsonSchema>; required?: string[] };

const known = new Map<string, PayloadField[] | undefined>();

/** Undefined when nobody has written down what it holds. */
export function payloadOf(machine: string, event: string): PayloadField[] | undefined {
  const key = `${machine} ${event}`;
  if (!known.has(key)) known.set(key, fieldsOf(machine, event));
  return known.get(key);
}

function fieldsOf(machine: string, event: string): PayloadField[] | undefined {
  const order = machineNamed(machine)?.orders?.[event];
  if (!order) return undefined;
  const { properties = {}, required = [] } = z.toJSONSchema(order, { io: 'input' }) as JsonSchema;
  return Object.entries(properties).flatMap(([name, schema]) => (name === 'type' ? [] : [fieldOf(name, schema, required.includes(name))]));
}

function fieldOf(name: string, schema: JsonSchema, required: boolean): PayloadField {
  const { description, enum: choices, default: preset } = schema;
  return { name, required, kind: kindOf(schema), ...(choices && { choices: choices.map(String) }), ...(preset !== undefined && { preset }), ...(description && { description }) };
}

function kindOf({ type, enum: choices, format }: JsonSchema): PayloadField['kind'] {
  if (choices) return 'choice';
  if (format === 'instant') return 'instant';
  if (type === 'string') return 'text';
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'boolean' ? 'boolean' : 'json';
}
