/**
 * Outputs as JSON text. `JSON.stringify` alone throws for a circle or a BigInt without saying where, turns NaN into null and a Map
 * into {}, and takes 222 ms for 50 MB before anybody can say that it is too much. So every value is walked first, with a limit.
 */

export const MAX_OUTPUT_BYTES = 2 ** 20;
const MAX_DEPTH = 200;

/** `path` says where in the value: `output.releases[3].date`. */
export class InvalidOutput extends Error {
  override name = 'InvalidOutput';
}

/**
 * JSON text of `value`; `undefined` is null, properties that are undefined are left out, a `Date` becomes its ISO text.
 * Throws `InvalidOutput` for what JSON cannot hold, and for more than 1 MB of UTF-8. `name` begins the path in messages.
 */
export function toJsonText(value: unknown, name = 'output'): string {
  if (value === undefined || value === null) return 'null';
  new Walk(name).visit(value);
  const text = JSON.stringify(value);
  if (text.length > MAX_OUTPUT_BYTES / 3 && Buffer.byteLength(text) > MAX_OUTPUT_BYTES) throw tooLarge(name);
  return text;
}

/** One walk, from the outside in. `keys` and `above` lead to where it is. */
class Walk {
  private readonly name: string;
  private readonly keys: (string | number)[] = [];
  private readonly above: object[] = [];
  /** Characters of the text so far, give or take a comma. */
  private size = 0;

  constructor(name: string) {
    this.name = name;
  }

  visit(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.grow(value.length + 2);
      case 'number':
        if (!Number.isFinite(value)) throw this.refuse(`is ${value}; JSON has no such number, use null`);
        return this.grow(2);
      case 'boolean':
        return this.grow(5);
      case 'object':
        return value === null ? this.grow(5) : this.visitObject(value);
      case 'undefined':
        throw this.refuse('is undefined; in a list, use null');
      case 'bigint':
        throw this.refuse(`is the BigInt ${value}n; use a number or text`);
      default:
        throw this.refuse(`is a ${typeof value}; outputs are data`);
    }
  }

  private visitObject(value: object): void {
    if (this.above.includes(value)) throw this.refuse('leads back to what it lies in (a circle)');
    if (this.above.length === MAX_DEPTH) throw this.refuse(`lies deeper than ${MAX_DEPTH} levels`);
    this.grow(2);
    if (Array.isArray(value)) {
      // All at once, for a list may be empty and as long as it likes.
      if (this.size + value.length > MAX_OUTPUT_BYTES) this.grow(value.length);
      this.above.push(value);
      for (let index = 0; index < value.length; index++) this.step(index, value[index]);
    } else {
      if (isDate(value)) return this.visitDate(value);
      const kind = unfit(value);
      if (kind) throw this.refuse(`is a ${kind}; ${FIT[kind] ?? 'outputs are data'}`);
      this.above.push(value);
      for (const key of Object.keys(value)) {
        const held = (value as Record<string, unknown>)[key];
        if (held === undefined) continue;
        this.grow(key.length + 3);
        this.step(key, held);
      }
    }
    this.above.pop();
  }

  private step(key: string | number, value: unknown): void {
    this.keys.push(key);
    this.visit(value);
    this.keys.pop();
  }

  private visitDate(value: Date): void {
    if (Number.isNaN(value.getTime())) throw this.refuse('is an invalid Date');
    this.grow(26);
  }

  private grow(characters: number): void {
    this.size += characters;
    if (this.size > MAX_OUTPUT_BYTES) throw tooLarge(this.name, this.path());
  }

  private refuse(what: string): InvalidOutput {
    return new InvalidOutput(`${this.path()} ${what}`);
  }

  private path(): string {
    return this.keys.reduce<string>((path, key) => path + (typeof key === 'number' ? `[${key}]` : /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 80))}]`), this.name);
  }
}

const isDate = (value: object): value is Date => value instanceof Date;

/** What to use instead. */
const FIT: Record<string, string> = {
  Map: 'use Object.fromEntries(map)',
  Set: 'use [...set]',
  Promise: 'await it',
  Buffer: 'write bytes with ctx.artifacts.write() and return the artifact',
  Uint8Array: 'write bytes with ctx.artifacts.write() and return the artifact',
  Error: 'throw errors; as data, use error.message',
};
const UNFIT = [Map, Set, WeakMap, WeakSet, WeakRef, Promise, Buffer, Uint8Array, ArrayBuffer, RegExp, Error, String, Number, Boolean, BigInt, Symbol];

/** Only plain data, objects of classes included; those that JSON would empty or blow up are named. */
function unfit(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return typeof (value as { toJSON?: unknown }).toJSON === 'function' ? 'object with a toJSON of its own' : undefined;
  const known = UNFIT.find((type) => value instanceof type);
  if (known) return known.name;
  if (ArrayBuffer.isView(value)) return 'typed array';
  return typeof (value as { toJSON?: unknown }).toJSON === 'function' ? `${prototype.constructor?.name || 'object'} with a toJSON` : undefined;
}

function tooLarge(name: string, path = name): InvalidOutput {
  return new InvalidOutput(`the ${name} is larger than 1 MB${path === name ? '' : ` (passed at ${path})`}; write large things with ctx.artifacts.write() and return the artifact`);
}
