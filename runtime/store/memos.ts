/** What `ctx.once` remembers. */
import type { Handle } from './open.ts';

export function memosIn(db: Handle) {
  const prepared = {
    // The first value stays: `once` means that everybody who asks again gets what was remembered first.
    save: db.prepare<[string, string, number]>('INSERT INTO memo (key, value, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    value: db.prepare<[string], string>('SELECT value FROM memo WHERE key = ?').pluck(),
  };

  return {
    save: (key: string, value: string, at: number): void => void prepared.save.run(key, value, at),
    recall: (key: string): string | undefined => prepared.value.get(key),
  };
}
