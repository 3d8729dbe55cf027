/** Lines for the operator, on stderr: stdout is for data. */
import { styleText } from 'node:util';
import type { Clock, Log } from '../actors/ports.ts';

const COLOURS = { debug: 'gray', info: 'cyan', warn: 'yellow', error: 'red' } as const;

/** @param write takes one line */
export function createLog(clock: Clock, write: (line: string) => void = (line) => process.stderr.write(`${line}\n`)): Log {
  const line = (level: keyof Log) => (message: string, facts?: Record<string, unknown>) => {
    const time = new Date(clock.now()).toTimeString().slice(0, 8);
    const more = facts && Object.keys(facts).length > 0 ? ` ${JSON.stringify(facts)}` : '';
    const mark = level === 'info' ? '·' : level.toUpperCase();
    write(printable(`${time} ${styleText(COLOURS[level], mark, { stream: process.stderr })} ${message}${more}`));
  };
  return { debug: () => {}, info: line('info'), warn: line('warn'), error: line('error') };
}

/** Messages quote what came from outside: no control character of it reaches the terminal, but our own colours do. */
const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '').replace(/\u001b(?!\[\d{1,2}m)/g, '');
