/**
 * `npm run prove:faults [-- NAME…]`: makes every fault as often as the table says and writes the table into docs/operations.md;
 * with names (parts of them) only those, and only their rows. `--quick` makes each as often as the tests do, and writes nothing.
 */
import { parseArgs } from 'node:util';
import { rewrite } from '../document.ts';
import type { Fault, Outcome } from './fault.ts';
import { faults } from './faults.ts';
import { missing } from './tools.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean', default: false } } });
process.once('SIGINT', () => process.exit(130));

const chosen = faults.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)));
const rows: { fault: Fault; outcome: Outcome }[] = [];
let failed = false;
for (const fault of chosen) {
  const why = fault.needs && missing(fault.needs);
  if (why) {
    console.log(`-      ${fault.name}: not made, for ${why}`);
    failed = true;
    continue;
  }
  const begin = performance.now();
  const outcome = await fault.inject(values.quick ? fault.quick : fault.full);
  rows.push({ fault, outcome });
  const verdict = outcome.wrong.length === 0 ? 'holds' : 'FAILS';
  console.log(`${verdict}  ${fault.name}, ${outcome.injected} times in ${Math.round((performance.now() - begin) / 1000)} s: ${outcome.outcome}${outcome.control ? `; control: ${outcome.control}` : ''}`);
  for (const wrong of outcome.wrong.slice(0, 10)) console.log(`       ${wrong}`);
  failed ||= outcome.wrong.length > 0;
}
if (!values.quick) rewrite('faults', tableOver);
process.exit(failed ? 1 : 0);

/** What failed, or was not made, keeps its row. */
function tableOver(old: string): string {
  const lines = new Map(old.split('\n').map((line) => [line.split(' | ')[0]!.slice(2), line]));
  for (const { fault: { name }, outcome: { injected, outcome, control = '', wrong } } of rows) {
    if (wrong.length === 0) lines.set(name, `| ${name} | ${injected.toLocaleString('en')} | ${outcome} | ${control} |`);
  }
  return ['| fault | injected | outcome | control |', '|---|---|---|---|', ...faults.flatMap(({ name }) => lines.get(name) ?? [])].join('\n');
}
