import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { strategies } from '../../actors/strategies/index.ts';
import { KeptReading, loadConfig } from '../../runtime/config/index.ts';
import { tempFolder } from '../support/temp.ts';

const TEXT = 'jobs:\n  a16z:\n    handler: ./handlers/a16z.ts\n    discovery: { strategy: manual }\n    stages: [{ name: fetch, timeout: 5m }]\n';

/** A folder with `text` as jobs.yaml, and what a start there finds. */
function folderWith(text = TEXT) {
  const root = tempFolder({ 'jobs.yaml': text, 'handlers/a16z.ts': '', 'data/.keep': '' });
  const dataDir = path.join(root, 'data');
  const start = () => {
    const kept = new KeptReading(dataDir);
    const checked = loadConfig(path.join(root, 'jobs.yaml'), { strategies, known: (text) => kept.find(text) });
    if (checked.ok) kept.keep(checked.text, checked.data);
    return checked;
  };
  return { root, start, kept: path.join(dataDir, 'jobs.read.json') };
}

const timeout = (checked: ReturnType<typeof loadConfig>) => checked.ok && checked.spec.jobs[0]!.stages[0]!.timeoutMs;

test('a text that was read before is not parsed again, and another one is', () => {
  const { root, start, kept } = folderWith();
  expect(timeout(start())).toBe(300_000);
  fs.writeFileSync(kept, fs.readFileSync(kept, 'utf8').replace('"5m"', '"6m"'));
  expect(timeout(start())).toBe(360_000);
  fs.writeFileSync(path.join(root, 'jobs.yaml'), TEXT.replace('5m', '7m'));
  expect(timeout(start())).toBe(420_000);
  expect(timeout(start())).toBe(420_000);
  expect(fs.readFileSync(kept, 'utf8')).toContain('"7m"');
});

test('a mistake that came with something else than the text shows where it stands, too', () => {
  const { root, start } = folderWith();
  const first = start();
  fs.rmSync(path.join(root, 'handlers/a16z.ts'));
  const checked = start();
  expect(first.ok).toBe(true);
  expect(!checked.ok && checked.problems).toMatchObject([{ line: 3, column: 14, message: expect.stringContaining('a16z.ts') as string }]);
});

test.each(['', '{', 'null', '[]', '{"mark":1}'])('what was kept and is damaged (%j) counts as nothing, and is kept anew', (damaged) => {
  const { start, kept } = folderWith();
  start();
  const whole = fs.readFileSync(kept, 'utf8');
  fs.writeFileSync(kept, damaged);
  expect(timeout(start())).toBe(300_000);
  expect(fs.readFileSync(kept, 'utf8')).toBe(whole);
});

test('what JSON has no words for is parsed each time', () => {
  const { start, kept } = folderWith(`x-far: .inf\n${TEXT}`);
  expect(start().ok).toBe(true);
  expect(fs.existsSync(kept)).toBe(false);
});

test('only its owner can read it, and a folder that cannot be written does no harm', () => {
  const { start, kept } = folderWith();
  start();
  expect(fs.statSync(kept).mode & 0o777).toBe(0o600);
  fs.rmSync(path.dirname(kept), { recursive: true });
  expect(start().ok).toBe(true);
});
