/** Costs that no limit could ever allow. What is no amount of money is left to the schema. */
import { at, type Complaint } from '../complaint.ts';
import type { Path } from '../locate.ts';
import type { JobOutline } from '../outline.ts';
import { usd } from '../words.ts';

export function checkMoney({ path }: JobOutline, data: unknown): Complaint[] {
  const stages = at(data, [...path, 'stages']);
  if (!Array.isArray(stages)) return [];
  const shared: [string, Path][] = [
    ['the daily_cost_limit of this file', ['daily_cost_limit']],
    ["the job's daily_cost_limit", [...path, 'guards', 'daily_cost_limit']],
    ["the job's item_cost_limit", [...path, 'guards', 'item_cost_limit']],
  ];
  return stages.flatMap((_, index) => {
    const stage = [...path, 'stages', index];
    const cost = amount(data, [...stage, 'max_cost']);
    if (cost === undefined) return [];
    const limits: [string, Path][] = [...shared, ['its daily_cost_limit', [...stage, 'daily_cost_limit']]];
    return limits.flatMap(([name, limit]): Complaint[] => {
      const most = amount(data, limit);
      if (most === undefined || cost <= most) return [];
      return [{ path: [...stage, 'max_cost'], message: `max_cost $${cost} is more than ${name} $${most}, so that no task of it could ever start` }];
    });
  });
}

function amount(data: unknown, path: Path): number | undefined {
  const written = at(data, path);
  return written === undefined ? undefined : usd.safeParse(written).data;
}
