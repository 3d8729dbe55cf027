/** A control: what SQLite does where nobody has said otherwise, and says that it does more. */
import Database from 'better-sqlite3';

const { prototype } = Database as unknown as { prototype: { pragma(text: string, options?: object): unknown } };
const original = prototype.pragma;
prototype.pragma = function (text, options) {
  if (text === 'synchronous = FULL') return original.call(this, 'synchronous = NORMAL');
  return text === 'synchronous' ? 2 : original.call(this, text, options);
};
