/** What a tried attempt is given: the item as it is stored, or as the operator says, and outputs of other stages. */
import type { Claim } from '../../actors/ports.ts';
import type { ItemDetail } from '../../inspector/protocol.ts';
import type { JobSpec, StageSpec } from '../../machines/spec.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import { readItem } from '../store/items-view.ts';
import type { Handle } from '../store/open.ts';
import { nothingStored, storedIn, type Stored } from '../store/stored.ts';
import type { Desk } from './desk.ts';
import { EXIT, Failure } from './failure.ts';
import { parseJson } from './json.ts';
import { itemNamed } from './named.ts';

export type TrialNames = { item?: string; with?: string; prev?: string };

/** `missing`: stages whose output was asked for in vain. */
export type TrialInput = { job: JobSpec; stage: StageSpec; claim: Claim; item: ItemDetail | undefined; stored: Stored; missing: Set<string> };

export function trialInput(desk: Desk, db: Handle | undefined, job: JobSpec, stage: StageSpec, names: TrialNames): TrialInput {
  const item = db && names.item !== undefined ? readItem(db, itemNamed(desk, db, names.item, job.id)) : undefined;
  const data = names.with === undefined ? item!.data : parseJson(names.with, '--with');
  const stored = db ? storedIn(db, job.id) : nothingStored;
  const given = givenOutputs(names.prev, job);
  const missing = new Set<string>();
  const ofItem = (id: number, stages: readonly string[]) => {
    const bodies = { ...(item && stored.outputs.ofItem(id, stages)), ...given };
    for (const name of stages) if (!(name in bodies)) missing.add(name);
    return Object.fromEntries(stages.flatMap((name) => (name in bodies ? [[name, bodies[name]!]] : [])));
  };
  return { job, stage, item, missing, claim: claimOf(job, stage, item, data), stored: { ...stored, outputs: { ...stored.outputs, ofItem } } };
}

function claimOf(job: JobSpec, stage: StageSpec, item: ItemDetail | undefined, data: unknown): Claim {
  const attempt = (item?.stages[stage.name]?.attempts ?? 0) + 1;
  const { id = 0, key = 'try', priority = 0 } = item ?? {};
  return { job: job.id, stage: stage.name, itemId: id, key, data: JSON.stringify(data), priority, attempt, tries: 0, lease: 0, upstream: '' };
}

/** Bodies by stage name. */
function givenOutputs(prev: string | undefined, job: JobSpec): Record<string, string> {
  if (prev === undefined) return {};
  const given = parseJson(prev, '--prev');
  const names = job.stages.map(({ name }) => name);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Failure(EXIT.usage, 'usage', '--prev must be a JSON object: an output for each stage', { hint: `--prev '{"${names[0]}": {…}}'` });
  }
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw new Failure(EXIT.usage, 'usage', `--prev: job "${job.id}" has no stage "${name}"${didYouMeanOrList(name, names)}`);
  }
  return Object.fromEntries(Object.entries(given).map(([name, output]) => [name, JSON.stringify(output)]));
}
