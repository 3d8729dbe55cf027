import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runStage } from 'rivus/test';
import job from './handler.ts';
import prompt from './prompt.md';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'NAME-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const interest = /^- (.+)$/m.exec(prompt)![1]!;

function fileWith(text: string): { path: string } {
  const file = path.join(folder, 'note.md');
  fs.writeFileSync(file, text);
  return { path: file };
}

test('a file goes all the way: read, extracted, scored', async () => {
  const item = fileWith(`# A note\n\nOf ${interest} and others.\n`);
  const read = await runStage(job, 'read', { item });
  expect(read.artifacts.map(({ name }) => name)).toEqual(['file.txt']);

  const extracted = await runStage(job, 'extract', { item, prev: { read: read.output! }, artifacts: read.artifacts });
  expect(extracted.output).toMatchObject({ title: 'A note' });

  const { output, outcome } = await runStage(job, 'score', { item, prev: { extract: extracted.output! } });
  expect(output!.found).toContain(interest);
  expect(outcome).toMatchObject({ kind: 'done', priority: -output!.score });
});

test('an empty file, and one that is gone, fail and are not tried again', async () => {
  const empty = await runStage(job, 'read', { item: fileWith('\n') });
  const gone = await runStage(job, 'read', { item: { path: path.join(folder, 'gone.md') } });
  for (const { outcome } of [empty, gone]) expect(outcome).toMatchObject({ kind: 'failed', class: 'item_specific' });
});
