import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { insertJob, lineOfJob } from '../../runtime/scaffold/insert-job.ts';
import { read } from '../support/project-files.ts';

const BLOCK = `new_one: # a remark
  handler: ./handlers/new-one.ts
  stages:
    - { name: fetch }
`;

/** The text without the lines that were added, and those lines. */
function added(before: string, after: string): { kept: string; lines: string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < old.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return { kept: [...now.slice(0, head), ...now.slice(now.length - tail)].join('\n'), lines: now.slice(head, now.length - tail) };
}

test('the jobs.yaml that comes with Rivus keeps every byte, and gets the job at its end', () => {
  const before = read('jobs.yaml');
  const after = insertJob(before, BLOCK);
  expect(after.startsWith(before.trimEnd())).toBe(true);
  expect(after.slice(before.trimEnd().length)).toBe(`\n\n${BLOCK.trimEnd().split('\n').map((line) => `  ${line}`).join('\n')}\n`);
  expect(after.split('\n')[lineOfJob(after, 'new_one') - 1]).toBe('  new_one: # a remark');
});

describe.each([
  ['other keys come after jobs:', 'jobs:\n  a:\n    handler: x # why\n\n# shared by all\nresources: { npm: { concurrency: 2 } }\n', 3],
  ['comments belong to the last job', 'jobs:\n  a:\n    handler: x\n    # guards: { max_pending: 3 }\n\n  # b:\n  #   handler: y\n\n# the end\n', 7],
  ['a deeper indent', 'x-me:   1\njobs:\n      a:\n            handler: x\n', 4],
  ['no newline at the end', 'jobs:\n  a:\n    handler: x', 3],
  ['lines that end as on Windows', 'jobs:\r\n  a:\r\n    handler: x # one\r\nmodels: {}\r\n', 3],
  ['anchors and merges', 'x-base: &base { handler: x }\njobs:\n  a: { <<: *base }\n  b:\n    <<: *base\n', 5],
  ['a job that is written in one line', 'jobs:\n  a: { handler: x, stages: [{ name: s }] } # short\n', 2],
  ['a job without anything', 'jobs:\n  a:\n', 2],
  ['text with colons and hashes', "jobs:\n  'a':\n    handler: \"x # no comment: really\"\n", 3],
])('%s', (_what, before, after) => {
  const result = insertJob(before, BLOCK);

  test('nothing that was there is touched', () => {
    const { kept, lines } = added(before.endsWith('\n') ? before : `${before}\n`, result.endsWith('\n') ? result : `${result}\n`);
    expect(kept).toBe(before.endsWith('\n') ? before : `${before}\n`);
    expect(lines.filter((line) => line.trim() !== '')).toHaveLength(4);
  });

  test('it means what it meant, and the new job', () => {
    const [old, now] = [parse(before, { merge: true }), parse(result, { merge: true })];
    expect(now).toEqual({ ...old, jobs: { ...old.jobs, ...parse(BLOCK) } });
  });

  test('the job stands where one looks for it, with a blank line before it', () => {
    const at = result.split(/\r?\n/).findIndex((line) => line.trim().startsWith('new_one:'));
    expect(at).toBe(after + 1);
    expect(result.split(/\r?\n/)[at - 1]).toBe('');
    if (before.includes('\r\n')) expect(result.replaceAll('\r\n', '')).not.toContain('\n');
  });
});

test.each([
  ['jobs: {}\n', 'jobs:\n  new_one:'],
  ['jobs:\n# nothing yet\n', 'jobs:\n  new_one:'],
  ['jobs: {} # to come\nmodels: {}\n', 'jobs: # to come\n  new_one:'],
  ['jobs: { a: { handler: x } } # all in one line\n', 'jobs: { a: { handler: x }, new_one: { handler: ./handlers/new-one.ts, stages: [ { name: fetch } ] } } # all in one line\n'],
  ['jobs: {\n  a: { handler: x },\n}\n', 'jobs: {\n  a: { handler: x }, new_one: {'],
  // The blank lines at the end of a block of text are part of it: here the file is written anew.
  ['jobs:\n  a:\n    handler: |+\n      x\n\n\nmodels: {}\n', 'jobs:\n  a:\n    handler: |+\n      x\n\n\n  new_one:'],
])('%j becomes what one would have written', (before, beginning) => {
  const result = insertJob(before, BLOCK);
  expect(result.slice(0, beginning.length)).toBe(beginning);
  const old = parse(before) as { jobs: object };
  expect(parse(result)).toEqual({ ...old, jobs: { ...old.jobs, ...parse(BLOCK) } });
});

const comment = fc.constantFrom('', '# at the left', '  # as deep as jobs', '    # within a job', '      # deeper');
const value = fc.constantFrom('x', '"a # b"', '{ a: 1, b: [2, 3] }', '[1,\n        2]', '|\n        text\n        more', '>-\n        folded\n\n        text', '&anchor { z: 1 }', '', 'x # tail');
const entry = fc.record({ name: fc.constantFrom('a', 'b', 'c-d', 'e_f'), value, within: comment, after: comment });
const jobsYaml = fc
  .record({ head: fc.constantFrom('', '# head\n\n', 'defaults: { a: 1 }\n'), jobs: fc.uniqueArray(entry, { selector: ({ name }) => name, minLength: 1 }), tail: fc.constantFrom('', 'models: {}\n', '# end\nx-y: 1\n'), eol: fc.constantFrom('\n', '\r\n'), ends: fc.boolean() })
  .map(({ head, jobs, tail, eol, ends }) => {
    const text = `${head}jobs:\n${jobs.map(({ name, value, within, after }) => `  ${name}:\n    handler: ${value}\n${within}\n    every: 5m\n${after}\n`).join('')}${tail}`;
    return (ends ? text : text.trimEnd()).replaceAll('\n', eol);
  });

test('however a file is written, its lines stay, in their order, and it means what it meant', () => {
  fc.assert(
    fc.property(jobsYaml, (before) => {
      const after = insertJob(before, BLOCK);
      const old = parse(before) as { jobs: object };
      expect(parse(after)).toEqual({ ...old, jobs: { ...old.jobs, ...parse(BLOCK) } });
      const missing = before.split('\n').map((line) => line.trimEnd()).filter(Boolean);
      for (const line of after.split('\n')) if (line.trimEnd() === missing[0]) missing.shift();
      expect(missing).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
