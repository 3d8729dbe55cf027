/** The errors that the doctor's rules are measured on, each with the class that people gave it. */
import fs from 'node:fs';
import { hash } from 'node:crypto';
import path from 'node:path';
import type { ErrorClass } from '../../../actors/ports.ts';
import { sharedFiles } from '../../support/shared-data.ts';

export type Labelled = { id: string; message: string; class: ErrorClass; also?: ErrorClass | ErrorClass[]; name?: string; code?: string; status?: number; stack?: string; context?: string };

const read = (file: string): Labelled[] =>
  fs.readFileSync(file, 'utf8').split('\n').filter((line) => line.trim() !== '').map((line) => JSON.parse(line));

/** Of our own words, from general knowledge: written before the rules, and never looked at while they were written. */
export const ownSet = (): Labelled[] => read(path.resolve(import.meta.dirname, '../../fixtures/errors/own.ndjson'));

/** Written to break the rules, and used to mend them. */
export const practiceSet = (): Labelled[] => read(path.resolve(import.meta.dirname, '../../fixtures/errors/practice.ndjson'));

/** Real errors from public threads; empty where the data are not there. */
export function corpus(): Labelled[] {
  const file = sharedFiles('errors').find(({ name }) => name === 'corpus.jsonl');
  return file ? read(file.path) : [];
}

/** A tenth that was set aside before a rule was written; the same one for ever. */
export const isHeldOut = ({ id }: Labelled): boolean => hash('sha256', id, 'buffer').readUInt32BE(0) % 10 === 0;

/** The second judge's class counts as well. */
export const isRight = ({ class: first, also = [] }: Labelled, given: ErrorClass): boolean => given === first || [also].flat().includes(given);
