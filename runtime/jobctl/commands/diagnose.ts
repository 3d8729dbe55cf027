/** `jobctl diagnose`: the machine, the configuration, the folder, the runner, the database and the work, one line each, with what mends it. */
import type { StatusView } from '../../../inspector/protocol.ts';
import { loadConfig } from '../../config/index.ts';
import { knownStrategies } from '../../own-strategies.ts';
import type { Desk } from '../desk.ts';
import { diagnoseConfiguration } from '../diagnose/configuration.ts';
import { diagnoseDatabase } from '../diagnose/database.ts';
import type { Finding } from '../diagnose/finding.ts';
import { diagnoseFolder } from '../diagnose/folder.ts';
import { diagnoseProgram } from '../diagnose/program.ts';
import { diagnoseRunner } from '../diagnose/runner.ts';
import { diagnoseWork } from '../diagnose/work.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { holdsData, quietStatusOf, reading } from '../store.ts';
import { oneLine } from '../text.ts';

export async function diagnose(desk: Desk): Promise<ExitCode> {
  const database = diagnoseDatabase(desk);
  const isReadable = database.every(({ mark }) => mark !== 'bad');
  const checked = loadConfig(desk.config, { ...(await knownStrategies(desk.config, desk.clock)), env: process.env });
  const findings = [
    ...diagnoseProgram(),
    ...diagnoseConfiguration(desk.config, checked, process.env),
    ...diagnoseFolder(desk.data),
    ...(await diagnoseRunner(desk, desk.port ?? (checked.ok ? checked.spec.port : undefined))),
    ...database,
    ...(isReadable ? diagnoseWork((await status(desk)).jobs) : []),
  ];
  const isWell = findings.every(({ mark }) => mark !== 'bad');
  if (desk.terminal.json) desk.terminal.document({ ok: isWell, findings });
  else desk.terminal.print(...findings.flatMap((finding) => lines(finding, desk)));
  return isWell ? EXIT.ok : EXIT.failed;
}

async function status(desk: Desk): Promise<StatusView> {
  if (!holdsData(desk.data)) return { runner: { state: 'stopped' }, jobs: [] };
  return reading(desk, (db) => quietStatusOf(desk, db));
}

const MARKS = { ok: ['green', '✓'], odd: ['yellow', '!'], bad: ['red', '✗'] } as const;
const LABEL = 16;

function lines({ mark, check, says, todo }: Finding, { terminal }: Desk): string[] {
  const [colour, sign] = MARKS[mark];
  return [
    `${terminal.paint(colour, sign)} ${check.padEnd(LABEL)} ${oneLine(says)}`,
    ...(todo === undefined ? [] : [`  ${' '.repeat(LABEL)} ${terminal.paint('green', '→')} ${oneLine(todo)}`]),
  ];
}
