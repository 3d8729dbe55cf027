/**
 * Loaded before the runner: now and then a part of it dies, in a guard, in an action, or as it is given work. What machines decide
 * stays as it is, so that their journals still fold.
 */
import { jobMachine } from '../../machines/job.ts';
import { lifecycleMachine } from '../../machines/lifecycle.ts';
import { stageWorkerMachine } from '../../machines/stage-worker.ts';
import { GroupCommit } from '../../runtime/ledger/ledger.ts';

type Machine = { implementations: { guards: Record<string, any>; actions: Record<string, any> } };

function strike(share: number, what: string): void {
  if (Math.random() < share) throw new Error(`${what}: struck by the kill test`);
}

function guard({ implementations: { guards } }: Machine, name: string, share: number): void {
  const sound = guards[name] as (...args: unknown[]) => boolean;
  guards[name] = (...args: unknown[]) => (strike(share, name), sound(...args));
}

function action({ implementations: { actions } }: Machine, name: string, share: number): void {
  const { resolve } = actions[name] as { resolve: (...args: unknown[]) => unknown };
  actions[name].resolve = (...args: unknown[]) => (strike(share, name), resolve(...args));
}

guard(stageWorkerMachine as never, 'isWorking', 0.01);
guard(lifecycleMachine as never, 'someHoldLapses', 0.05);
action(jobMachine as never, 'noteRunning', 0.003);

const { join } = GroupCommit.prototype;
GroupCommit.prototype.join = function (job, stage, member) {
  const { start } = member;
  member.start = (claims) => (strike(0.005, 'start'), start.call(member, claims));
  return join.call(this, job, stage, member);
};
