/** jobs.yaml from the disk. */
import fs from 'node:fs';
import path from 'node:path';
import { checkConfig, type CheckOptions, type Checked } from './check.ts';

const LARGEST = 1024 * 1024;

/**
 * Reads and checks `file`. Never throws for what is in the file or for a file that cannot be read: that is a problem
 * like any other, so that a reload can keep what runs and say why.
 */
export function loadConfig(file: string, options: CheckOptions): Checked {
  const absolute = path.resolve(file);
  const shown = nameFor(absolute);
  const text = read(absolute);
  if (typeof text !== 'string') return { ok: false, problems: [{ file: shown, line: 1, column: 1, message: text.mistake, frame: '' }] };
  return checkConfig(text, { ...options, file: shown, root: path.dirname(absolute) });
}

function read(file: string): string | { mistake: string } {
  try {
    const { size } = fs.statSync(file);
    if (size > LARGEST) return { mistake: `the file has ${(size / LARGEST).toFixed(1)} MB; more than 1 MB is no configuration` };
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { mistake: 'there is no such file: start in the folder of jobs.yaml, or name it by --config FILE' };
    return { mistake: `cannot be read: ${message}` };
  }
}

/** Relative where that is shorter to read: as an editor's terminal makes it clickable. */
function nameFor(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
