/** Dates as feeds write them. V8's own parser reads what has no zone as local time, so the same feed would differ from place to place. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** In hours; those of RFC 822 and the ones that feeds use besides. */
const ZONES: Readonly<Record<string, number>> = {
  ut: 0, utc: 0, gmt: 0, z: 0, wet: 0, west: 1, bst: 1, cet: 1, cest: 2, met: 1, mest: 2, eet: 2, eest: 3, msk: 3,
  est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7, akst: -9, akdt: -8, hst: -10, ist: 5.5, jst: 9, kst: 9, aest: 10, aedt: 11,
};

const TIME = String.raw`(?:[T,\s]+(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?\s*([ap]\.?m\.?)?\s*([+-]\d{1,2}:?\d{2}|[+-]\d{1,2}|[a-z]{1,5})?)?`;
/** 2020-08-13T10:25:33-03:00, also with spaces or slashes, or without a day. */
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?${TIME}`, 'i');
/** Thu, 13 Aug 2020 10:25:33 -0300 */
const DAY_FIRST = new RegExp(String.raw`^(?:[^\d\s,]+[,.]?\s+)?(\d{1,2})(?:st|nd|rd|th)?[-\s.]+([a-z]{3,9})\.?[-\s,.]+(\d{4}|\d{2})\b${TIME}`, 'i');
/** Thu Aug 13 2020 10:25:33, August 13, 2020 */
const MONTH_FIRST = new RegExp(String.raw`^(?:[a-z]{3,9},?\s+)?([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b${TIME}`, 'i');
/** Thu Aug 13 10:25:33 GMT 2020 */
const YEAR_LAST = new RegExp(String.raw`^(?:[a-z]{3}\s+)?([a-z]{3})\s+(\d{1,2})${TIME}\s+(\d{4})$`, 'i');
const SECONDS = /^\d{9,10}(?:\.\d+)?$/;
const MILLISECONDS = /^\d{12,13}$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?Z?$/;

/** As ISO text in UTC, or null when it is no date that can be read without guessing. Without a zone it is UTC. */
export function isoDate(text: string | undefined): string | null {
  const written = text?.trim().replace(/\s+/g, ' ') ?? '';
  const ms = msOf(written.slice(0, 100));
  return ms === undefined || Number.isNaN(new Date(ms).getTime()) ? null : new Date(ms).toISOString();
}

function msOf(text: string): number | undefined {
  if (SECONDS.test(text)) return Number(text) * 1000;
  if (MILLISECONDS.test(text)) return Number(text);
  const compact = COMPACT.exec(text);
  if (compact) return moment(compact[1], Number(compact[2]), compact[3], compact.slice(4, 7));
  const yearFirst = YEAR_FIRST.exec(text);
  if (yearFirst) return moment(yearFirst[1], Number(yearFirst[2]), yearFirst[3] ?? '1', yearFirst.slice(4));
  const dayFirst = DAY_FIRST.exec(text);
  if (dayFirst) return moment(dayFirst[3], monthOf(dayFirst[2]), dayFirst[1], dayFirst.slice(4));
  const yearLast = YEAR_LAST.exec(text);
  if (yearLast) return moment(yearLast[9], monthOf(yearLast[1]), yearLast[2], yearLast.slice(3, 9));
  const monthFirst = MONTH_FIRST.exec(text);
  if (monthFirst) return moment(monthFirst[3], monthOf(monthFirst[1]), monthFirst[2], monthFirst.slice(4));
  return undefined;
}

/** @param time hours, minutes, seconds, fraction, am or pm, zone */
function moment(yearText: string | undefined, month: number, dayText: string | undefined, time: readonly (string | undefined)[]): number | undefined {
  const [hours = '0', minutes = '0', seconds = '0', fraction = '0', half, zone] = time;
  const [year, day, hour] = [yearOf(yearText!), Number(dayText), hourOf(Number(hours), half)];
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth && hour <= 24 && Number(minutes) < 60 && Number(seconds) <= 60)) return undefined;
  const ms = Math.trunc(Number(`0.${fraction}`) * 1000);
  return Date.UTC(year, month - 1, day, hour, Number(minutes), Number(seconds), ms) - offsetMs(zone);
}

function monthOf(name: string | undefined): number {
  return MONTHS.indexOf(name!.slice(0, 3).toLowerCase()) + 1;
}

/** RFC 2822 §4.3: two digits below 50 are of this century. */
function yearOf(text: string): number {
  const year = Number(text);
  return text.length > 2 ? year : year + (year < 50 ? 2000 : 1900);
}

function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return (hour % 12) + (half.toLowerCase().startsWith('p') ? 12 : 0);
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined) return 0;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone) ?? [];
  const inHours = sign === undefined ? (ZONES[zone.toLowerCase()] ?? 0) : Number(`${sign}1`) * (Number(hours) + Number(minutes) / 60);
  return inHours * 3_600_000;
}
