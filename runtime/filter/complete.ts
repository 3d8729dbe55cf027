/** What may stand where the cursor is in a filter: keys first, then values that the runner knows. */
import { FIELDS, KEYS, keyOf, type Fields, type Key } from './fields.ts';
import { printValue } from './print.ts';

export type Option = { text: string; about: string };
/** The characters from `from` to `to` are replaced by the option that is chosen. */
export type Completion = { from: number; to: number; options: Option[] };

/** `stages`: of these jobs, of all when there are none. */
export type Known = { jobs(): Option[]; stages(jobs: readonly string[]): Option[]; fingerprints(): Option[] };

const MOST = 20;
const TYPED_KEY = /(?:^|\s)(-?)([A-Za-z_]*)$/;
const TYPED_VALUE = /(?:^|\s)-?([A-Za-z_]+)(?::|\s*(?:!~|!=|<=|>=|=|~|<|>)\s*)((?:[^\s,"']+,)*)(["']?)([^\s,"']*)$/;

const AGES = ['10m', '1h', '1d', '7d', '30d'];
const COSTS = ['0', '0.01', '0.1', '1'];

/** `cursor`: characters before it. */
export function completeFilter(text: string, cursor: number, known: Known, fields: Fields = FIELDS): Completion {
  const before = text.slice(0, cursor);
  const value = TYPED_VALUE.exec(before);
  if (value) return valuesAt(text, cursor, { word: value[1]!, given: value[2]!, quote: value[3]!, typed: value[4]! }, known, fields);
  const key = TYPED_KEY.exec(before);
  if (!key || isInQuotes(before)) return { from: cursor, to: cursor, options: [] };
  const typed = key[2]!.toLowerCase();
  const options = KEYS.filter((one) => one.startsWith(typed) && fields[one].unkept === undefined).map((one) => ({ text: `${one}${Object.keys(fields[one].operators)[0]}`, about: `${fields[one].about}, as in ${fields[one].example}` }));
  return { from: cursor - typed.length, to: endOf(text, cursor), options };
}

type Typed = { word: string; given: string; quote: string; typed: string };

function valuesAt(text: string, cursor: number, { word, given, quote, typed }: Typed, known: Known, fields: Fields): Completion {
  const key = keyOf(word);
  const from = cursor - typed.length - quote.length;
  if (!key) return { from, to: cursor, options: [] };
  const taken = given.split(',');
  const lower = typed.toLowerCase();
  const options = optionsOf(key, text, known, fields)
    .filter((option) => option.text.toLowerCase().includes(lower) && !taken.includes(option.text))
    .sort((a, b) => Number(b.text.toLowerCase().startsWith(lower)) - Number(a.text.toLowerCase().startsWith(lower)))
    .slice(0, MOST)
    .map((option) => ({ text: `${printValue(option.text)} `, about: option.about }));
  return { from, to: endOf(text, cursor), options };
}

function optionsOf(key: Key, text: string, known: Known, fields: Fields): Option[] {
  switch (key) {
    case 'job':
      return known.jobs();
    case 'stage':
      return known.stages([...text.matchAll(/(?:^|\s)job[:=]([^\s,"']+)/gi)].map(([, job]) => job!));
    case 'fingerprint':
      return known.fingerprints();
    case 'error':
      return plain(FIELDS.class.values!);
    case 'age':
      return plain(AGES);
    case 'cost':
      return plain(COSTS);
    default:
      return plain(fields[key].values ?? []);
  }
}

const plain = (values: readonly string[]): Option[] => values.map((text) => ({ text, about: '' }));

/** What is left of the word that the cursor is in, with the space after it. */
function endOf(text: string, cursor: number): number {
  const [rest] = /^[^\s,"']*/.exec(text.slice(cursor))!;
  const end = cursor + rest.length;
  return text[end] === ' ' ? end + 1 : end;
}

const isInQuotes = (before: string): boolean => (before.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1;
