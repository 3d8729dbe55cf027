/** `jobctl classify --ndjson FILE`: what errors mean, whatever program they come from. */
import { existsSync } from 'node:fs';
import { ZodError } from 'zod';
import type { Verdict } from '../../../actors/ports.ts';
import { examine, NO_RULES, type Rulebook } from '../../doctor/examine.ts';
import { failureFrom } from '../../doctor/failure.ts';
import { rulebookOf } from '../../doctor/operator-rules.ts';
import { readReportLine, type ReportLine } from '../../doctor/report-line.ts';
import { configured } from '../configured.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure, type ExitCode } from '../failure.ts';
import { parseJson } from '../json.ts';
import { linesOf, type Line } from '../lines.ts';
import { table } from '../table.ts';

type Classified = { id: string | number; verdict: Verdict };
type Options = { ndjson: string };

export async function classify(desk: Desk, { ndjson: file }: Options): Promise<ExitCode | void> {
  const { terminal, clock } = desk;
  const rules = await rulesOf(desk);
  const classified: Classified[] = [];
  let bad = 0;
  for await (const line of linesOf(file)) {
    const read = reported(line);
    if (read instanceof Failure) {
      terminal.say(read.message);
      bad += 1;
      continue;
    }
    const one = { id: read.id, verdict: examine([failureFrom(read.report)], clock.now(), rules) };
    if (terminal.json) terminal.document(plain(one));
    else classified.push(one);
  }
  if (!terminal.json) show(desk, classified);
  if (bad === 0) return;
  terminal.say(`${bad === 1 ? 'one line was' : `${bad} lines were`} left out; a line is {"id": …, "message": "…"}, and may have name, code, status, stack, context`);
  return EXIT.failed;
}

function plain({ id, verdict: { class: kind, action, by, rule, confidence, fingerprint } }: Classified) {
  return { id, class: kind, action, by, ...(rule !== undefined && { rule }), confidence, fingerprint };
}

function show({ terminal }: Desk, classified: readonly Classified[]): void {
  if (classified.length === 0) return;
  terminal.print(
    ...table(classified, [
      { head: 'ID', text: ({ id }) => id },
      { head: 'CLASS', text: ({ verdict }) => verdict.class },
      { head: 'ACTION', text: ({ verdict }) => verdict.action },
      { head: 'SURE', text: ({ verdict }) => `${Math.round(verdict.confidence * 100)} %`, align: 'right' },
      { head: 'RULE', text: ({ verdict }) => verdict.rule ?? '' },
      { head: 'FINGERPRINT', text: ({ verdict }) => verdict.fingerprint },
      { head: 'WHY', text: ({ verdict }) => verdict.evidence, most: 60 },
    ]),
  );
}

/** Where there is a jobs.yaml, its rules count too; one with mistakes in it is an error, as everywhere. */
async function rulesOf(desk: Desk): Promise<Rulebook> {
  if (!existsSync(desk.config)) return NO_RULES;
  return rulebookOf((await configured(desk, 'its doctor.rules cannot be known')).spec.doctor);
}

/** A line that is no error is a failure that names it. */
function reported({ text, where }: Line): ReportLine | Failure {
  let value: unknown;
  try {
    value = parseJson(text, where);
    return readReportLine(value);
  } catch (error) {
    if (error instanceof ZodError) return new Failure(EXIT.failed, 'bad_line', `${where}: ${mistakesOf(error, value).join('; ')}`);
    if (error instanceof Failure) return error;
    throw error;
  }
}

const MOST_SHOWN = 40;

/** What is missing or odd, and what is to be done about it. */
function mistakesOf({ issues }: ZodError, value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${shown(value)} is no error: write {"id": …, "message": "…"}`];
  const line = value as Record<string, unknown>;
  return issues.map(({ path: [field, ...rest], message }) => {
    const name = [field, ...rest].join('.');
    if (rest.length > 0) return `${name}: ${message}`;
    if (!Object.hasOwn(line, name)) return `it has no "${name}", only ${Object.keys(line).map((key) => `"${key}"`).join(', ') || 'nothing'}: ${MISSING[name] ?? `add "${name}"`}`;
    return `"${name}" is ${shown(line[name])}: it must be ${name === 'id' || name === 'code' ? 'a text or a number' : 'a text'}`;
  });
}

const MISSING: Record<string, string | undefined> = { message: 'put what the error said into "message"', id: 'put anything that names the line into "id"' };

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
