/**
 * The filter language, of the inspector and of `--where`. Terms are joined by "and":
 *
 *   job:a16z stage:captions status:failed error:transient -key:"test/*" age>2h cost>0.05 "free text"
 *
 *   term    -? KEY operator value[,value…]     several values: one of them has to fit
 *           -? word, or "several words"        in the title or key
 *   -       the other way round
 *   value   up to a space or comma, or in quotes: "…" or '…', in which \" and \\ stand for themselves
 *
 * Never throws: what is wrong is said with its place, and everything that is wrong is said at once.
 */
import { MOST_CONDITIONS, type Condition } from '../../inspector/protocol.ts';
import { didYouMean, didYouMeanOrList } from '../config/suggest.ts';
import { ALL_KEYS, FIELDS, keyOf, OPPOSITE, type Fields, type Key, type Operator, type Value } from './fields.ts';

/** `at`, `length`: characters of the text. */
export type Problem = { at: number; length: number; message: string };
export type Parsed = { where: Condition[]; problems: Problem[] };

export const MOST_CHARACTERS = 2_000;
const MOST_VALUES = 16;

const HEAD = /([A-Za-z_]+)(?:(:)(?!\/\/)|\s*(!~|!=|<=|>=|=|~|<|>)\s*)/y;
const OPERATOR = /!~|!=|<=|>=|=|~|<|>|:/y;
const BARE = /[^\s,]+/y;
const WORD = /\S+/y;
const SPACE = /\s+/y;

type Token = { text: string; at: number; length: number };

/** `fields`: what may be asked for. */
export function parseFilter(text: string, fields: Fields = FIELDS): Parsed {
  if (text.length > MOST_CHARACTERS) return { where: [], problems: [{ at: MOST_CHARACTERS, length: text.length - MOST_CHARACTERS, message: `a filter has ${MOST_CHARACTERS} characters at most` }] };
  const reader = new Reader(text, fields);
  const where: Condition[] = [];
  for (;;) {
    reader.take(SPACE);
    if (reader.isAtEnd) break;
    const found = term(reader);
    if (found) where.push(found);
  }
  if (where.length > MOST_CONDITIONS) reader.blame({ text, at: 0, length: text.length }, `a filter has ${MOST_CONDITIONS} terms at most, not ${where.length}; several values of one key are one term: state:failed,dead`);
  return { where: reader.problems.length > 0 ? [] : where, problems: reader.problems };
}

function term(reader: Reader): Condition | undefined {
  const start = reader.at;
  const isNegated = reader.takeMinus();
  const head = reader.match(HEAD);
  if (head) return comparison(reader, { word: head[1]!, operator: (head[2] ?? head[3]) as Operator, start, isNegated });
  const stray = reader.match(OPERATOR);
  if (stray) {
    reader.take(WORD);
    return void reader.blame(reader.since(start), `"${stray[0]}" has no key before it: write ${FIELDS.state.example}, or put what you look for in quotes`);
  }
  const token = reader.quoted('"') ?? reader.token(WORD);
  if (!token) return undefined;
  const value = FIELDS.text.read(token.text);
  if (value === undefined) return void reader.blame(token, token.text === '' ? 'there is nothing between the quotes' : 'a text to look for has 200 characters at most');
  return { field: 'text', is: isNegated ? '!~' : '~', value: value as string };
}

type Head = { word: string; operator: Operator; start: number; isNegated: boolean };

function comparison(reader: Reader, { word, operator, start, isNegated }: Head): Condition | undefined {
  const headed = reader.since(start);
  const values = valuesOf(reader);
  const key = keyOf(word);
  if (key === undefined) return void reader.blame({ ...headed, length: word.length + (isNegated ? 1 : 0) }, `there is no key "${word}"${didYouMeanOrList(word.toLowerCase(), ALL_KEYS)}; put a text that you look for in quotes`);
  if (!values) return undefined;
  const asked = meant(key, operator, values);
  const field = reader.fields[asked];
  const canonical = asked === key ? field.operators[operator] : operator === '!=' ? '!=' : '=';
  if (canonical === undefined) return void reader.blame(headed, `${key} is compared by ${Object.keys(field.operators).join(' ')}, not by ${operator}; write it as in ${field.example}`);
  if (field.unkept !== undefined) return void reader.blame(headed, field.unkept);
  if (values.length === 0) return void reader.blame(headed, `${key} needs a value, as in ${field.example}`);
  if (values.length > 1 && !field.takesMany) return void reader.blame(reader.since(values[0]!.at), `${key} takes one value, as in ${field.example}`);
  if (values.length > MOST_VALUES) return void reader.blame(reader.since(values[0]!.at), `a key takes ${MOST_VALUES} values at most`);
  const read = readValues(reader, asked, values);
  return read && ({ field: asked, is: isNegated ? OPPOSITE[canonical] : canonical, value: read.length === 1 ? read[0]! : read } as Condition);
}

/** `error:transient` asks for a class, `error:429` for a part of the text; `error~transient` always for that. */
function meant(key: Key, operator: Operator, values: readonly Token[]): Key {
  const asksForClass = key === 'error' && (operator === ':' || operator === '=' || operator === '!=') && values.length > 0 && values.every(({ text }) => FIELDS.class.read(text) !== undefined);
  return asksForClass ? 'class' : key;
}

function readValues(reader: Reader, key: Key, values: readonly Token[]): Value[] | undefined {
  const { read, values: known, noun, example } = reader.fields[key];
  const found = values.map((token) => {
    const value = read(token.text);
    const hint = known ? (didYouMean(token.text.toLowerCase(), known) || `; there are ${known.join(', ')}`) : `; write it as in ${example}`;
    if (value === undefined) reader.blame(token, `"${shortened(token.text)}" is no ${noun}${hint}`);
    return value;
  });
  return found.every((value) => value !== undefined) ? found : undefined;
}

/** Undefined when a quote or a comma is amiss, which has been said. */
function valuesOf(reader: Reader): Token[] | undefined {
  const values: Token[] = [];
  for (;;) {
    const token = reader.quoted('"', "'") ?? reader.token(BARE);
    if (token) values.push(token);
    else if (values.length > 0 || reader.isAt(',')) return void reader.blame({ text: ',', at: Math.max(0, reader.at - 1), length: 1 }, 'a value is missing beside this comma; put a value that holds one in quotes');
    if (!token) return values;
    if (reader.failed) return undefined;
    if (!reader.takeChar(',')) return values;
  }
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

class Reader {
  at = 0;
  /** Whether a quote that was just read is broken. */
  failed = false;
  readonly problems: Problem[] = [];
  readonly fields: Fields;
  private readonly text: string;

  constructor(text: string, fields: Fields) {
    this.fields = fields;
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  isAt(char: string): boolean {
    return this.text[this.at] === char;
  }

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found;
  }

  take(pattern: RegExp): string {
    return this.match(pattern)?.[0] ?? '';
  }

  token(pattern: RegExp): Token | undefined {
    const at = this.at;
    const text = this.take(pattern);
    return text === '' ? undefined : { text, at, length: text.length };
  }

  takeChar(char: string): boolean {
    const isThere = this.isAt(char);
    if (isThere) this.at += 1;
    return isThere;
  }

  /** Before something that it turns round. */
  takeMinus(): boolean {
    const isThere = this.isAt('-') && /[^\s-]/.test(this.text[this.at + 1] ?? '');
    if (isThere) this.at += 1;
    return isThere;
  }

  quoted(...quotes: string[]): Token | undefined {
    const quote = this.text[this.at];
    this.failed = false;
    if (quote === undefined || !quotes.includes(quote)) return undefined;
    const start = this.at;
    let text = '';
    for (this.at += 1; !this.isAtEnd; this.at += 1) {
      const char = this.text[this.at]!;
      const next = this.text[this.at + 1];
      if (char === '\\' && (next === quote || next === '\\')) {
        text += next;
        this.at += 1;
      } else if (char === quote) return this.closed({ text, at: start });
      else text += char;
    }
    this.failed = true;
    this.blame({ text, at: start, length: 1 }, `this quote is not closed: put a ${quote} at the end of the value`);
    return { text, at: start, length: this.at - start };
  }

  private closed({ text, at }: { text: string; at: number }): Token {
    this.at += 1;
    const token = { text, at, length: this.at - at };
    const rest = this.token(BARE);
    this.failed = rest !== undefined;
    if (rest) this.blame(rest, 'a space is missing after the closing quote');
    return token;
  }

  since(start: number): Token {
    return { text: this.text.slice(start, this.at), at: start, length: this.at - start };
  }

  blame({ at, length }: Token, message: string): void {
    this.problems.push({ at, length, message });
  }
}
