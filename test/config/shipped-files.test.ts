import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { strategies } from '../../actors/strategies/index.ts';
import { Config, formatProblems, loadConfig } from '../../runtime/config/index.ts';
import { jsonSchemaText } from '../../runtime/config/json-schema.ts';

const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

test('the jobs.yaml that comes with Rivus is valid, without a warning', () => {
  const checked = loadConfig(file('jobs.yaml'), { strategies, env: {} });
  expect(checked.ok ? '' : formatProblems(checked.problems)).toBe('');
  expect(checked.ok && checked.warnings).toEqual([]);
  expect(checked.ok && checked.spec.jobs.map(({ id, stages, discovery }) => [id, discovery.strategy, discovery.everyMs, stages.map(({ name }) => name)])).toEqual([
    ['dependency_watch', 'npm_lockfile', 21_600_000, ['fetch', 'extract', 'score', 'qa']],
    ['release_digest', 'tracker_query', 60_000, ['compile']],
    ['newsflow_monitor', 'manual', 60_000, ['fetch', 'extract', 'score']],
  ]);
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
