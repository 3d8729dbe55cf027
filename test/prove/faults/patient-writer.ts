/** A control: the writer waits for a lock as long as it does where nobody has said otherwise. */
import Database from 'better-sqlite3';

const { prototype } = Database as unknown as { prototype: { pragma(text: string, options?: object): unknown } };
const original = prototype.pragma;
prototype.pragma = function (text, options) {
  if (text === 'journal_mode = WAL') original.call(this, 'busy_timeout = 5000');
  return original.call(this, text, options);
};
