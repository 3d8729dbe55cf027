import { expect, test } from 'vitest';
import { jsonSchemaText } from '../../runtime/config/json-schema.ts';
import { strategies } from '../support/config.ts';

const schema = JSON.parse(jsonSchemaText(strategies));
const forms: { properties: Record<string, { const?: string; not?: { enum: string[] } }>; required: string[] }[] = schema.definitions.Discovery.anyOf;

test('editors offer each strategy its own options, and let unknown strategies be', () => {
  const feed = forms.find(({ properties }) => properties.strategy?.const === 'feed');
  expect(Object.keys(feed!.properties).toSorted()).toEqual(['every', 'limit', 'strategy', 'url']);
  expect(feed!.required).toEqual(['strategy', 'url']);
  expect(forms.at(-1)!.properties.strategy?.not?.enum).toEqual(['manual', 'feed', 'tracker_query']);
});

test('only what has no default is required', () => {
  expect(schema.required).toEqual(['jobs']);
  expect(schema.definitions.Job.required).toEqual(['handler', 'discovery', 'stages']);
  expect(schema.definitions.Stage.required).toEqual(['name']);
});

test('a key that is not known is marked, but x- keys are the operator’s', () => {
  expect(schema.additionalProperties).toBe(false);
  expect(schema.definitions.Job.additionalProperties).toBe(false);
  expect(schema.patternProperties).toEqual({ '^x-': {} });
});
