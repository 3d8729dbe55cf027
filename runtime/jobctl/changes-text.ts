/** Changes of a state, for people. */
import type { Change } from '../travel/changes.ts';
import { jsonLine, oneLine } from './text.ts';
import { dateTime } from './time.ts';
import { fit } from './width.ts';

const MOST_COLUMNS = 100;

/** `  context.holds.operator.reason: "lunch" → "dinner"`; what is not there is `–`. */
export const changeLine = ({ at, before, after }: Change): string => `  ${oneLine(at)}: ${side(before)} → ${side(after)}`;

const side = (value: unknown): string => (value === undefined ? '–' : fit(jsonLine(withTimes(value)), MOST_COLUMNS));

/** Times of this century, in ms since the epoch, as people read them: a deadline that nobody can read helps nobody. */
export const withTimes = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (_, part: unknown) => (isTime(part) ? dateTime(part) : part)) as unknown;

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > Date.UTC(2001) && (value as number) < Date.UTC(2100);
