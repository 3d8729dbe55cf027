import { expect, test } from 'vitest';
import { runStage } from 'rivus/test';
import job from './handler.ts';

const item = { upstream: { job: 'other', key: 'a' }, output: { title: 'One thing' }, score: 40 };

test('an item is picked with its title, or with its key where it has none', async () => {
  const titled = await runStage(job, 'pick', { item });
  const bare = await runStage(job, 'pick', { item: { ...item, output: null } });
  expect([titled.output, bare.output]).toEqual([{ key: 'a', title: 'One thing', score: 40 }, { key: 'a', title: 'a', score: 40 }]);
});

test('the list is published with the highest score first', async () => {
  const entry = (key: string, score: number) => ({ key, output: { key, title: key, score } });
  const { artifacts, output } = await runStage(job, 'publish', { item, outputs: { pick: [entry('low', 1), entry('high', 9)] } });
  expect(artifacts.map(({ name, published, data }) => [name, published, String(data)])).toEqual([['list.md', true, '- high (9)\n- low (1)\n']]);
  expect(output).toEqual({ entries: 2 });
});
