/** The small words that the parts of the schema share. */
import { z } from 'zod';

const NAME_WANTED = 'must be made of a-z, 0-9, "_" and "-" only';

/** Ids of jobs, stages and resources: they become actor paths, folder names and keys of objects. */
export const name = z
  .string({ error: NAME_WANTED })
  .regex(/^[a-z0-9_-]{1,64}$/, { error: `${NAME_WANTED} (at most 64)` })
  .refine((text) => text !== 'constructor' && text !== '__proto__', { error: 'must be another word: this one has a meaning in JavaScript' });

/** Some text. */
export const text = z.string().min(1);
/** A secret by the name of its variable: every version of jobs.yaml is kept in the data folder, and what it holds with it. */
export const secret = text.refine((value) => /\$\{[A-Za-z_]/.test(value), {
  error: 'holds a secret itself, and every version of this file is kept: write ${NAME}, and set NAME in the environment',
  params: { secret: true },
});
/** An amount of US dollars. */
export const usd = z.number().min(0);
