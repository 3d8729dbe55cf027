/** Figures as people read them. */

/** A formatter takes the browser milliseconds to make: it is made once, when it is first needed. */
function once<Value>(make: () => { format(value: Value): string }): (value: Value) => string {
  let made: ReturnType<typeof make> | undefined;
  return (value) => (made ??= make()).format(value);
}

export const compact = once<number>(() => new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }));
const money = once<number>(() => new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 2 }));

export const plain = once<number>(() => new Intl.NumberFormat('en'));
export const count = (n: number): string => (n < 10_000 ? plain(n) : compact(n));
/** `1 line`, `1,200 lines`. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${plain(n)} ${n === 1 ? one : many}`;
export const usd = (n: number): string => (n !== 0 && Math.abs(n) < 0.01 ? `$${n.toPrecision(2)}` : money(n));

/** `12 B`, `3.4 KB`, `5 MB`. */
export function bytes(n: number): string {
  const unit = ['B', 'KB', 'MB', 'GB'].find((_, at) => n < 1024 ** (at + 1)) ?? 'TB';
  const size = n / 1024 ** ['B', 'KB', 'MB', 'GB', 'TB'].indexOf(unit);
  return `${size < 10 && unit !== 'B' ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** `1.2 s`, `3 min`, `2 h 5 min`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const s = ms / 1_000;
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 48) return min % 60 === 0 ? `${h} h` : `${h} h ${min % 60} min`;
  return `${Math.floor(h / 24)} d`;
}

/** To the ms, for measurements: `2 min 59.874 s`. */
export function exactSpan(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  const [h, min, s] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms % 60_000) / 1_000];
  return [h > 0 && `${h} h`, ms >= 60_000 && `${min} min`, `${s.toFixed(3)} s`].filter(Boolean).join(' ');
}

/** Until a moment, as a clock that runs down: `00:41`, `2:05:09`. */
export function countdown(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1_000));
  const [h, m, rest] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60].map((n) => String(n).padStart(2, '0'));
  return h === '00' ? `${m}:${rest}` : s < 360_000 ? `${Number(h)}:${m}:${rest}` : span(ms);
}

export const ago = (at: number, now: number): string => (now - at < 1_500 ? 'now' : `${span(now - at)} ago`);
/** `12:04:31` */
export const clockTime = (at: number): string => new Date(at).toTimeString().slice(0, 8);
/** With ms, for lists in which a second holds many lines. */
export const exactTime = (at: number): string => `${clockTime(at)}.${String(at % 1000).padStart(3, '0')}`;
export const dateTime = once<number>(() => new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }));
