/** Lines of release notes that deserve a second look. By wording only: a hint, no proof. */
import { plain } from './readme.ts';

const BREAKING =
  /\bbreaking\b|\bbackwards?[- ]incompatib|\bincompatible (?:change|with)|\b(?:drop|drops|dropped|dropping|remove|removes|removed) (?:the )?(?:support|deprecated)|\bno longer (?:supports?|exports?|accepts?|works?|available)|\b(?:minimum|required|requires) (?:supported )?node\b/i;
const BREAKING_HEADING = /breaking|major changes|incompatible|removed/i;
const NOT_BREAKING = /\b(?:no|non|not|without|any)[- ](?:a )?breaking\b/i;
const SECURITY =
  /\bCVE-\d{4}-\d{4,}\b|\bGHSA(?:-[0-9a-z]{4}){3}\b|\bsecurity\b|\bvulnerab(?:le|ility|ilities)\b|\bprototype pollution\b|\bReDoS\b|\bXSS\b|\b(?:remote|arbitrary) code execution\b|\bpath traversal\b|\bdenial[- ]of[- ]service\b/i;
const SECURITY_HEADING = /security/i;

const LINES_AT_MOST = 6;
const CHARACTERS_AT_MOST = 240;

export const breakingLines = (notes: string): string[] => marked(notes, (line) => BREAKING.test(line) && !NOT_BREAKING.test(line), BREAKING_HEADING);
export const securityLines = (notes: string): string[] => marked(notes, (line) => SECURITY.test(line), SECURITY_HEADING);

/** Lines that say it themselves, and the list below a heading that says it. */
function marked(notes: string, says: (line: string) => boolean, heading: RegExp): string[] {
  const found = new Set<string>();
  let below = false;
  for (const line of notes.split('\n')) {
    const title = /^\s*#{1,6}\s+(.*)$/.exec(line)?.[1] ?? /^\*\*([^*]+)\*\*:?$/.exec(line.trim())?.[1];
    if (title !== undefined) below = heading.test(title) && !NOT_BREAKING.test(title);
    else if (says(line) || (below && /^\s{0,3}[-*+] /.test(line))) found.add(sentence(line));
  }
  found.delete('');
  return [...found].slice(0, LINES_AT_MOST);
}

/** Without the marks of a list, and without commits. */
function sentence(line: string): string {
  const text = plain(line.replace(/^\s*(?:[-*+]|\d+\.)\s+/, '').replace(/\s*\(?\[`?[0-9a-f]{7,40}`?\]\([^)]*\)\)?/g, ''));
  return text.length > CHARACTERS_AT_MOST ? `${text.slice(0, text.lastIndexOf(' ', CHARACTERS_AT_MOST))} …` : text;
}
