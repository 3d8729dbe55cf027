/** A job's window: hours that can be understood, files that are there, and some moment at which it is open. */
import fs from 'node:fs';
import path from 'node:path';
import { Mistake } from '../calendar-file.ts';
import { at, type Complaint } from '../complaint.ts';
import { complaintsOf } from '../issues.ts';
import type { JobOutline } from '../outline.ts';
import { EXAMPLE, windowMap, windowSpec, type ReadFile } from '../window.ts';

const LARGEST = 1024 * 1024;

/** @param root folder of jobs.yaml, absolute */
export function checkWindow(job: JobOutline, data: unknown, root: string): Complaint[] {
  const where = [...job.path, 'window'];
  const value = at(data, where);
  if (value === undefined) return [];
  if (typeof value === 'string') return mistakeIn(() => windowSpec(value), where);
  if (Object(value) !== value || Array.isArray(value)) return [{ path: where, message: `window must be a window such as "${EXAMPLE}", not ${JSON.stringify(value)}` }];
  const { error } = windowMap.safeParse(value);
  if (error) return complaintsOf(error.issues, windowMap, data, where);
  return [...together(value as Record<string, unknown>, where), ...eachPart(value as Record<string, string>, where, filesIn(root))];
}

/** Each key alone, so that the carets stand where the mistake is. */
function eachPart(value: Record<string, unknown>, where: Complaint['path'], read: ReadFile): Complaint[] {
  const parts = (['hours', 'calendar', 'tz', 'holidays'] as const).filter((key) => value[key] !== undefined);
  const mistakes = parts.flatMap((key) => mistakeIn(() => windowSpec({ [key]: value[key] }, read), [...where, key]));
  return mistakes.length > 0 ? mistakes : neverOpen(value, where, read);
}

function together({ hours, calendar }: Record<string, unknown>, where: Complaint['path']): Complaint[] {
  if (hours !== undefined && calendar !== undefined) return [{ path: [...where, 'calendar'], on: 'key', message: 'window has hours and a calendar: the calendar says the hours, leave one out' }];
  return hours === undefined && calendar === undefined ? [{ path: where, message: `window needs hours such as "09:30-16:00 mon-fri", or a calendar` }] : [];
}

function neverOpen(value: Record<string, unknown>, where: Complaint['path'], read: ReadFile): Complaint[] {
  if (value['hours'] === undefined && value['calendar'] === undefined) return [];
  const { hours, dates, beforeMs } = windowSpec(value, read);
  const all = [...hours, ...Object.values(dates).flat()];
  if (all.length === 0) return [{ path: [...where, 'calendar'], message: `window.calendar has no hours: it would never open` }];
  if (all.some(({ from, to }) => (to - from) * 60_000 > beforeMs)) return [];
  return [{ path: [...where, 'before'], message: `window.before is as long as the window itself: nothing could ever start` }];
}

function mistakeIn(parse: () => unknown, where: Complaint['path']): Complaint[] {
  try {
    parse();
    return [];
  } catch (cause) {
    if (!(cause instanceof Mistake)) throw cause;
    return [{ path: where, message: `${where.slice(2).join('.')} ${cause.message}` }];
  }
}

/** @throws Mistake */
export const filesIn = (root: string): ReadFile => (name) => {
  const file = path.resolve(root, name);
  try {
    if (fs.statSync(file).size > LARGEST) throw new Mistake(`names ${name}, which has more than 1 MB`);
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Mistake) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Mistake(code === 'ENOENT' ? `names a file that is not there: "${name}"` : `names a file that cannot be read: ${message}`, { cause });
  }
};
