/**
 * All that is amiss now: a full disk, what jobs share and cannot use, what holds jobs, and what the doctor did about it. A hold and the doctor's action
 * behind it are one trouble, for as long as either lasts: a breaker that tries lets go for a moment, and the error is there all the same. What has
 * stopped a resource belongs to that, whatever else it does to the jobs that need it.
 */
import type { Clock, DoctorAction, DoctorActions } from '../../actors/ports.ts';
import type { Hold, HoldCause } from '../../machines/lifecycle.ts';
import { isAtLeast, type Risk, type Trouble } from '../../machines/incidents.ts';
import { reasonOf } from '../../machines/breaker.ts';
import { isLasting, riskOf as riskOfError } from '../doctor/policy.ts';
import type { OpenResource } from '../store/resources-view.ts';
import type { JobProjection } from '../store/types.ts';

export type TroubleNews = { type: 'troubles.changed'; troubles: Trouble[] } | { type: 'action.noted'; trouble: Trouble };
type Held = Pick<JobProjection, 'job' | 'holds'>;
type World = {
  clock: Clock;
  /** As they stand at the start. */
  jobs: readonly Held[];
  /** Ids of the jobs in force: what is archived troubles nobody. */
  ids(): readonly string[];
  actions: Pick<DoctorActions, 'open' | 'watch'>;
  /** What jobs share, as far as its breaker is open or tries it. */
  resources(): OpenResource[];
  /** Jobs in force that need a resource. */
  usersOf(resource: string): readonly string[];
  /** Of the data folder. */
  disk: { readonly reason: string | undefined; readonly since: number | undefined };
};

/** By what an error has led to. */
const OF_ERRORS: readonly HoldCause[] = ['breaker', 'budget'];

export class Troubles {
  private readonly world: World;
  private readonly holds: Map<string, Held['holds']>;
  private readonly listeners = new Set<(news: TroubleNews) => void>();
  private said = '';

  constructor(world: World) {
    this.world = world;
    this.holds = new Map(world.jobs.map(({ job, holds }) => [job, holds]));
    world.actions.watch(({ type, action }) => {
      if (isLasting(action)) this.look();
      else if (type === 'action.opened') this.tell({ type: 'action.noted', trouble: ofAction(action) });
    });
  }

  /** Tells at once how things stand. */
  watch(tell: (news: TroubleNews) => void): () => void {
    this.listeners.add(tell);
    tell({ type: 'troubles.changed', troubles: this.all() });
    return () => void this.listeners.delete(tell);
  }

  /** After a commit in which jobs have changed. `ofResources`: also the breaker of something that they share. */
  hear(jobs: readonly Held[], ofResources: boolean): void {
    if (jobs.length === 0 && !ofResources) return;
    for (const { job, holds } of jobs) this.holds.set(job, holds);
    this.look();
  }

  /** Other jobs are in force. */
  look(): void {
    const troubles = this.all();
    const saying = JSON.stringify(troubles);
    if (saying === this.said) return;
    this.said = saying;
    this.tell({ type: 'troubles.changed', troubles });
  }

  private all(): Trouble[] {
    const open = this.world.actions.open();
    const resources = this.world.resources().map((resource) => ({ ...resource, users: this.world.usersOf(resource.name) }));
    const ofJobs = this.world.ids().flatMap((job) => {
      const actions = open.filter((action) => action.job === job);
      const holds = Object.entries(this.holds.get(job) ?? {}).filter(([cause]) => cause !== 'operator') as [HoldCause, Hold][];
      const ofErrors = holds.some(([cause]) => OF_ERRORS.includes(cause));
      return [...holds.map(([cause, hold]) => ofHold(job, cause, hold, OF_ERRORS.includes(cause) ? actions.at(-1) : undefined)), ...(ofErrors ? [] : actions.slice(-1).map(ofAction))];
    });
    return [...ofDisk(this.world.disk), ...resources.flatMap(ofResource), ...ofJobs.map((one) => withResource(one, resources))];
  }

  /** Not in the middle of what the ledger does. */
  private tell(news: TroubleNews): void {
    this.world.clock.defer(() => {
      for (const tell of this.listeners) tell(news);
    });
  }
}

/** One for all jobs. */
function ofDisk({ reason, since }: World['disk']): Trouble[] {
  if (reason === undefined || since === undefined) return [];
  return [{ key: 'disk', group: 'disk', job: 'Rivus', stage: null, cause: 'disk_full', risk: 'high', reason, fingerprint: null, since, until: null }];
}

type Shared = OpenResource & { users: readonly string[] };

const groupOf = ({ name }: OpenResource): string => `resource ${name}`;

/** One for each job that needs it. */
function ofResource(resource: Shared): Trouble[] {
  const { name, opened, users } = resource;
  const { class: kind, fingerprint, since, until } = opened;
  const reason = `nothing that needs "${name}" starts: ${reasonOf(opened)}`;
  return users.map((job): Trouble => ({ key: `${groupOf(resource)} ${job}`, group: groupOf(resource), job, stage: null, cause: 'resource', risk: worse(until === null ? 'high' : 'medium', riskOfError(kind, 'rule')), reason, fingerprint, since, until }));
}

/** The same error, in a job that needs what it has stopped. */
function withResource(one: Trouble, resources: readonly Shared[]): Trouble {
  const shared = resources.find(({ opened, users }) => opened.fingerprint === one.fingerprint && users.includes(one.job));
  return shared ? { ...one, group: groupOf(shared) } : one;
}

function ofHold(job: string, cause: HoldCause, { reason, since, until }: Hold, action: DoctorAction | undefined): Trouble {
  return {
    key: cause === 'breaker' ? errorsOf(job) : `${job} ${cause}`, group: action?.fingerprint ?? `${cause} ${reason}`, job, stage: action?.stage ?? null, cause, reason,
    risk: worse(riskOf(cause, until), action?.risk), fingerprint: action?.fingerprint ?? null, since, until: until ?? null,
  };
}

function ofAction(action: DoctorAction): Trouble {
  const { id, job, stage, fingerprint, risk, reason, at, until } = action;
  const isHold = isLasting(action);
  return { key: isHold ? errorsOf(job!) : `action ${id}`, group: fingerprint, job: job ?? 'all jobs', stage, cause: 'doctor', reason: isHold ? reason : `${action.action}: ${reason}`, risk, fingerprint, since: at, until };
}

/** Of a breaker, and of the doctor's action that lasts longer. */
const errorsOf = (job: string): string => `${job} errors`;

const worse = (own: Risk, ofAction: Risk = own): Risk => (isAtLeast(own, ofAction) ? own : ofAction);

/** What waits for the operator is high; what goes on by itself is medium; hours and things that are missing are as they were set. */
function riskOf(cause: HoldCause, until: number | undefined): Risk {
  if (cause === 'window' || cause === 'requirement') return 'low';
  return until === undefined ? 'high' : 'medium';
}
