/** A job's handler: a module that exists, in the folder of jobs.yaml or below it. What it exports is seen when it is loaded. */
import fs from 'node:fs';
import path from 'node:path';
import type { Complaint } from '../complaint.ts';
import type { JobOutline } from '../outline.ts';
import { didYouMean } from '../suggest.ts';

const MODULE = /\.(ts|mts|js|mjs)$/;

/** `root`: the folder of jobs.yaml, absolute. */
export function checkHandler({ handler }: JobOutline, root: string): Complaint[] {
  if (!handler?.text) return [];
  const message = mistake(handler.text, root);
  return message ? [{ path: handler.path, message }] : [];
}

function mistake(text: string, root: string): string | undefined {
  if (/^[a-z]+:/i.test(text)) return `the handler "${text}" must be a path below this folder, such as ./handlers/my-job.ts`;
  if (!MODULE.test(text)) return `the handler "${text}" must be a module: .ts, .mts, .js or .mjs`;
  const file = path.resolve(root, text);
  if (!isBelow(root, file)) return `the handler "${text}" lies outside the folder of this file; move it below, for only code from here is run`;
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return `there is no handler "${text}"${didYouMean(text, siblings(text, root))}`;
  if (!isBelow(fs.realpathSync(root), fs.realpathSync(file))) return `the handler "${text}" is a link that leads out of the folder of this file; copy the module here`;
  return undefined;
}

function isBelow(folder: string, file: string): boolean {
  const way = path.relative(folder, file);
  return way !== '' && way.split(path.sep)[0] !== '..' && !path.isAbsolute(way);
}

/** The modules beside the one that was asked for, written as it was. */
function siblings(text: string, root: string): string[] {
  const folder = text.slice(0, text.lastIndexOf('/') + 1);
  const absolute = path.resolve(root, folder);
  if (!fs.existsSync(absolute)) return [];
  return fs.readdirSync(absolute).filter((file) => MODULE.test(file)).map((file) => folder + file);
}
