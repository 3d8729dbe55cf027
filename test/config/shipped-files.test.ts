import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { strategies } from '../../actors/strategies/index.ts';
import { realClock } from '../../runtime/clock.ts';
import { Config, formatProblems, loadConfig } from '../../runtime/config/index.ts';
import { jsonSchemaText } from '../../runtime/config/json-schema.ts';
import { knownStrategies } from '../../runtime/own-strategies.ts';

const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** Id, strategy, time between two polls, stages. */
const SHIPPED: [string, string, number, string[]][] = [
  ['dependency_watch', 'npm_lockfile', 21_600_000, ['fetch', 'extract', 'score', 'qa']],
  ['release_digest', 'tracker_query', 60_000, ['compile']],
  ['newsflow_monitor', 'manual', 60_000, ['fetch', 'extract', 'score']],
];
const isShipped = (id: string) => SHIPPED.some(([shipped]) => shipped === id);

// The file is the operator's as well: jobs may have been added, with strategies and variables of their own.
test('jobs.yaml is valid, and the jobs that come with Rivus are what they were, without a warning', async () => {
  const checked = loadConfig(file('jobs.yaml'), { ...(await knownStrategies(file('jobs.yaml'), realClock)), env: {} });
  expect(checked.ok ? '' : formatProblems(checked.problems)).toBe('');
  const { spec, warnings } = checked as typeof checked & { ok: true };
  const jobs = spec.jobs.map(({ id, stages, discovery }) => [id, discovery.strategy, discovery.everyMs, stages.map(({ name }) => name)]);
  expect(jobs.filter(([id]) => isShipped(String(id)))).toEqual(SHIPPED);
  expect(warnings.filter(({ message }) => isShipped(/^job "([^"]*)"/.exec(message)?.[1] ?? '')).map(({ message }) => message)).toEqual([]);
});

test('jobs.schema.json is current: `npm run schema` writes it', () => {
  expect(fs.readFileSync(file('jobs.schema.json'), 'utf8')).toBe(jsonSchemaText(strategies));
});

test('jobs.schema.json names every key that jobs.yaml uses, with a description', () => {
  const schema = JSON.parse(fs.readFileSync(file('jobs.schema.json'), 'utf8'));
  const used = Object.values(parse(fs.readFileSync(file('jobs.yaml'), 'utf8')).jobs).flatMap((job) => Object.keys(job as object));
  for (const key of used) expect(schema.definitions.Job.properties, key).toHaveProperty(key);
  expect(schema.definitions.Stage.properties.timeout.description).toMatch(/aborted/);
  expect(schema.definitions.Stage.properties.timeout.examples).toContain('30s');
});

test('every jobs.yaml in the documents is one that Rivus would accept', () => {
  const blocks = ['README.md', 'docs/writing-a-job.md'].flatMap((name) => [...fs.readFileSync(file(name), 'utf8').matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm)].map((match) => match[2]!));
  const files = blocks.map((text) => parse(text)).filter((data) => 'jobs' in data);
  expect(files.length).toBeGreaterThan(1);
  for (const data of files) expect(Config.safeParse(data).error).toBeUndefined();
});
