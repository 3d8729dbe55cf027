/** When a job may work: `09:30-16:00 America/New_York mon-fri`. */
import { z } from 'zod';
import { isZone } from './words.ts';

const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)';
const CLOCK = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const WINDOW = new RegExp(`^${CLOCK}-${CLOCK}(?: (?<zone>[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*))?(?: ${DAY}(?:[-,]${DAY})*)?$`);
const WANTED = 'must be a window such as "09:30-16:00 America/New_York mon-fri"';

/** From–to (over midnight when the first is later), then a time zone, then days; without them local time and every day. */
export const window = z
  .string({ error: WANTED })
  .regex(WINDOW, { error: WANTED })
  .refine(hasKnownZone, { error: 'must name a time zone of the IANA list, such as America/New_York or UTC' })
  .meta({ description: 'hours in which the job may start work', examples: ['09:30-16:00 America/New_York mon-fri'] });

function hasKnownZone(text: string): boolean {
  const zone = WINDOW.exec(text)?.groups?.zone;
  // Without a zone the days may stand in its place: `22:00-06:00 sat`.
  if (zone === undefined || new RegExp(`^${DAY}$`).test(zone)) return true;
  return isZone(zone);
}
