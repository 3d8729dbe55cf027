/** What the doctor's rules say about the rest of the file. */
import { at, type Complaint } from '../complaint.ts';
import { didYouMeanOrList } from '../suggest.ts';

export function checkDoctor(data: unknown): Complaint[] {
  return [...checkModel(data), ...checkRules(data)];
}

function checkModel(data: unknown): Complaint[] {
  const path = ['doctor', 'model'];
  const alias = at(data, path);
  const models = Object.keys(Object(at(data, ['models'])));
  return typeof alias !== 'string' || models.includes(alias) ? [] : [{ path, message: `there is no model "${alias}"${didYouMeanOrList(alias, models)}` }];
}

function checkRules(data: unknown): Complaint[] {
  const rules = at(data, ['doctor', 'rules']);
  const jobs = Object.keys(Object(at(data, ['jobs'])));
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((_, index): Complaint[] => {
    const path = ['doctor', 'rules', index, 'job'];
    const job = at(data, path);
    if (typeof job !== 'string' || jobs.includes(job)) return [];
    return [{ path, message: `there is no job "${job}"${didYouMeanOrList(job, jobs)}` }];
  });
}
