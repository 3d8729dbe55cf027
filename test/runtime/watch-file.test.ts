import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../runtime/clock.ts';
import { watchFile } from '../../runtime/watch-file.ts';
import { SimulatedTime } from '../support/simulated-clock.ts';
import { tempFolder } from '../support/temp.ts';

/** Watches `file` with the real clock; each call of `after` does something to it and resolves when that was noticed. */
function noticing(file: string): (how: () => void) => Promise<void> {
  let noticed = () => {};
  onTestFinished(watchFile(realClock, file, () => noticed()));
  return (how) =>
    new Promise((resolve) => {
      noticed = resolve;
      how();
    });
}

const replaced = (file: string, text: string) => () => {
  fs.writeFileSync(`${file}~`, text);
  fs.renameSync(`${file}~`, file);
};

test('a file is heard of however often it is replaced, removed and brought back', async () => {
  const file = path.join(tempFolder({ 'jobs.yaml': '1' }), 'jobs.yaml');
  const after = noticing(file);
  await after(() => fs.writeFileSync(file, '2'));
  for (const text of ['3', '4', '5']) await after(replaced(file, text));
  await after(() => fs.rmSync(file));
  await after(() => fs.writeFileSync(file, '6'));
  await after(() => fs.appendFileSync(file, '7'));
});

test('behind a link the file that it leads to is heard of too, also after the link was turned', async () => {
  const folder = tempFolder({ 'a/jobs.yaml': '1', 'b/jobs.yaml': '1' });
  const file = path.join(folder, 'jobs.yaml');
  fs.symlinkSync('a/jobs.yaml', file);
  const after = noticing(file);
  await after(() => fs.writeFileSync(path.join(folder, 'a/jobs.yaml'), '22'));
  await after(() => (fs.symlinkSync('b/jobs.yaml', `${file}~`), fs.renameSync(`${file}~`, file)));
  await after(() => fs.writeFileSync(path.join(folder, 'b/jobs.yaml'), '333'));
});

test('a folder that was replaced is noticed within seconds', async () => {
  const folder = tempFolder({ 'in/jobs.yaml': '1' });
  const [time, file] = [new SimulatedTime(0), path.join(folder, 'in/jobs.yaml')];
  let calls = 0;
  onTestFinished(watchFile(time.clock(), file, () => (calls += 1)));
  fs.renameSync(path.join(folder, 'in'), path.join(folder, 'out'));
  fs.mkdirSync(path.join(folder, 'in'));
  fs.writeFileSync(file, '2');
  await time.pass(5_100);
  expect(calls).toBe(1);
  fs.writeFileSync(file, '33');
  await time.pass(5_100);
  expect(calls).toBe(2);
});

test('what was only looked at, or written beside it, is no change', async () => {
  const file = path.join(tempFolder({ 'jobs.yaml': '1' }), 'jobs.yaml');
  const time = new SimulatedTime(0);
  let calls = 0;
  onTestFinished(watchFile(time.clock(), file, () => (calls += 1)));
  fs.readFileSync(file);
  fs.writeFileSync(`${file}.swp`, 'x');
  await time.pass(20_000);
  expect(calls).toBe(0);
});
