/** Changes of a state, for people. */
import type { Change } from '../travel/changes.ts';
import { jsonLine, oneLine } from './text.ts';
import { fit } from './width.ts';

const MOST_COLUMNS = 60;

/** `  context.holds.operator.reason: "lunch" → "dinner"`; what is not there is `–`. */
export const changeLine = ({ at, before, after }: Change): string => `  ${oneLine(at)}: ${side(before)} → ${side(after)}`;

const side = (value: unknown): string => (value === undefined ? '–' : fit(jsonLine(value), MOST_COLUMNS));
