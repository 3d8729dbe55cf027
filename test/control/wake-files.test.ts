import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../runtime/clock.ts';
import { watchWakeFiles } from '../../runtime/control/wake-files.ts';
import { Lines, StandingClock } from '../support/control.ts';
import { tempFolder } from '../support/temp.ts';

/** Watches a folder of its own; `woken` holds the jobs in order, `next` waits for one more. */
function watched({ dataDir = tempFolder(), jobs = ['a16z', 'edgar'], clock = realClock } = {}) {
  const woken: string[] = [];
  const log = new Lines();
  let arrived = () => {};
  const watching = watchWakeFiles({
    clock,
    log,
    dataDir,
    jobs: () => jobs,
    wake: (job) => {
      woken.push(job);
      arrived();
    },
  });
  onTestFinished(() => watching.close());
  return { folder: path.join(dataDir, '.wake'), woken, log, jobs, next: () => new Promise<void>((resolve) => (arrived = resolve)) };
}

test('a file with the name of a job wakes it at once, once, and is gone', async () => {
  // Without the look that comes every 5 s: the event alone must do.
  const events = { ...realClock, setTimeout: (run: () => void, ms: number) => (ms < 100 ? realClock.setTimeout(run, ms) : undefined) };
  const { folder, woken, next } = watched({ clock: events });
  const first = next();
  writeFileSync(path.join(folder, 'a16z'), 'whatever');
  await first;
  expect(woken).toEqual(['a16z']);
  expect(readdirSync(folder)).toEqual([]);
  const second = next();
  writeFileSync(path.join(folder, 'edgar'), '');
  await second;
  expect(woken).toEqual(['a16z', 'edgar']);
});

test('files that were left while nobody watched are taken at the start', () => {
  const dataDir = tempFolder({ '.wake/a16z': '' });
  expect(watched({ dataDir }).woken).toEqual(['a16z']);
});

test('a file for a job that exists only later waits for it', () => {
  const clock = new StandingClock();
  const { folder, woken, jobs } = watched({ clock });
  writeFileSync(path.join(folder, 'later'), '');
  clock.advance(5_000);
  expect(woken).toEqual([]);
  jobs.push('later');
  clock.advance(5_000);
  expect(woken).toEqual(['later']);
});

test('links, FIFOs, folders and foreign names wake nothing and stay as they are', () => {
  const dataDir = tempFolder({ secret: 'untouched', '.wake/unknown': '' });
  const folder = path.join(dataDir, '.wake');
  const jobs = ['linked', 'dangling', 'fifo', 'folder', 'fine'];
  symlinkSync(path.join(dataDir, 'secret'), path.join(folder, 'linked'));
  symlinkSync(path.join(dataDir, 'nowhere'), path.join(folder, 'dangling'));
  execFileSync('mkfifo', [path.join(folder, 'fifo')]);
  mkdirSync(path.join(folder, 'folder'));
  writeFileSync(path.join(folder, 'fine'), '');
  const { woken, log } = watched({ dataDir, jobs });
  expect(woken).toEqual(['fine']);
  expect(readdirSync(folder).sort()).toEqual(['dangling', 'fifo', 'folder', 'linked', 'unknown']);
  expect(existsSync(path.join(dataDir, 'secret'))).toBe(true);
  expect(log.lines).toEqual([]);
});

test('of a file with two names only the one in the folder goes', () => {
  const dataDir = tempFolder({ elsewhere: 'kept', '.wake/unknown': '' });
  linkSync(path.join(dataDir, 'elsewhere'), path.join(dataDir, '.wake', 'a16z'));
  expect(watched({ dataDir }).woken).toEqual(['a16z']);
  expect(statSync(path.join(dataDir, 'elsewhere')).nlink).toBe(1);
});

test('a folder that is a link elsewhere is not followed, and that is said once', () => {
  const dataDir = tempFolder({ 'elsewhere/a16z': '' });
  symlinkSync(path.join(dataDir, 'elsewhere'), path.join(dataDir, '.wake'));
  const clock = new StandingClock();
  const { woken, log } = watched({ dataDir, clock });
  clock.advance(20_000);
  expect(woken).toEqual([]);
  expect(readdirSync(path.join(dataDir, 'elsewhere'))).toEqual(['a16z']);
  expect(log.lines).toEqual([expect.stringMatching(/^warn wake files are not watched: .*remove it/)]);
});

test('a folder that was removed or replaced is watched again', async () => {
  const clock = new StandingClock();
  const dataDir = tempFolder();
  const { folder, woken } = watched({ dataDir, clock });
  rmSync(folder, { recursive: true });
  clock.advance(5_000);
  expect(existsSync(folder)).toBe(true);
  mkdirSync(path.join(dataDir, 'new'));
  writeFileSync(path.join(dataDir, 'new', 'a16z'), '');
  rmSync(folder, { recursive: true });
  renameSync(path.join(dataDir, 'new'), folder);
  clock.advance(5_000);
  expect(woken).toEqual(['a16z']);
});

test('the removal of the folder is noticed by itself, and the new one is watched', async () => {
  const clock = new StandingClock();
  let noticed = () => {};
  const heard = () => new Promise<void>((resolve) => (noticed = resolve));
  const dataDir = tempFolder();
  const { folder, woken } = watched({
    dataDir,
    clock: Object.assign(Object.create(clock) as StandingClock, {
      setTimeout: (run: () => void, ms: number) => {
        if (ms < 100) noticed();
        return clock.setTimeout(run, ms);
      },
    }),
  });
  const removal = heard();
  rmSync(folder, { recursive: true });
  await removal;
  await setImmediate(); // One removal may be told in several events.
  clock.advance(10);
  const arrival = heard();
  writeFileSync(path.join(folder, 'a16z'), '');
  await arrival;
  clock.advance(10);
  expect(woken).toEqual(['a16z']);
});

test('after it was closed nothing is taken', () => {
  const clock = new StandingClock();
  const dataDir = tempFolder();
  const woken: string[] = [];
  const watching = watchWakeFiles({ clock, log: new Lines(), dataDir, jobs: () => ['a16z'], wake: (job) => void woken.push(job) });
  watching.close();
  writeFileSync(path.join(dataDir, '.wake', 'a16z'), '');
  clock.advance(20_000);
  expect(woken).toEqual([]);
});
