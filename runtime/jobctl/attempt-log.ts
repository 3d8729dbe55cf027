/** What an attempt logged, and what it asked of the web, a line each. */
import type { AttemptLogView, HttpCall, LogLine } from '../../inspector/protocol.ts';
import type { Desk } from './desk.ts';
import { table, type Column } from './table.ts';
import { jsonLine, oneLine } from './text.ts';
import { span } from './time.ts';

export type ShownLog = AttemptLogView & { stage: string; attempt: number };

/** Of the lines of an attempt; `--json` gives all. */
const MOST_LINES = 40;

export function logBlock({ stage, attempt, lines, linesLost, calls, callsLost }: ShownLog, { terminal }: Desk): string[] {
  const shown = lines.slice(-MOST_LINES);
  const older = lines.length - shown.length + linesLost;
  return [
    ...(lines.length === 0 ? [] : [terminal.paint('dim', `log of ${stage} ${attempt}`), ...(older > 0 ? [`  … ${older} older`] : []), ...shown.map((line) => `  ${lineText(line)}`)]),
    ...(calls.length === 0 ? [] : table(calls, callColumns(`${stage} ${attempt}`))),
    ...(callsLost > 0 ? [`  … ${callsLost} older`] : []),
  ];
}

function lineText({ at, level, message, facts }: LogLine): string {
  return `${new Date(at).toTimeString().slice(0, 8)} ${level.padEnd(5)} ${oneLine(message)}${facts ? ` ${jsonLine(facts)}` : ''}`;
}

const callColumns = (attempt: string): Column<HttpCall>[] => [
  { head: 'HTTP', text: () => attempt },
  { head: 'REQUEST', text: ({ method, url }) => `${method} ${url}`, most: 80 },
  { head: 'STATUS', text: ({ status, notModified }) => (notModified ? 'not modified' : (status ?? '')), align: 'right' },
  { head: 'BYTES', text: ({ bytes }) => bytes ?? '', align: 'right' },
  { head: 'TOOK', text: ({ ms }) => (ms === null ? 'no answer' : span(ms)), align: 'right' },
  { head: 'WAITED', text: ({ waitedMs }) => (waitedMs === undefined ? '' : span(waitedMs)), align: 'right' },
  { head: 'WENT TO', text: ({ to, redirects }) => (to === undefined ? '' : `${to} (${redirects} ${redirects === 1 ? 'redirect' : 'redirects'})`), most: 60 },
  { head: 'ERROR', text: ({ error }) => error ?? '', most: 80 },
];
