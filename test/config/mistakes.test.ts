import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { formatProblems, loadConfig } from '../../runtime/config/index.ts';
import { load, mistakes, oneJob, strategies } from '../support/config.ts';
import { tempFolder } from '../support/temp.ts';

const rest = 'handler: ./handlers/job.ts\ndiscovery: { strategy: manual }\n';
const stages = 'stages: [{ name: fetch }, { name: score }]\n';
const feed = (options: string) => oneJob(`handler: ./handlers/job.ts\n${stages}discovery: { strategy: ${options} }`);

test.each([
  ['an unknown key', oneJob(`${rest}${stages}guards: { max_pendng: 3 }`), '6:15 job "a16z": unknown key "max_pendng", did you mean "max_pending"?'],
  ['an unknown key at the top', `job: {}\njobs: {}\n`, '1:1 unknown key "job", did you mean "jobs"?'],
  ['an unknown key of a stage', oneJob(`${rest}stages: [{ name: a, concurency: 5 }]`), '5:25 job "a16z", stage "a": unknown key "concurency", did you mean "concurrency"?'],
  ['a missing key', oneJob(`discovery: { strategy: manual }\n${stages}`), '2:3 job "a16z": handler is missing: path of the handler module, from the folder of this file; it lies in or below it'],
  ['a missing name', oneJob(`${rest}stages:\n  - concurrency: 2`), '6:9 job "a16z", stage 1: name is missing: its name; also that of the stage in the handler module'],
  ['a wrong type', oneJob(`${rest}stages: [{ name: a, concurrency: five }]`), '5:38 job "a16z", stage "a": concurrency must be a number, not "five"'],
  ['a fraction', oneJob(`${rest}stages: [{ name: a, concurrency: 1.5 }]`), '5:38 job "a16z", stage "a": concurrency must be a whole number, not 1.5'],
  ['nothing where a map belongs', oneJob(`${rest}${stages}guards:`), '6:12 job "a16z": guards must be a map, not empty'],
  ['a number that is too small', oneJob(`${rest}stages: [{ name: a, concurrency: 0 }]`), '5:38 job "a16z", stage "a": concurrency must be at least 1, not 0'],
  ['a choice that there is not', oneJob(`${rest}stages: [{ name: a, isolate: thred }]`), '5:34 job "a16z", stage "a": isolate must be one of inline, thread, not "thred", did you mean "thread"?'],
  ['a duration without a unit', `defaults: { timeout: 60 }\njobs: {}\n`, '1:22 defaults.timeout must be a duration such as 30s, 5m, 3h or 2d, not 60'],
  ['a rate of its own kind', `resources: { npm: { rate: 10/fortnight } }\njobs: {}\n`, '1:27 resource "npm": rate must be a rate such as 10/s, 300/m, 5000/h or 20000/d, not "10/fortnight"'],
  ['money that is no number', oneJob(`${rest}${stages}guards: { daily_cost_limit: .nan }`), '6:33 job "a16z": guards.daily_cost_limit must be US dollars from 0 on, such as 5, 1.00 or $0.05, not NaN'],
  ['money without end', oneJob(`${rest}${stages}guards: { daily_cost_limit: .inf }`), '6:33 job "a16z": guards.daily_cost_limit must be US dollars from 0 on, such as 5, 1.00 or $0.05, not Infinity'],
  ['money below zero', oneJob(`${rest}${stages}guards: { daily_cost_limit: -1 }`), '6:33 job "a16z": guards.daily_cost_limit must be US dollars from 0 on, such as 5, 1.00 or $0.05, not -1'],
  ['money in another currency', oneJob(`${rest}${stages}guards: { daily_cost_limit: 5 EUR }`), '6:33 job "a16z": guards.daily_cost_limit must be US dollars from 0 on, such as 5, 1.00 or $0.05, not "5 EUR"'],
  ['nothing where money belongs', oneJob(`${rest}${stages}guards: { daily_cost_limit: "$" }`), '6:33 job "a16z": guards.daily_cost_limit must be US dollars from 0 on, such as 5, 1.00 or $0.05, not "$"'],
  ['a zone of days that there is not', 'day: { tz: Mars/Olympus }\njobs: {}\n', '1:12 day.tz must name a time zone of the IANA list, such as America/New_York or UTC, not "Mars/Olympus"'],
  ['a cost that no limit allows', oneJob(`${rest}stages: [{ name: a, max_cost: 2 }]\nguards: { daily_cost_limit: $1.50 }`), '5:35 job "a16z", stage "a": max_cost $2 is more than the job\'s daily_cost_limit $1.5, so that no task of it could ever start'],
  ['no stages', oneJob(`${rest}stages: []`), '5:13 job "a16z": stages must not be empty'],
  ['a name with a slash', oneJob(`${rest}stages: [{ name: a/b }]`), '5:22 job "a16z", stage "a/b": name must be made of a-z, 0-9, "_" and "-" only (at most 64), not "a/b"'],
  ['a job with a blank in its name', 'jobs:\n  my job: { handler: ./handlers/job.ts, discovery: { strategy: manual }, stages: [{ name: a }] }\n', '2:3 job "my job": the name "my job" must be made of a-z, 0-9, "_" and "-" only (at most 64)'],
  ['a name that JavaScript has taken', oneJob(`${rest}stages: [{ name: constructor }]`), '5:22 job "a16z", stage "constructor": name must be another word: this one has a meaning in JavaScript, not "constructor"'],
  ['a pipeline without a step', oneJob(`${rest}${stages}pipeline: dep_radar`), '6:15 job "a16z": pipeline must be a name and a step, such as dep_radar/1, not "dep_radar"'],
  ['a target without a kind', 'notify: { targets: { phone: { user: a } } }\njobs: {}\n', '1:22 notify.targets.phone.kind is missing'],
  ['a target of a kind that there is not', 'notify: { targets: { phone: { kind: pushovr } } }\njobs: {}\n', '1:37 notify.targets.phone.kind must be one of pushover, ntfy, slack, discord, webhook, exec, not "pushovr"'],
  ['a secret in place of its name', 'notify: { targets: { phone: { kind: slack, url: "https://hooks.slack.com/x" } } }\njobs: {}\n', '1:49 notify.targets.phone.url holds a secret itself, and every version of this file is kept: write ${NAME}, and set NAME in the environment'],
  ['quiet hours that nobody understands', 'notify: { quiet: at night }\njobs: {}\n', '1:18 notify.quiet must name a time zone of the IANA list, such as America/New_York or UTC; there is no "night"'],
  ['an unknown key of a target', 'notify: { targets: { log: { kind: exec, command: [logger], shell: true } } }\njobs: {}\n', '1:60 unknown key "shell"'],
  ['a window without minutes', oneJob(`${rest}${stages}window: 9-17`), '6:13 job "a16z": window must have times from 00:00 to 24:00, such as 09:30, not "9"'],
  ['a time zone that there is not', oneJob(`${rest}${stages}window: 09:00-17:00 Mars/Olympus`), '6:13 job "a16z": window must name a time zone of the IANA list, such as America/New_York or UTC; there is no "Mars/Olympus"'],
  ['a time zone with a slip', oneJob(`${rest}${stages}window: 09:00-17:00 America/New_Yrok`), '6:13 job "a16z": window must name a time zone of the IANA list, such as America/New_York or UTC; there is no "America/New_Yrok", did you mean "America/New_York"?'],
  ['a day with a slip', oneJob(`${rest}${stages}window: 09:00-17:00 UTC mon-fru`), '6:13 job "a16z": window must have days such as mon-fri or sat,sun; there is no "fru", did you mean "fri"?'],
  ['a window of no length', oneJob(`${rest}${stages}window: 09:00-09:00`), '6:13 job "a16z": window has hours that are over when they begin: "09:00-09:00"; a whole day is 00:00-24:00'],
  ['a window that is a number', oneJob(`${rest}${stages}window: 9`), '6:13 job "a16z": window must be a window such as "09:30-16:00 America/New_York mon-fri", not 9'],
  ['a key of a window with a slip', oneJob(`${rest}${stages}window: { hours: 09:00-17:00, befroe: 30m }`), '6:35 job "a16z": unknown key "befroe", did you mean "before"?'],
  ['a window without hours', oneJob(`${rest}${stages}window: { tz: UTC }`), '6:13 job "a16z": window needs hours such as "09:30-16:00 mon-fri", or a calendar'],
  ['holidays that are not there', oneJob(`${rest}${stages}window: { hours: 09:00-17:00, holidays: ./nyse.txt }`), '6:45 job "a16z": window.holidays names a file that is not there: "./nyse.txt"'],
  ['hours that are shorter than what is kept free before their end', oneJob(`${rest}${stages}window: { hours: 09:00-09:20, before: 30m }`), '6:43 job "a16z": window.before is as long as the window itself: nothing could ever start'],
  ['a burst without a rate', `resources: { api: { burst: 3 } }\n${oneJob(`${rest}${stages}`)}`, '1:28 resource "api": burst must have a rate beside it, such as rate: 10/s, not 3'],
  ['a pace that is none', oneJob(`${rest}${stages}pacing: fast`), '6:13 job "a16z": pacing must be a rate such as 30/m, or a map with rate and burst, not "fast"'],
  ['an ageing that is none', oneJob(`${rest}${stages}priority: { ageing: soon }`), '6:25 job "a16z": priority.ageing must be a duration such as 30d, or never, not "soon"'],
  ['a stage twice', oneJob(`${rest}stages: [{ name: a }, { name: a }]`), '5:35 job "a16z", stage "a": a stage "a" stands further up already; each needs a name of its own'],
  ['an unknown resource', oneJob(`${rest}stages: [{ name: a, resource: [nmp] }]`, 'resources: { npm: {} }\n'), '6:36 job "a16z", stage "a": unknown resource "nmp", did you mean "npm"?'],
  ['a resource where none is declared', oneJob(`${rest}stages: [{ name: a, resource: npm }]`), '5:35 job "a16z", stage "a": unknown resource "npm"; declare it under resources:'],
  ['a resource twice', oneJob(`${rest}stages: [{ name: a, resource: [npm, npm] }]`, 'resources: { npm: {} }\n'), '6:41 job "a16z", stage "a": the resource "npm" is named twice; an attempt holds one slot of each'],
  ['needs of an unknown stage', oneJob(`${rest}${stages}stage_deps: { scor: [fetch] }`), '6:19 job "a16z": stage_deps: this job has no stage "scor", did you mean "score"?'],
  ['a need of an unknown stage', oneJob(`${rest}${stages}stage_deps: { score: [fecth] }`), '6:27 job "a16z": stage_deps: this job has no stage "fecth", did you mean "fetch"?'],
  ['stages that wait for each other', oneJob(`${rest}${stages}stage_deps: { score: [fetch], fetch: [score] }`), '6:19 job "a16z": stage_deps go round in a circle, so none of these stages could ever start: score needs fetch needs score'],
  ['an unknown strategy', feed('fed'), '5:28 job "a16z": unknown strategy "fed", did you mean "feed"?'],
  ['a strategy with the name of an inherited property', feed('toString'), '5:28 job "a16z": unknown strategy "toString"; known are manual, feed, tracker_query'],
  ['an unknown option of a strategy', feed("feed, url: 'https://example.test', limt: 3"), '5:63 job "a16z": unknown key "limt", did you mean "limit"?'],
  ['a missing option of a strategy', feed('feed'), '5:5 job "a16z": discovery.url is missing'],
  ['a wrong option of a strategy', feed('feed, url: nope'), '5:39 job "a16z": discovery.url: Invalid URL (it is "nope")'],
  ['an unknown job to read from', feed('tracker_query, job: a16'), '5:48 job "a16z": there is no job "a16" to read from'],
  ['a job that reads from itself', feed('tracker_query, job: a16z'), '5:48 job "a16z": these jobs read from each other in a circle: a16z ← a16z'],
  ['a handler outside the folder', oneJob(`handler: ../job.ts\ndiscovery: { strategy: manual }\n${stages}`), '3:14 job "a16z": the handler "../job.ts" lies outside the folder of this file; move it below, for only code from here is run'],
  ['a handler that is not there', oneJob(`handler: ./handlers/jbo.ts\ndiscovery: { strategy: manual }\n${stages}`), '3:14 job "a16z": there is no handler "./handlers/jbo.ts", did you mean "./handlers/job.ts"?'],
  ['a handler by URL', oneJob(`handler: 'data:text/javascript,1'\ndiscovery: { strategy: manual }\n${stages}`), '3:14 job "a16z": the handler "data:text/javascript,1" must be a path below this folder, such as ./handlers/my-job.ts'],
  ['a handler in another language', oneJob(`handler: ./handlers/job.py\ndiscovery: { strategy: manual }\n${stages}`), '3:14 job "a16z": the handler "./handlers/job.py" must be a module: .ts, .mts, .js or .mjs'],
  ['a pattern with a scheme', oneJob(`${rest}${stages}accepts: ['https://example.com/a']`), '6:15 job "a16z": accepts[1] must be written without a scheme: example.com/a, not "https://example.com/a"'],
  ['a pattern without a host', oneJob(`${rest}${stages}accepts: [example.com, /news/**]`), '6:28 job "a16z": accepts[2] must begin with a host such as example.com or *.example.com, not "/news/**"'],
  ['a key of patterns with a slip', oneJob(`${rest}${stages}acepts: [example.com]`), '6:5 job "a16z": unknown key "acepts", did you mean "accepts"?'],
  ['a key where its name belongs', 'models: { small: { model: m, api_key: sk-123 } }\njobs: {}\n', '1:39 models.small.api_key holds a secret itself, and every version of this file is kept: write ${NAME}, and set NAME in the environment'],
  ['a broken variable', feed("feed, url: '${A.B}'"), '5:39 job "a16z": "${A.B}" names no variable: write ${NAME} or ${NAME:-default}, or $${ for a plain ${'],
])('points at %s', (_, text, message) => {
  expect(mistakes(text)).toEqual([message]);
});

test('three jobs in a circle are one mistake, and a job beside the circle is none', () => {
  const job = (id: string, upstream: string) => `  ${id}: { handler: ./handlers/job.ts, discovery: { strategy: tracker_query, job: ${upstream} }, stages: [{ name: x }] }\n`;
  expect(mistakes(`jobs:\n${job('a', 'b')}${job('b', 'c')}${job('c', 'a')}${job('d', 'a')}`)).toEqual(['2:79 job "a": these jobs read from each other in a circle: a ← b ← c ← a']);
});

test('a pattern that no address reaches is a warning', () => {
  const job = (id: string, accepts: string) => `  ${id}: { handler: ./handlers/job.ts, discovery: { strategy: manual }, stages: [{ name: x }], accepts: ${accepts} }\n`;
  const checked = load(`jobs:\n${job('a', "[example.com, '**']")}${job('b', '[example.org]')}${job('c', '[]')}`);
  expect(checked.ok && checked.warnings.map(({ message }) => message)).toEqual(['job "b": "example.org" is never reached: "**" of a stands before it and takes the same addresses']);
});

test('a handler that is a link out of the folder is refused', () => {
  const outside = tempFolder({ 'job.ts': '' });
  const folder = tempFolder({ 'jobs.yaml': oneJob(`handler: ./linked.ts\ndiscovery: { strategy: manual }\n${stages}`) });
  fs.symlinkSync(path.join(outside, 'job.ts'), path.join(folder, 'linked.ts'));
  const checked = loadConfig(path.join(folder, 'jobs.yaml'), { strategies });
  expect(!checked.ok && checked.problems[0]?.message).toMatch(/is a link that leads out of the folder/);
});

test('reports every mistake of the file at once, in its order, also below a mistake', () => {
  const text = `defaults: { retry: { max: 0 } }
jobs:
  bad name:
    handler: ./handlers/jbo.ts
    discovery: { strategy: tracker_query, job: a16, min_scor: 3 }
    stages: []
  a16z:
    emoji: 📦
    discovery: { strategy: fed }
    stages: [{ name: fetch, resource: npm, concurency: 2 }, { name: fetch, timeout: 5x }]
    stage_deps: { fetch: [x] }
`;
  expect(mistakes(text).map((mistake) => mistake.split(' ')[0])).toEqual(
    ['1:27', '3:3', '4:14', '5:48', '5:53', '6:13', '7:3', '9:28', '10:39', '10:44', '10:69', '10:85', '11:27'],
  );
});

test('the frame shows the line between its neighbours, with carets below the place', () => {
  const checked = load('jobs:\n  # first\n  a16z: { emoji: 📦, handlr: x }\n  # last\n');
  expect(!checked.ok && formatProblems(checked.problems.filter(({ message }) => message.includes('handlr')))).toMatch(
    /jobs\.yaml:3:22 job "a16z": unknown key "handlr", did you mean "handler"\?\n  2 \|   # first\n> 3 \|   a16z: \{ emoji: 📦, handlr: x \}\n    \|                      \^{6}\n  4 \|   # last\n$/,
  );
});

test('a line without end does not fill the terminal, and still shows the place', () => {
  const checked = load(`{ x-pad: "${'x'.repeat(900)}", jbos: 1, x-more: "${'x'.repeat(900)}" }`);
  const unknown = checked.ok ? undefined : checked.problems.find(({ message }) => message.startsWith('unknown key'));
  const [line, carets] = unknown!.frame.split('\n');
  expect(line!.length).toBeLessThan(200);
  expect(line!.slice(carets!.indexOf('^'), carets!.lastIndexOf('^') + 1)).toBe('jbos');
});

test('fifty mistakes are enough to read', () => {
  const checked = load(`${Array.from({ length: 60 }, (_, n) => `k${n}: 1\n`).join('')}jobs: {}\n`);
  expect(checked.ok ? [] : checked.problems).toHaveLength(60);
  expect(checked.ok ? '' : formatProblems(checked.problems)).toMatch(/unknown key "k49"[\s\S]*… and 10 more\n$/);
});

test('control characters of the file do not reach the terminal', () => {
  const checked = load('jobs: { "\\e]0;": 1, "\u001b[2J": 1 }');
  expect(checked.ok ? '' : formatProblems(checked.problems)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  expect(checked.ok).toBe(false);
});

test('a mistake in what << brings in is shown where it was written', () => {
  expect(mistakes(oneJob(`${rest}stages: [{ name: a, <<: *slow }, { name: b, <<: [*slow] }]`, 'x-slow: &slow { timeout: 5x }\n'))).toEqual([
    '1:26 job "a16z", stage "a": timeout must be a duration such as 30s, 5m, 3h or 2d, not "5x"',
    '1:26 job "a16z", stage "b": timeout must be a duration such as 30s, 5m, 3h or 2d, not "5x"',
  ]);
});
