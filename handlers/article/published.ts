/** Dates as pages give them → ISO 8601. */

const FIRST_YEAR = 1990;
const LAST_YEAR = 2100;

/**
 * `2024-05-17` where only the day is known, `2024-05-17T08:30:00.000Z` otherwise; a time without a zone is taken for UTC. Undefined for
 * what is no date, or none on which a web page can have been written.
 */
export function isoDate(text: string | null | undefined): string | undefined {
  const given = text?.trim() ?? '';
  const day = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(given);
  if (day) return plausible(Date.parse(`${day[1]}-${day[2]}-${day[3]}`))?.slice(0, 10);
  if (/^\d{10}$|^\d{13}$/.test(given)) return plausible(Number(given) * (given.length === 10 ? 1000 : 1));
  if (!/\d{4}/.test(given) || given.length > 64) return undefined;
  const zoned = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?$/.test(given) ? `${given.replace(' ', 'T').replace(',', '.')}Z` : given;
  // `+0200` and ` +02:00`: common, and not ISO 8601.
  return plausible(Date.parse(zoned.replace(/^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*([+-]\d{2}):?(\d{2})$/, '$1T$2$3:$4')));
}

/** The day in an address such as `/2024/05/17/title`. */
export function dateInPath(url: string): string | undefined {
  const [, year, month, day] = /\/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?:[/_.-]|$)/.exec(URL.parse(url)?.pathname ?? '') ?? [];
  return year === undefined ? undefined : isoDate(`${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`);
}

function plausible(at: number): string | undefined {
  if (!Number.isFinite(at)) return undefined;
  const date = new Date(at);
  return date.getUTCFullYear() >= FIRST_YEAR && date.getUTCFullYear() < LAST_YEAR ? date.toISOString() : undefined;
}
