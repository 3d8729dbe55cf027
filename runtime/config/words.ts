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
/** A time zone. */
export const zone = text.refine(isZone, { error: 'must name a time zone of the IANA list, such as America/New_York or UTC' });

export function isZone(tz: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: tz });
    return true;
  } catch {
    return false;
  }
}

const USD_WANTED = 'must be US dollars from 0 on, such as 5, 1.00 or $0.05';
const MOST_USD = 1_000_000;

const amount = z.number({ error: USD_WANTED }).min(0, { error: USD_WANTED }).max(MOST_USD, { error: USD_WANTED });

/** An amount of US dollars. */
export const usd = z.codec(
  z.union([amount, z.string().regex(/^\$\d{1,7}(\.\d{1,6})?$/, { error: USD_WANTED })], { error: USD_WANTED }),
  amount,
  { decode: (written) => (typeof written === 'string' ? Number(written.slice(1)) : written), encode: (dollars) => dollars },
);
