/** What is left in the token buckets: stored with the claims that took of it, so that a restart is no new burst. */
import type { Handle } from '../open.ts';
import type { Tokens } from './permits.ts';

/** `at`: when so many tokens were there, in ms since the epoch. */
export type StoredTokens = { name: string; tokens: number; at: number };

export function tokenBucketsIn(db: Handle) {
  const prepared = {
    all: db.prepare<[], StoredTokens>('SELECT name, tokens, at FROM token_bucket'),
    save: db.prepare<[string, number, number]>(
      'INSERT INTO token_bucket (name, tokens, at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET tokens = excluded.tokens, at = excluded.at',
    ),
  };
  return {
    all: (): StoredTokens[] => prepared.all.all(),
    /** After so many were spent of what there was. */
    spend(spent: ReadonlyMap<string, number>, tokens: Readonly<Record<string, Tokens>>, at: number): void {
      for (const [name, n] of spent) prepared.save.run(name, tokens[name]!.tokens - n, at);
    },
  };
}
