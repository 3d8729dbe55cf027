/** The plainest value that a JSON schema accepts, for what a test's model answers. */

type Schema = { type?: string | string[]; const?: unknown; enum?: unknown[]; anyOf?: Schema[]; oneOf?: Schema[]; properties?: Record<string, Schema>; items?: Schema; minimum?: number; minItems?: number; minLength?: number };

export function sampleOf(schema: unknown): unknown {
  const { type, const: only, enum: words, anyOf, oneOf, properties, items, minimum, minItems = 0, minLength = 0 } = (schema ?? {}) as Schema;
  if (only !== undefined) return only;
  if (words) return words[0];
  if (anyOf ?? oneOf) return sampleOf((anyOf ?? oneOf)![0]);
  switch (Array.isArray(type) ? type[0] : type) {
    case 'object':
      return Object.fromEntries(Object.entries(properties ?? {}).map(([name, property]) => [name, sampleOf(property)]));
    case 'array':
      return Array.from({ length: minItems }, () => sampleOf(items));
    case 'string':
      return 'text'.padEnd(minLength, '.');
    case 'number':
    case 'integer':
      return Math.max(0, minimum ?? 0);
    case 'boolean':
      return true;
    default:
      return null;
  }
}
