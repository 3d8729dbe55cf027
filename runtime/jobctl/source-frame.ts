/** The line of the operator's own code where something was thrown. */
import fs from 'node:fs';
import path from 'node:path';
import { problemAt, sourceOf, type Problem } from '../config/problem.ts';

const FRAME = /(?:\(|at )([^()\s]+?):(\d+):(\d+)\)?$/gm;

/** Of the topmost frame of `stack` that is a file below `root`, outside node_modules; undefined where there is none. */
export function sourceFrame(stack: string, root: string, message: string): Problem | undefined {
  for (const [, name = '', line, column] of stack.matchAll(FRAME)) {
    const file = path.resolve(root, name);
    const below = path.relative(root, file);
    if (below.startsWith('..') || below.includes('node_modules') || !fs.existsSync(file)) continue;
    const source = sourceOf(below, fs.readFileSync(file, 'utf8'));
    const start = source.starts[Number(line) - 1];
    if (start !== undefined) return problemAt(source, [start + Number(column) - 1, start + Number(column)], message);
  }
  return undefined;
}
