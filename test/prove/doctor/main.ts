/**
 * `npm run prove:doctor [-- ITEMS]`: 10,000 items fail in one second, of twelve causes that no rule knows, and of one that looks like the items' own fault;
 * then a model replies anything, 10,000 times. Prints one table; ends with 1 when something does not hold.
 */
import os from 'node:os';
import { answers } from '../../support/openai-server.ts';
import { opinionsOn, outside, replies } from '../../support/doctor-replies.ts';
import { quantile } from '../quantile.ts';
import { table, type Row } from '../table.ts';
import { storm, type Storm } from './storm.ts';

const items = Number(process.argv[2] ?? '10000');
if (!Number.isInteger(items) || items < 100) {
  console.error('usage: npm run prove:doctor [-- ITEMS], a whole number from 100');
  process.exit(2);
}
// So that nothing is left behind.
process.once('SIGINT', () => process.exit(130));

const CAUSES = ['amber', 'basalt', 'cobalt', 'dolomite', 'emerald', 'feldspar', 'garnet', 'hematite', 'indigo', 'jasper', 'kyanite', 'lazurite'];
const REPLIES = 10_000;
const ACK_MS = 50;
const patient = answers({ class: 'transient', confidence: 0.9, reason: 'stones turn by themselves', minutes: null }, { prompt_tokens: 400, completion_tokens: 40 });

const tell = (line: string) => process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
tell(`${items} items fail of ${CAUSES.length} causes`);
const causes = await storm({ items, message: (n) => `the ${CAUSES[n % CAUSES.length]} was inverted at ${n} in "item ${n}"`, model: patient, isOver: ({ answered }) => answered >= CAUSES.length });
tell(`${items} items fail of one cause that looks like theirs`);
const block = await storm({ items, message: (n) => `ERROR: [youtube] ${String(n).padStart(11, 'v')}: Subtitles are disabled for this video`, model: patient, isOver: ({ held, ready }) => held === Math.ceil(items / 1_000) && ready === items });
tell(`${REPLIES} replies`);
const said = await Array.fromAsync(opinionsOn(replies(REPLIES)));
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');

const load = os.loadavg()[0]!;
const rows: Row[] = [
  { what: 'each cause is asked about once', evidence: `${n(causes.attempts)} failures, ${causes.kinds} kinds, ${causes.asked} questions, $${causes.costUsd.toFixed(4)}`, holds: causes.asked <= CAUSES.length && causes.kinds === CAUSES.length && causes.attempts === items },
  { what: 'the breaker of each job opens', evidence: `${causes.held} of ${causes.jobs} jobs held; ${n(causes.ready)} tasks ready again, uncharged`, holds: causes.held === causes.jobs },
  acknowledged('commands meanwhile', causes),
  { what: 'an error of all items is no fault of the items', evidence: `${n(block.attempts)} failures, ${block.held} of ${block.jobs} jobs held, ${n(block.ready)} tasks ready again, ${block.failed} failed, ${block.asked} questions`, holds: block.held === block.jobs && block.ready === items && block.asked === 0 },
  acknowledged('commands meanwhile', block),
  verdict(),
];
console.log(`${n(items)} items in one second\n\n${table(rows)}`);
process.exitCode = rows.every(({ holds }) => holds !== false) ? 0 : 1;

/** Times on a machine that has other things to do say more of them: they are shown, and not judged. */
function acknowledged(what: string, { acksMs, settleMs }: Storm): Row {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(acksMs, share).toFixed(1));
  const holds = acksMs.length > 0 && quantile(acksMs, 0.99) < ACK_MS;
  return { what, evidence: `all stored after ${(settleMs / 1000).toFixed(1)} s; ${acksMs.length} acknowledged: p50 ${p50}, p99 ${p99}, max ${max} ms (load ${load.toFixed(1)} on ${os.availableParallelism()} cores)`, holds: holds || (load > os.availableParallelism() && 'not judged') };
}

function verdict(): Row {
  const wrong = said.flatMap((one) => outside(one) ?? []);
  for (const line of wrong.slice(0, 10)) console.error(line);
  return { what: 'replies that are anything lead to a class, or to nothing', evidence: `${n(said.length)} replies, ${n(said.filter(({ type }) => type === 'model.answered').length)} of use, ${wrong.length} outside of the table`, holds: wrong.length === 0 && said.length === REPLIES };
}

function n(value: number): string {
  return value.toLocaleString('en');
}
