import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conditions, type Condition } from '../../inspector/protocol.ts';
import { completeFilter, type Known } from '../../runtime/filter/complete.ts';
import { FIELDS } from '../../runtime/filter/fields.ts';
import { parseFilter } from '../../runtime/filter/parse.ts';
import { printFilter } from '../../runtime/filter/print.ts';
import { searchItems } from '../../runtime/store/search.ts';
import { ERROR_CLASSES } from '../../actors/ports.ts';
import { TASK_STATES } from '../../runtime/store/types.ts';
import { deskWith, jobSpec } from '../support/store.ts';

const where = (text: string): Condition[] => {
  const { where, problems } = parseFilter(text);
  expect(problems).toEqual([]);
  return where;
};
const DAY = 86_400_000;

test('a filter is terms that must all be true: keys with values, and words of the title or key', () => {
  expect(where('job:a16z stage:captions status:failed error:transient age>2h cost>0.05 free "two words"')).toEqual([
    { field: 'job', is: '=', value: 'a16z' },
    { field: 'stage', is: '=', value: 'captions' },
    { field: 'state', is: '=', value: 'failed' },
    { field: 'class', is: '=', value: 'transient' },
    { field: 'age', is: '>', value: 7_200_000 },
    { field: 'cost', is: '>', value: 0.05 },
    { field: 'text', is: '~', value: 'free' },
    { field: 'text', is: '~', value: 'two words' },
  ]);
});

describe('written differently, meant alike', () => {
  test.each([
    ['-state:failed', 'state!=failed'],
    ['-age>1d', 'age<=1d'],
    ['-age<1d', 'age >= 1d'],
    ['key:news/*', 'key~"news/*"'],
    ["key:'news/*'", 'KEY:news/*'],
    ['state:failed,dead', 'state = "failed",dead'],
    ['-merger', 'text!~merger'],
    ['error:transient,systemic', 'class:transient,systemic'],
    ['error:429', 'error~429'],
    ['', '   '],
  ])('%s and %s', (one, other) => {
    expect(where(one)).toEqual(where(other));
  });
});

test('quotes keep spaces, commas and what would be a key; \\" and \\\\ in them stand for themselves', () => {
  expect(where(String.raw`"state:failed" key:"a,b" error~"say \"no\" \\"`)).toEqual([
    { field: 'text', is: '~', value: 'state:failed' },
    { field: 'key', is: '~', value: 'a,b' },
    { field: 'error', is: '~', value: 'say "no" \\' },
  ]);
  expect(where('https://example.org/a')).toEqual([{ field: 'text', is: '~', value: 'https://example.org/a' }]);
});

describe('what is wrong is said with its place and what would be right', () => {
  test.each([
    ['age>1d stat:failed', 7, 4, 'there is no key "stat", did you mean "state"?'],
    ['state:faild', 6, 5, '"faild" is no state, did you mean "failed"?'],
    ['state:failed,ded', 13, 3, '"ded" is no state, did you mean "dead"?'],
    ['state~failed', 0, 6, 'state is compared by : = !=, not by ~; write it as in state:failed'],
    ['age>3', 4, 1, '"3" is no duration; write it as in age>2h'],
    ['age:3d', 0, 4, 'age is compared by < <= > >=, not by :'],
    ['cost>0,05', 5, 4, 'cost takes one value, as in cost>0.05'],
    ['priority=high', 9, 4, '"high" is no priority; write it as in priority<0'],
    ['x job:', 2, 4, 'job needs a value, as in job:papers'],
    ['job:a, b', 5, 1, 'a value is missing beside this comma'],
    ['a "b c', 2, 1, 'this quote is not closed'],
    ['error~"a"b', 9, 1, 'a space is missing after the closing quote'],
    ['=failed', 0, 7, '"=" has no key before it'],
    ['""', 0, 2, 'there is nothing between the quotes'],
    ['fingerprint:xyz', 12, 3, '"xyz" is no fingerprint'],
    ['error=oops', 0, 6, 'error is compared by : ~ !~, not by ='],
  ])('%s', (text, at, length, message) => {
    expect(parseFilter(text)).toEqual({ where: [], problems: [{ at, length, message: expect.stringContaining(message) }] });
  });

  test('all of it at once', () => {
    expect(parseFilter('foo:1 age>x state:faild').problems.map(({ at }) => at)).toEqual([0, 10, 18]);
  });

  test('more terms than a filter has', () => {
    expect(parseFilter('a '.repeat(17)).problems).toMatchObject([{ message: expect.stringContaining('16 terms at most, not 17') }]);
    expect(parseFilter('a'.repeat(2_001)).problems).toMatchObject([{ at: 2_000, length: 1 }]);
  });
});

const word = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((text) => text.length <= 60);
const some = <T>(value: fc.Arbitrary<T>) => fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 4 }));
const of = (field: Condition['field'], is: string[], value: fc.Arbitrary<unknown>) => fc.record({ field: fc.constant(field), is: fc.constantFrom(...is), value });
const ORDER = ['<', '<=', '=', '!=', '>=', '>'];
const anyCondition = fc.oneof(
  of('job', ['=', '!='], some(word)), of('stage', ['=', '!='], some(word)), of('state', ['=', '!='], some(fc.constantFrom(...TASK_STATES))), of('class', ['=', '!='], some(fc.constantFrom(...ERROR_CLASSES))),
  of('error', ['~', '!~'], some(word)), of('text', ['~', '!~'], some(word)), of('key', ['~', '!~', '=', '!='], some(word)),
  of('fingerprint', ['=', '!='], some(fc.stringMatching(/^[0-9a-f]{12}$/))),
  of('priority', ORDER, fc.oneof(fc.integer(), fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((n) => n + 0))), of('attempts', ORDER, fc.nat({ max: 1e9 })),
  of('cost', ORDER, fc.double({ min: 0, max: 1e9, noNaN: true }).map((n) => n + 0)), of('age', ['<', '<=', '>=', '>'], fc.integer({ min: 1, max: 3_650 * DAY })),
) as fc.Arbitrary<Condition>;

test('what is printed is read as the same, whatever it is', () => {
  fc.assert(
    fc.property(fc.array(anyCondition, { maxLength: 8 }), (asked) => {
      expect(parseFilter(printFilter(asked))).toEqual({ where: asked, problems: [] });
      if (asked.length > 0) expect(conditions.safeParse(asked).success).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

/** Texts near the language, and far from it. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.array(fc.constantFrom(...Object.keys(FIELDS), ':', '=', '!=', '~', '!~', '<', '>', ',', '-', '"', "'", '\\', ' ', '\n', '(', ')', '*', '%', '_', '[', ';', '--', '/*', 'failed', '1', '2h', "'; DROP TABLE item; --", '" OR 1=1 --', 'NULL', '?', '@job', '$1', '\0', '\u202e'), { maxLength: 24 }).map((parts) => parts.join('')),
);

test('10,000 texts by chance are either understood, and the store answers them, or refused with a place; nothing is thrown, nothing is changed', () => {
  const desk = deskWith(jobSpec('j', { a: [] }));
  desk.find('j', 'k', "'; DROP TABLE item; --");
  const [read, before] = [() => desk.db.prepare('SELECT count(*) FROM item').pluck().get(), desk.db.prepare('PRAGMA data_version').pluck().get()];
  let understood = 0;
  fc.assert(
    fc.property(anyText, (text) => {
      const { where, problems } = parseFilter(text);
      for (const { at, length, message } of problems) {
        expect(at >= 0 && length >= 0 && at + length <= Math.max(text.length, at) && message.length > 0, message).toBe(true);
      }
      if (problems.length > 0) return where.length === 0;
      understood += 1;
      expect(where.length === 0 || conditions.safeParse(where).success, text).toBe(true);
      for (const { ids } of searchItems(desk.db, where, desk.at, 'newest')) expect(ids.length).toBeLessThanOrEqual(2);
      completeFilter(text, text.length, { jobs: () => [], stages: () => [], fingerprints: () => [] });
      return true;
    }),
    { numRuns: 10_000 },
  );
  expect(understood).toBeGreaterThan(500);
  expect([read(), desk.db.prepare('PRAGMA data_version').pluck().get()]).toEqual([2, before]);
});

describe('completion', () => {
  const known: Known = {
    jobs: () => [{ text: 'a16z', about: '🎙️' }, { text: 'earnings calls', about: '' }],
    stages: (jobs) => [{ text: 'fetch', about: jobs.join() }, { text: 'captions', about: '' }],
    fingerprints: () => [],
  };
  /** `|` is the cursor. */
  const options = (text: string) => {
    const cursor = text.indexOf('|');
    const whole = text.replace('|', '');
    const { from, to, options: all } = completeFilter(whole, cursor, known);
    return all.map((option) => `${whole.slice(0, from)}${option.text}${whole.slice(to)}`);
  };

  test('offers keys first, all of them or those that begin so', () => {
    expect(options('|').length).toBe(Object.keys(FIELDS).length);
    expect(options('job:a16z st|')).toEqual(['job:a16z stage:', 'job:a16z state:']);
    expect(options('-a|')).toEqual(['-age<', '-attempts:']);
  });

  test('then values that the runner knows, of the job that is named', () => {
    expect(options('job:|')).toEqual(['job:a16z ', 'job:"earnings calls" ']);
    expect(options('state:fa| age>1d')).toEqual(['state:failed age>1d']);
    expect(options('state:failed,d|').slice(0, 3)).toEqual(['state:failed,done ', 'state:failed,dead ', 'state:failed,blocked ']);
    expect(completeFilter('job:a16z stage:', 15, known).options[0]).toEqual({ text: 'fetch ', about: 'a16z' });
    expect(options('job:"earn|')).toEqual(['job:"earnings calls" ']);
    expect(options('error:tr|')).toEqual(['error:transient ']);
  });

  test('nothing within quotes or after an unknown key', () => {
    expect(options('"st|')).toEqual([]);
    expect(options('foo:st|')).toEqual([]);
  });
});
