/** Where a handler's lines go: to the log of the runner, with where they came from, and to what is kept of the attempt. */
import type { AttemptLogs } from './attempt-logs.ts';
import type { World } from './world.ts';

export function voice({ clock, log, secrets }: Pick<World, 'clock' | 'log' | 'secrets'>, logs?: AttemptLogs): World['say'] {
  return (claim, level, said, facts) => {
    const message = secrets.strike(said);
    const own = facts && secrets.strikeFacts(facts);
    log[level](message, { job: claim.job, stage: claim.stage, item: claim.key, attempt: claim.attempt, ...own });
    logs?.line(claim, { at: clock.now(), level, message, ...(own && { facts: own }) });
  };
}
