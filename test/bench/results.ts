/** What the figures say: medians, ratios and whether they are what the design wants. */
import type { Facts } from './arm.ts';
import { median } from './quantile.ts';

/** By contender, one entry a round. */
export type Rounds = Map<string, Facts[]>;

const whole = (value: number) => Math.round(value).toLocaleString('en');

/** Rows: who, executions/s, what it costs, and how it stands to others. */
export function throughput(rounds: Rounds): string[][] {
  const rates = [...rounds].map(([name, facts]) => ({ name, values: facts.map(({ rate }) => rate!) }));
  const rows = rates.map(({ name, values }) => {
    const { perFlush, rssMb, fileMb } = rounds.get(name)!.at(-1)!;
    const cpuUs = median(rounds.get(name)!.map((facts) => facts['cpuUs']!));
    return [name, whole(median(values)), `${whole(Math.min(...values))}–${whole(Math.max(...values))}`, cpuUs.toFixed(0), perFlush ? perFlush.toFixed(0) : '', whole(rssMb!), fileMb ? whole(fileMb) : ''];
  });
  return [['executions/s', 'median', 'range', 'CPU µs', 'a flush', 'RSS MB', 'file MB for 100,000 items'], ...rows, [], ['ratio of medians by round', 'is', 'wanted', ''], ...ratios(rates)];
}

type Rates = { name: string; values: number[] }[];

function ratios(rates: Rates): string[][] {
  const rate = (name: string) => rates.find((one) => one.name === name);
  const best = (prefix: string) => rates.filter(({ name }) => name.startsWith(prefix)).toSorted((a, b) => median(b.values) - median(a.values))[0];
  const [ten, fifty, bullmq] = [rate('Rivus, 10')!, rate('Rivus, 50')!, best('BullMQ')];
  const compared = [
    { ours: ten, theirs: rate('plainjob'), wanted: 2 },
    { ours: fifty, theirs: rate('plainjob'), wanted: 2 },
    { ours: ten, theirs: bullmq, wanted: 1.2 },
    { ours: fifty, theirs: bullmq, wanted: 1.2 },
    { ours: ten, theirs: rate('bare flush, 10'), wanted: 0.8 },
    { ours: fifty, theirs: rate('bare flush, 50'), wanted: 0.8 },
    { ours: ten, theirs: rate('Rivus, 10, no journal, no snapshots'), wanted: 0.9 },
    { ours: rate('Rivus, 10, 1 viewer')!, theirs: ten, wanted: 0.95 },
    { ours: rate('Rivus, 10, 100 viewers')!, theirs: ten, wanted: 0.9 },
  ];
  return compared.flatMap(({ ours, theirs, wanted }) => {
    if (!theirs) return [];
    const ratio = median(ours.values.map((value, round) => value / theirs.values[round]!));
    return [[`${ours.name} : ${theirs.name}`, ratio.toFixed(2), `≥ ${wanted}`, ratio >= wanted ? 'reached' : 'missed']];
  });
}

const LIMITS: Record<string, { fact: string; label: string; unit: string; below: number }[]> = {
  'hand-over': [
    { fact: 'p50', label: 'hand-over stage → next stage, p50', unit: 'ms', below: 2 },
    { fact: 'p99', label: 'hand-over stage → next stage, p99', unit: 'ms', below: 10 },
  ],
  command: [
    { fact: 'p50', label: 'command acknowledged under load, p50', unit: 'ms', below: 50 },
    { fact: 'p99', label: 'command acknowledged under load, p99', unit: 'ms', below: 50 },
  ],
  start: [
    { fact: 'first', label: 'first start to first handler: 15 jobs, 100,000 items', unit: 'ms', below: 500 },
    { fact: 'median', label: 'later starts, median', unit: 'ms', below: 500 },
    { fact: 'worst', label: 'later starts, worst', unit: 'ms', below: 500 },
  ],
  actors: [
    { fact: 'median', label: 'start with 300 actors to restore, median', unit: 'ms', below: 200 },
    { fact: 'worst', label: 'start with 300 actors to restore, worst', unit: 'ms', below: 200 },
  ],
  page: [
    { fact: 'paint', label: 'inspector, first paint, median', unit: 'ms', below: 500 },
    { fact: 'seen', label: 'PAUSE on the chart until another browser shows it, p50', unit: 'ms', below: 200 },
    { fact: 'seenWorst', label: 'PAUSE on the chart until another browser shows it, worst', unit: 'ms', below: 200 },
    { fact: 'load', label: 'longest task of the tab at its first load', unit: 'ms', below: 50 },
    { fact: 'loadCpu', label: 'longest task of the tab at its first load, its processor time', unit: 'ms', below: 50 },
    { fact: 'longest', label: 'longest task of the tab at 200 transitions/s', unit: 'ms', below: 50 },
    { fact: 'longestCpu', label: 'longest task of the tab at 200 transitions/s, its processor time', unit: 'ms', below: 50 },
    { fact: 'growthMb', label: 'heap of the tab, growth over 4,000 transitions', unit: 'MB', below: 1 },
    { fact: 'grewMb', label: 'heap of the tab, growth over 30 simulated minutes', unit: 'MB', below: 1 },
    { fact: 'grewNodes', label: 'nodes of the tab, growth over 30 simulated minutes', unit: '', below: 100 },
  ],
  clients: [
    { fact: 'grewMb', label: '100 clients, 1,000 events/s: heap of the runner, growth in a minute', unit: 'MB', below: 1 },
    { fact: 'rssMb', label: '100 clients, 1,000 events/s: memory', unit: 'MB', below: 400 },
  ],
  backup: [{ fact: 'stall', label: 'longest wait of the loop during backups while work flows', unit: 'ms', below: 20 }],
  idle: [
    { fact: 'cpu', label: 'idle, 15 jobs: share of a core', unit: '%', below: 1 },
    { fact: 'rssMb', label: 'idle, 15 jobs: memory', unit: 'MB', below: 150 },
  ],
  articles: [
    { fact: 'p50', label: 'text of a web page, p50', unit: 'ms', below: 50 },
    { fact: 'p95', label: 'text of a web page, p95', unit: 'ms', below: 150 },
    { fact: 'worst', label: 'text of a hostile web page, worst', unit: 'ms', below: 2_000 },
  ],
  million: [
    { fact: 'claimP50', label: '1,000,000 items: durable claim, p50', unit: 'ms', below: 1 },
    { fact: 'claimP99', label: '1,000,000 items: durable claim, p99', unit: 'ms', below: 1 },
    { fact: 'rssMb', label: '1,000,000 items: memory at work', unit: 'MB', below: 250 },
  ],
};

/** Rows: what was measured, the median of its rounds, the limit. */
export function figures(measured: Readonly<Record<string, Facts>>): string[][] {
  const rows = Object.entries(measured).flatMap(([name, facts]) =>
    LIMITS[name]!.map(({ fact, label, unit, below }) => [label, `${facts[fact]!.toFixed(1)} ${unit}`, `< ${below} ${unit}`, facts[fact]! < below ? 'reached' : 'missed']),
  );
  return [['figure', 'is', 'wanted', ''], ...rows];
}
