/** Where cassettes lie, and whether they are used: `RIVUS_CASSETTE=record|replay|auto`, in the folder `RIVUS_CASSETTES`. */
import path from 'node:path';
import { Cassette, CASSETTE_MODES, type CassetteMode } from './cassette.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Undefined when the variable is not set. Throws for a word that is none. */
export function cassetteMode({ RIVUS_CASSETTE: word }: Env): CassetteMode | undefined {
  if (!word) return undefined;
  const mode = CASSETTE_MODES.find((mode) => mode === word);
  if (!mode) throw new TypeError(`RIVUS_CASSETTE is "${word}"; it must be ${CASSETTE_MODES.join(', ')}`);
  return mode;
}

/** One cassette per job, `<folder>/<job>.yaml`, for a whole runner; undefined when no mode is set. */
export function cassettesOf(env: Env, root: string): ((job: string) => Cassette) | undefined {
  const mode = cassetteMode(env);
  if (!mode) return undefined;
  const folder = path.resolve(root, env.RIVUS_CASSETTES ?? 'test/cassettes');
  const cassettes = new Map<string, Cassette>();
  return (job) => {
    if (!cassettes.has(job)) cassettes.set(job, new Cassette(path.join(folder, `${job}.yaml`), mode, secretsIn(env)));
    return cassettes.get(job)!;
  };
}

/** What the environment calls a secret. */
export const secretsIn = (env: Env): string[] =>
  Object.entries(env).flatMap(([name, value]) => (value && /key|token|secret|password/i.test(name) ? [value] : []));
