/** What an error is, whatever item, job and moment it comes from: type, masked message, and the own place that it was thrown at. */
import { hash } from 'node:crypto';
import type { Failure } from './failure.ts';

/** Hex digits: 48 bits, so that a million kinds of errors collide about once in five hundred databases. */
const LENGTH = 12;
const MESSAGE_CHARS = 400;

export function fingerprintOf(failure: Failure): string {
  const { name, code, status } = failure;
  return hash('sha256', [name, masked(code), status ?? '', masked(failure.text), ownFrame(failure.stack)].join('\n')).slice(0, LENGTH);
}

/** The longest and most certain kinds first: what is left of one must not look like another. */
const MASKS: readonly [RegExp, string][] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)\]]+/gi, '‹url›'],
  [/\b[\w.+-]+@[\w-]+\.[\w.-]+\b/g, '‹mail›'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z| ?[+-]\d\d:?\d\d)?)?/g, '‹time›'],
  [/\b\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]m\b)?/gi, '‹time›'],
  [/"(?:[^"\\]|\\.){0,300}"(?!\s*:)/g, '‹text›'],
  [/(?<![\w])'(?:[^'\\]|\\.){0,300}'(?!\s*:)/g, '‹text›'],
  [/(?:[A-Za-z]:)?(?:\.{0,2}[\\/][\w.@%+-]+){2,}[\\/]?/g, '‹path›'],
  [/\b[\w-]+\.(?:mp[34]|m4a|wav|webm|mov|pdf|html?|json|xml|csv|txt|vtt|srt|zip|gz|png|jpe?g|gif|mkv|ogg|flac)\b/gi, '‹file›'],
  [/\b(?:[\w-]{1,60}\.){1,6}(?:com|org|net|io|ai|dev|gov|edu|co|de|uk|eu|us|at|ch|fr|jp|example|local)\b(?::\d+)?/gi, '‹host›'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '‹id›'],
  [/\b0x[0-9a-f]+\b/gi, '‹id›'],
  // yt-dlp puts the id of a video behind the name of the site.
  [/(?<=\[[\w:+-]+\] )[\w-]{6,}(?=:)/g, '‹id›'],
  [/\b(?=[\w-]{0,80}\d)(?=[\w-]{0,80}[A-Za-z])[\w-]{8,}\b/g, '‹id›'],
  [/[-+~]?\b\d[\d,_.]*(?=[a-z%]{0,3}\b)/gi, '‹n›'],
  [/\b[A-Fa-f0-9]{12,}\b/g, '‹id›'],
];

export function masked(text: string): string {
  let rest = text.slice(0, 3 * MESSAGE_CHARS);
  for (const [pattern, mask] of MASKS) rest = rest.replace(pattern, mask);
  return rest.slice(0, MESSAGE_CHARS);
}

const FOREIGN = /node_modules|node:|site-packages|dist-packages|lib\/python|<frozen|<anonymous>/;

/** File and function, without the line: it moves with every edit above it. */
function ownFrame(stack: string): string {
  for (const line of stack.split('\n')) {
    const frame = /^[ \t]*at (?:async )?(?:(.+?) \()?([^\s()]+?)(?::\d+){1,2}\)?$/.exec(line);
    if (frame && !FOREIGN.test(frame[2]!)) return `${fileOf(frame[2]!)} ${frame[1] ?? ''}`;
  }
  // Python tells the innermost call last.
  const python = [...stack.matchAll(/^[ \t]*File "([^"]+)", line \d+(?:, in (\S+))?/gm)].filter(([, file]) => !FOREIGN.test(file!)).at(-1);
  return python ? `${fileOf(python[1]!)} ${python[2] ?? ''}` : '';
}

const fileOf = (path: string) => path.split(/[\\/]/).at(-1)!.replace(/^[0-9a-f]{64}\.mjs.*/, 'bundle');
