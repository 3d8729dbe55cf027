/** What models answered, to be found again by what they were asked. */
import type { Handle } from './open.ts';
import type { LlmReply } from './types.ts';

export function llmRepliesIn(db: Handle) {
  const prepared = {
    find: db.prepare<[string], LlmReply | undefined>('SELECT key, body FROM llm_reply WHERE key = ?'),
    save: db.prepare<[string, Buffer, number, number]>('INSERT INTO llm_reply (key, body, bytes, at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body, bytes = excluded.bytes, at = excluded.at'),
    touch: db.prepare<[number, string]>('UPDATE llm_reply SET at = ? WHERE key = ?'),
    remove: db.prepare<[string]>('DELETE FROM llm_reply WHERE key = ?'),
  };
  return {
    find: (key: string): LlmReply | undefined => prepared.find.get(key),
    /** `at`: ms since the epoch. */
    save: ({ key, body }: LlmReply, at: number): void => void prepared.save.run(key, body, body.length, at),
    touch: (key: string, at: number): void => void prepared.touch.run(at, key),
    remove: (key: string): void => void prepared.remove.run(key),
  };
}
