/**
 * jobs.schema.json, for editors: completion, hovers and squiggles while jobs.yaml is written. `npm run schema` writes it;
 * a test fails when it is out of date.
 */
import fs from 'node:fs';
import { z } from 'zod';
import type { Strategies } from './checks/discovery.ts';
import { discovery } from './job.ts';
import { Config } from './schema.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

// Draft 7 and what may be written (not what it becomes): yaml-language-server reads nothing newer.
const SHAPE = { target: 'draft-7', io: 'input' } as const;

/** The schema as text, with the options of each strategy. */
export function jsonSchemaText(strategies: Strategies): string {
  const schema = z.toJSONSchema(Config, {
    ...SHAPE,
    override({ zodSchema, jsonSchema }) {
      if (zodSchema === discovery) Object.assign(jsonSchema, byStrategy(jsonSchema, strategies));
    },
  });
  // `x-` keys hold the operator's anchors.
  return `${JSON.stringify({ ...schema, patternProperties: { '^x-': {} } }, null, 2)}\n`;
}

/** One form per strategy that is known here, and a free one for the operator's own. */
function byStrategy(common: JsonSchema, strategies: Strategies): JsonSchema {
  const forms = Object.values(strategies).flatMap(({ name, options }) => {
    if (!(options instanceof z.ZodType)) return [];
    const { $schema, ...own } = z.toJSONSchema(options, SHAPE) as JsonSchema;
    return [{ ...own, properties: { ...common.properties, ...own.properties, strategy: { const: name } }, required: ['strategy', ...(own.required ?? [])] }];
  });
  const other = { properties: { ...common.properties, strategy: { type: 'string', not: { enum: Object.keys(strategies) } } }, required: ['strategy'] };
  return { properties: {}, required: [], anyOf: [...forms, other] } as JsonSchema;
}

if (import.meta.main) {
  const { strategies } = await import('../../actors/strategies/index.ts');
  fs.writeFileSync(new URL('../../jobs.schema.json', import.meta.url), jsonSchemaText(strategies));
}
