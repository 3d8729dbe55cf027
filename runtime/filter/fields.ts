/** What a filter may ask for: each key with its operators, what its values look like, and how they are read and written. */
import type { Condition } from '../../inspector/protocol.ts';
import { ERROR_CLASSES } from '../../actors/ports.ts';
import { formatDuration, parseDuration } from '../config/units.ts';
import { STATES_THEN } from '../../inspector/protocol.ts';
import { TASK_STATES } from '../store/types.ts';

export type Key = Condition['field'];
export type Value = string | number;
export type Operator = ':' | '=' | '!=' | '~' | '!~' | '<' | '<=' | '>' | '>=';

export type Field = {
  about: string;
  example: string;
  /** What each operator means: the one that a condition has. */
  operators: Partial<Record<Operator, string>>;
  /** How it is written. */
  written: Partial<Record<string, string>>;
  /** Whether several values may be given, one of which has to fit. */
  takesMany: boolean;
  /** All values that there are, where that is fixed. */
  values?: readonly string[];
  /** What to call a value in a message. */
  noun: string;
  /** Undefined when the text is no such value. */
  /** Why it cannot be asked for. */
  unkept?: string;
  read(text: string): Value | undefined;
  write(value: Value): string;
};

const EQUALITY = { operators: { ':': '=', '=': '=', '!=': '!=' }, written: { '=': ':', '!=': '-:' }, takesMany: true };
const LIKENESS = { operators: { ':': '~', '~': '~', '!~': '!~' }, written: { '~': '~', '!~': '-~' }, takesMany: true };
const ORDER = { operators: { ':': '=', '=': '=', '!=': '!=', '<': '<', '<=': '<=', '>': '>', '>=': '>=' }, written: { '=': '=', '!=': '!=', '<': '<', '<=': '<=', '>': '>', '>=': '>=' }, takesMany: false };
const AGES = { operators: { '<': '<', '<=': '<=', '>': '>', '>=': '>=' }, written: { '<': '<', '<=': '<=', '>': '>', '>=': '>=' }, takesMany: false };

const textOf = (most: number) => ({ read: (text: string) => (text.length > 0 && text.length <= most ? text : undefined), write: String });
const oneOf = (values: readonly string[]) => ({ values, read: (text: string) => (values.includes(text) ? text : undefined), write: String });
const numberIn = (least: number, most: number, form: RegExp) => ({ read: (text: string) => (form.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined), write: String });

const SIGNED = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const AMOUNT = /^\d*\.?\d+(e[+-]?\d+)?$/i;

export const FIELDS: Record<Key, Field> = {
  job: { about: 'a job', example: 'job:papers', noun: 'name of a job', ...EQUALITY, ...textOf(64) },
  stage: { about: 'a stage', example: 'stage:fetch', noun: 'name of a stage', ...EQUALITY, ...textOf(64) },
  state: { about: 'how a task stands', example: 'state:failed', noun: 'state', ...EQUALITY, ...oneOf(TASK_STATES) },
  class: { about: 'what the error means', example: 'class:transient', noun: 'class of errors', ...EQUALITY, ...oneOf(ERROR_CLASSES) },
  error: { about: 'a class of errors, or a part of the error', example: 'error:"429"', noun: 'part of an error', ...LIKENESS, ...textOf(200) },
  key: { about: 'the key, with * for anything', example: 'key:"news/*"', noun: 'key', operators: { ':': '~', '~': '~', '!~': '!~', '=': '=', '!=': '!=' }, written: { '~': ':', '!~': '-:', '=': '=', '!=': '!=' }, takesMany: true, ...textOf(1024) },
  text: { about: 'a part of the title or key', example: 'text:merger', noun: 'text', ...LIKENESS, ...textOf(200) },
  age: { about: 'time since it was found', example: 'age>2h', noun: 'duration', ...AGES, read: parseDuration, write: (ms) => formatDuration(Number(ms)) },
  cost: { about: 'US dollars so far', example: 'cost>0.05', noun: 'amount of US dollars', ...ORDER, ...numberIn(0, 1e9, AMOUNT) },
  priority: { about: 'lower goes first', example: 'priority<0', noun: 'priority', ...ORDER, ...numberIn(-1e15, 1e15, SIGNED) },
  attempts: { about: 'starts of a task', example: 'attempts>=3', noun: 'number of attempts', ...ORDER, ...numberIn(0, 1e9, /^\d+$/) },
  fingerprint: { about: 'a kind of error', example: 'fingerprint:d69d5013c2f7', noun: 'fingerprint', ...EQUALITY, read: (text) => (/^[0-9a-f]{12}$/.test(text) ? text : undefined), write: String },
};

export type Fields = Record<Key, Field>;
/** Of a time in the past. */
export const FIELDS_THEN: Fields = {
  ...FIELDS,
  state: { ...FIELDS.state, about: 'how a task stood', ...oneOf(STATES_THEN) },
  priority: { ...FIELDS.priority, unkept: 'what priority an item had then was not kept: look for it live' },
};

export const KEYS = Object.keys(FIELDS) as Key[];
/** Other words for them. */
const ALIASES: Readonly<Record<string, Key>> = { status: 'state', title: 'text' };
export const ALL_KEYS: readonly string[] = [...KEYS, ...Object.keys(ALIASES)];

/** Undefined when there is no such key. */
export function keyOf(word: string): Key | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(FIELDS, lower) ? (lower as Key) : Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : undefined;
}

/** The other way round. */
export const OPPOSITE: Readonly<Record<string, string>> = { '=': '!=', '!=': '=', '~': '!~', '!~': '~', '<': '>=', '>=': '<', '>': '<=', '<=': '>' };
