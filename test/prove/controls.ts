/** What is broken on purpose, to see that the kill test would notice. */
import { fileURLToPath } from 'node:url';
import { campaign, type Plan } from './campaign.ts';
import type { Claim } from './audit/finding.ts';
import { after, atRandom, wait } from './moments.ts';
import type { Row } from './table.ts';

type Control = { file: string; what: string; breaks: Claim } & Pick<Plan, 'kills' | 'items' | 'moment'> & Partial<Plan>;

const CONTROLS: readonly Control[] = [
  { file: 'without-sweep', what: 'the epoch sweep left out', breaks: 'kept', kills: 30, items: 300, moment: atRandom },
  { file: 'two-transactions', what: 'settle and successors in two transactions', breaks: 'kept', kills: 100, items: 1000, moment: atRandom },
  // Only who lives long enough can answer too late.
  { file: 'without-fence', what: 'the fence left out, answers after the time-out', breaks: 'once', kills: 10, items: 300, late: 0.7, moment: after(1_500) },
];

/** Each is run until it is found out; one that is not, is what does not hold. */
export async function* controls(tell: (line: string) => void): AsyncGenerator<Row> {
  for (const { file, what, breaks, ...plan } of CONTROLS) {
    tell(`control: ${what}`);
    const preload = fileURLToPath(new URL(`./controls/${file}.ts`, import.meta.url));
    const { findings, deaths } = await campaign({ rest: () => wait(Math.random() * 10), ...plan, preload, until: breaks, tell });
    const found = findings.find(({ claim }) => claim === breaks);
    const evidence = found ? `fails after ${deaths.length} kills, as it must: ${found.what}` : `not noticed in ${deaths.length} kills`;
    yield { what: `control: ${what}`, evidence, holds: found !== undefined };
  }
}
