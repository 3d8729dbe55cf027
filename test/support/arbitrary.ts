/** Values by chance that a zod schema accepts. Numbers are often small and near each other: times and counts that meet are what matters. */
import fc from 'fast-check';
import type { z } from 'zod';

type Def = { type: string; [detail: string]: any };
type Checks = { minimum?: number; maximum?: number; minLength?: number; maxLength?: number; format?: string };

export function arbitraryOf<T>(schema: z.ZodType<T>): fc.Arbitrary<T> {
  return made(schema) as fc.Arbitrary<T>;
}

/** @param schema a union of events; their `at` is not part of it */
export const eventsOf = <T extends { type: string }>(schema: z.ZodType<T>): fc.Arbitrary<T> => arbitraryOf(schema);

const MAKERS: Record<string, (def: Def, checks: Checks) => fc.Arbitrary<unknown>> = {
  string: (_, { minLength = 0, maxLength = 8 }) => fc.string({ minLength, maxLength }),
  number: (_, { minimum = 0, maximum = 1_000_000 }) => fc.oneof(fc.integer({ min: Math.max(minimum, 0), max: Math.min(20, maximum) }), fc.integer({ min: Math.max(minimum, 0), max: Math.min(200_000, maximum) })),
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
  unknown: () => fc.jsonValue({ maxDepth: 1 }),
  any: () => fc.jsonValue({ maxDepth: 1 }),
  literal: ({ values }) => fc.constantFrom(...values),
  enum: ({ entries }) => fc.constantFrom(...Object.values(entries)),
  array: ({ element }) => fc.array(made(element), { maxLength: 3 }),
  object: ({ shape }) => fc.record(...fieldsOf(shape)),
  record: ({ keyType, valueType }) => fc.dictionary(made(keyType) as fc.Arbitrary<string>, made(valueType), { maxKeys: 3 }),
  union: ({ options }) => fc.oneof(...options.map(made)),
  nullable: ({ innerType }) => fc.option(made(innerType)),
  optional: ({ innerType }) => made(innerType),
  default: ({ innerType }) => made(innerType),
  readonly: ({ innerType }) => made(innerType),
};

function made(schema: z.ZodType): fc.Arbitrary<unknown> {
  const { def, bag } = (schema as unknown as { _zod: { def: Def; bag: Checks } })._zod;
  const make = MAKERS[def.type];
  if (!make) throw new Error(`no arbitrary is known for a zod "${def.type}": add it to test/support/arbitrary.ts`);
  return make(def, checksOf(schema as never, bag));
}

const checksOf = ({ minLength, maxLength }: { minLength?: number | null; maxLength?: number | null }, { minimum, maximum }: Checks): Checks =>
  Object.fromEntries(Object.entries({ minimum, maximum, minLength, maxLength }).filter(([, value]) => typeof value === 'number'));

function fieldsOf(shape: Record<string, z.ZodType>): [Record<string, fc.Arbitrary<unknown>>, { requiredKeys: never[]; noNullPrototype: boolean }] {
  const required = Object.keys(shape).filter((key) => (shape[key] as unknown as { _zod: { def: Def } })._zod.def.type !== 'optional');
  return [Object.fromEntries(Object.entries(shape).map(([key, field]) => [key, made(field)])), { requiredKeys: required as never[], noNullPrototype: true }];
}
