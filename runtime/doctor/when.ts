/** When an error says that it will be over. Times are ms since the epoch, waits are ms. */
import { parseDuration } from '../../actors/units.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What is longer is no wait but a mistake in the unit. */
export const LONGEST_WAIT_MS = 365 * DAY;

const UNITS: Record<string, number> = { ms: 1, milli: 1, s: SECOND, sec: SECOND, m: MINUTE, min: MINUTE, h: HOUR, hr: HOUR, hour: HOUR, d: DAY, day: DAY, week: 7 * DAY };
const UNIT = 'ms|milli(?:second)?s?|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|weeks?';
const AMOUNT = `(?:\\d{1,9}(?:\\.\\d{1,12})?|an?|one|a few) {0,2}(?:${UNIT})(?![a-z])`;
const SPAN = `(${AMOUNT}(?:[, ]*(?:and )?${AMOUNT}){0,3})`;

/** "try again in 1m47.58s", "a wait of 3540 seconds", "retry-after: 20", "begins in 2 days". */
const WAITS = [
  new RegExp(`(?:again|retry(?:ing)?|resets?|available|allowed|wait|begins?|starts?|premieres?|back|expires?|lifted|unblocked)(?: \\w+){0,3}? (?:in|after|of|for|within) (?:about |approximately |~)?${SPAN}`, 'i'),
  new RegExp(`\\b(?:wait|retry[- _]?after|retry[- _]?in|retryDelay)["']?[:= ]+["']?(?:at least |about |another )?${SPAN}`, 'i'),
  new RegExp(`\\b(?:begin|premieres?|starts?) in ${SPAN}`, 'i'),
  new RegExp(`${SPAN} (?:before|until|and then) (?:you )?(?:try|retry|trying|retrying)`, 'i'),
];
const RETRY_AFTER = /\bretry[-_ ]?after(?:_seconds)?["']?[:= ]+["']?(\d+(?:\.\d+)?)(?![\d.]*[ -]?[a-z])/i;

/** How long a text asks to wait. */
export function waitIn(text: string): number | undefined {
  for (const pattern of WAITS) {
    const span = pattern.exec(text)?.[1];
    const ms = span === undefined ? undefined : spanOf(span);
    if (ms !== undefined && ms <= LONGEST_WAIT_MS) return ms;
  }
  const seconds = Number(RETRY_AFTER.exec(text)?.[1]);
  return seconds * SECOND <= LONGEST_WAIT_MS ? seconds * SECOND : undefined;
}

export function spanOf(text: string): number {
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?|an?|one|a few) *([a-z]+)/gi)) ms += amountOf(amount!) * unitOf(unit!);
  return Math.round(ms);
}
const amountOf = (text: string) => (/few/i.test(text) ? 3 : /^[ao]/i.test(text) ? 1 : Number(text));
function unitOf(text: string): number {
  const unit = text.toLowerCase();
  return UNITS[unit] ?? UNITS[unit.replace(/s$/, '')] ?? UNITS[Object.keys(UNITS).filter((known) => known.length > 1 && unit.startsWith(known)).at(-1)!] ?? 0;
}

/** The moment that a text names: an ISO time, "resets 8:30pm (Asia/Tokyo)", "midnight Pacific", "tomorrow". */
export function momentIn(text: string, now: number): number | undefined {
  const iso = /\b(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)/.exec(text)?.[1];
  const at = iso === undefined ? NaN : Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
  if (at > now && at - now <= LONGEST_WAIT_MS) return at;
  const clock = /\b(?:resets?|reset at|until|back at|resumes?|opens?|available|after|again)\b[^.\d]{0,30}?(\d{1,2})(?::(\d\d))? *([ap]m)?\b[^A-Za-z(]{0,3}\(?([A-Z][A-Za-z_]+\/[A-Za-z_/]+|UTC|GMT|ET|EST|EDT|PT|PST|PDT|CET)?\)?/i.exec(text);
  if (clock?.[3] || clock?.[2]) return clockTime(Number(clock[1]), Number(clock[2] ?? 0), clock[3], zoneOf(clock[4]), now);
  if (/\bmidnight\b/i.test(text)) return clockTime(0, 0, undefined, /pacific|\bPT\b/i.test(text) ? 'America/Los_Angeles' : 'UTC', now);
  return undefined;
}

const ZONES: Record<string, string> = { ET: 'America/New_York', EST: 'America/New_York', EDT: 'America/New_York', PT: 'America/Los_Angeles', PST: 'America/Los_Angeles', PDT: 'America/Los_Angeles', CET: 'Europe/Berlin' };
const zoneOf = (zone = 'UTC') => ZONES[zone.toUpperCase()] ?? zone;

/** The next time that a clock in `zone` shows it. */
function clockTime(hour: number, minute: number, half: string | undefined, zone: string, now: number): number | undefined {
  const hours = half ? (hour % 12) + (/p/i.test(half) ? 12 : 0) : hour;
  if (hours > 23 || minute > 59) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    const showsIt = (at: number) => format.format(at) === `${String(hours).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
    const [shownHour, shownMinute] = format.format(now).split(':').map(Number);
    const ahead = (hours * 60 + minute - (shownHour! * 60 + shownMinute!) + 1440) % 1440 || 1440;
    const whole = now - (now % MINUTE);
    // A clock that is set between now and then moves it by an hour at most.
    return [0, -60, 60].map((shift) => whole + (ahead + shift) * MINUTE).find((at) => at > now && showsIt(at));
  } catch {
    return undefined;
  }
}

/** `Retry-After` as errors carry it: ms, or a duration. */
export function waitOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? parseDuration(value) : value;
  return typeof ms === 'number' && ms >= 0 && ms <= LONGEST_WAIT_MS ? Math.round(ms) : undefined;
}

export const nextPacificMidnight = (now: number) => clockTime(0, 0, undefined, 'America/Los_Angeles', now);
