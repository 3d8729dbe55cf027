/** Adds a job to the text of a jobs.yaml. Every other byte stays as it is: comments, blank lines, the way it is written. */
import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, parse, parseDocument, stringify, type Document, type YAMLMap } from 'yaml';

const READ = { merge: true } as const;

/**
 * `block`: the new entry as YAML, `name:` at the left edge. It comes after the last job, and after comments that belong to it.
 * @throws when `text` is no YAML with a map under `jobs:`
 */
export function insertJob(text: string, block: string): string {
  const document = parseDocument(text, READ);
  if (document.errors[0]) throw document.errors[0];
  const jobs = document.get('jobs', true);
  const inserted = isMap(jobs) && jobs.items.length > 0 ? (jobs.flow ? insideBraces(text, jobs, block) : afterLast(text, jobs, block)) : asFirst(text, document, block);
  if (isSame(text, block, inserted)) return inserted;
  // Where the text cannot be cut safely (a block of text whose blank lines count, say), it is written anew.
  const rewritten = parseDocument(text, READ);
  const [pair] = Object.entries(parse(block) as object);
  rewritten.setIn(['jobs', pair![0]], rewritten.createNode(pair![1]));
  return rewritten.toString({ lineWidth: 0 });
}

/** The line (from 1) where a job is declared. */
export function lineOfJob(text: string, name: string): number {
  const jobs = parseDocument(text, READ).get('jobs', true);
  const key = isMap(jobs) ? jobs.items.map((pair) => pair.key).find((key) => isScalar(key) && key.value === name) : undefined;
  return isScalar(key) && key.range ? text.slice(0, key.range[0]).split('\n').length : 1;
}

function afterLast(text: string, jobs: YAMLMap, block: string): string {
  const key = startOf(jobs.items[0]!.key);
  const column = key - (text.lastIndexOf('\n', key - 1) + 1);
  const end = endOfJob(text, endOfLine(text, trimmedEnd(text, endOf(jobs))), column);
  return splice(text, end, end, `${newline(text)}${newline(text)}${indented(block, column, text)}`);
}

/** `jobs:` with nothing, or `{}`, below it. */
function asFirst(text: string, document: Document, block: string): string {
  const root = document.contents;
  if (!isMap(root)) throw new TypeError('jobs.yaml is no map');
  const pair = root.items.find(({ key }) => isScalar(key) && key.value === 'jobs');
  if (!pair) return `${text.replace(/\s*$/, '')}${newline(text)}${newline(text)}jobs:${newline(text)}${indented(block, 2, text)}${newline(text)}`;
  const keyEnd = (pair.key as { range: [number, number, number] }).range[1];
  const colon = text.indexOf(':', keyEnd) + 1;
  const braces = isMap(pair.value) && pair.value.range ? ([pair.value.range[0], pair.value.range[1]] as const) : undefined;
  const bare = braces ? splice(text, trimmedEnd(text, braces[0]), braces[1], '') : text;
  const end = endOfLine(bare, colon);
  const head = bare.slice(0, end).trimEnd();
  return `${head}${newline(text)}${indented(block, 2, text)}${bare.slice(end) || newline(text)}`;
}

function insideBraces(text: string, jobs: YAMLMap, block: string): string {
  const close = jobs.range![1] - 1;
  const before = text.slice(0, close).trimEnd();
  const entry = stringify(parse(block), { collectionStyle: 'flow', lineWidth: 0 }).trim().slice(1, -1).trim();
  return `${before}${before.endsWith(',') ? '' : ','} ${entry} ${text.slice(close)}`;
}

/** Past comments that stand at least as deep as the names of jobs: those further left belong to what follows. */
function endOfJob(text: string, from: number, column: number): number {
  let end = from;
  for (let at = from; at < text.length; ) {
    const next = endOfLine(text, at + 1);
    const line = text.slice(at + 1, next);
    if (line.trim() !== '' && !(line.trimStart().startsWith('#') && line.length - line.trimStart().length >= column)) break;
    if (line.trim() !== '') end = next;
    at = next;
  }
  return text[end - 1] === '\r' ? end - 1 : end;
}

/** Nothing else has changed, and the entry is there. */
function isSame(before: string, block: string, after: string): boolean {
  const document = parseDocument(after, READ);
  if (document.errors.length > 0) return false;
  const [old, now] = [parse(before, READ) as { jobs?: object }, document.toJS() as { jobs?: object }];
  return isDeepStrictEqual({ ...old, jobs: { ...old.jobs, ...(parse(block) as object) } }, { ...now, jobs: { ...now.jobs } });
}

const newline = (text: string) => (text.includes('\r\n') ? '\r\n' : '\n');
const splice = (text: string, from: number, to: number, middle: string) => text.slice(0, from) + middle + text.slice(to);
const startOf = (node: unknown) => (node as { range: [number, number, number] }).range[0];
const trimmedEnd = (text: string, at: number) => text.slice(0, at).trimEnd().length;

/** Where the last value of a map ends, or the key when there is none. */
function endOf(jobs: YAMLMap): number {
  const { key, value } = jobs.items.at(-1)!;
  return ((value ?? key) as { range: [number, number, number] }).range[1];
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
}

function indented(block: string, column: number, text: string): string {
  return block.trimEnd().split('\n').map((line) => (line === '' ? '' : ' '.repeat(column) + line)).join(newline(text));
}
