/** A job's stages: their names, what they need, and the resources that they share. */
import type { Complaint } from '../complaint.ts';
import type { JobOutline, Word } from '../outline.ts';
import { didYouMean, didYouMeanOrList } from '../suggest.ts';
import { findCycles } from './cycle.ts';

export function checkStages(job: JobOutline, resources: readonly string[]): Complaint[] {
  return [
    ...twice(job.stages.map(({ name }) => name)).map(({ path, text }) => ({ path, message: `a stage "${text}" stands further up already; each needs a name of its own` })),
    ...job.stages.flatMap(({ resources: wanted }) => checkResources(wanted, resources)),
    ...checkNeeds(job),
  ];
}

function checkResources(wanted: readonly Word[], known: readonly string[]): Complaint[] {
  const unknown = wanted.filter(({ text }) => !known.includes(text));
  return [
    ...unknown.map(({ path, text }) => ({ path, message: `unknown resource "${text}"${didYouMeanOrList(text, known) || '; declare it under resources:'}` })),
    ...twice(wanted).map(({ path, text }) => ({ path, message: `the resource "${text}" is named twice; an attempt holds one slot of each` })),
  ];
}

function checkNeeds({ stages, deps, path }: JobOutline): Complaint[] {
  const known = stages.map(({ name }) => name.text);
  const stray = (text: string) => `stage_deps: this job has no stage "${text}"${didYouMean(text, known)}`;
  const cycles = findCycles(new Map(deps.map(({ stage, needs }) => [stage.text, needs.map((need) => need.text)])));
  return [
    ...deps.filter(({ stage }) => !known.includes(stage.text)).map(({ stage }): Complaint => ({ path: stage.path, on: 'key', message: stray(stage.text) })),
    ...deps.flatMap(({ needs }) => needs).filter(({ text }) => !known.includes(text)).map((need) => ({ path: need.path, message: stray(need.text) })),
    ...cycles.map((cycle): Complaint => ({
      path: [...path, 'stage_deps', cycle[0]!],
      on: 'key',
      message: `stage_deps go round in a circle, so none of these stages could ever start: ${cycle.join(' needs ')}`,
    })),
  ];
}

function twice(words: readonly Word[]): Word[] {
  return words.filter(({ text }, index) => words.findIndex((word) => word.text === text) < index);
}
