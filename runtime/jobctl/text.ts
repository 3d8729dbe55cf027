/**
 * What came from outside (titles, errors, outputs) as text that cannot move the cursor, recolour the terminal, set its
 * title or turn the direction of writing.
 */
import { stripVTControlCharacters } from 'node:util';

/** C0 and C1 controls, and what reverses or isolates the direction of writing. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** On one line: every control becomes a blank. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROLS, ' ').replace(/ {2,}/g, ' ').trim();
}

/** As it was written, line by line: blanks stay, controls go. */
export function asWritten(text: string): string {
  return text.split('\n').map((line) => stripVTControlCharacters(line).replaceAll('\t', '  ').replace(CONTROLS, ' ')).join('\n');
}

/** As one document for a program; what JSON would leave raw is escaped, so that it is safe on a terminal too. */
export function jsonLine(value: unknown): string {
  return escapeControls(JSON.stringify(value));
}

/** JSON for people: indented. */
export function jsonBlock(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(escapeControls).join('\n');
}

/** JSON itself escapes C0; what is left of it here is nothing. */
function escapeControls(json: string): string {
  return json.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
