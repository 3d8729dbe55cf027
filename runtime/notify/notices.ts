/** All that the notifier asks of the world. */
import type { Clock, DoctorActions, Log, Notices } from '../../actors/ports.ts';
import type { Letter, NotifierEvent, Target } from '../../machines/notifier.ts';
import type { NotifySpec } from '../../machines/spec.ts';
import type { DiskSpace } from '../disk-space.ts';
import type { noticesIn, Notice } from '../store/notices.ts';
import { isResourceBreaker } from '../../machines/breaker.ts';
import type { OpenResource } from '../store/resources-view.ts';
import type { Batch, JobProjection } from '../store/types.ts';
import { messageOf } from './message.ts';
import type { PostOffice } from './post-office.ts';
import { Records, type Kept } from './records.ts';
import type { Delivery } from './services/service.ts';
import { Targets } from './targets.ts';
import { Troubles, type TroubleNews } from './troubles.ts';

type World = {
  clock: Clock;
  log: Log;
  spec(): NotifySpec;
  /** Of the inspector, on this machine. */
  link(): string;
  /** Ids of the jobs in force. */
  ids(): readonly string[];
  jobs: readonly Pick<JobProjection, 'job' | 'holds'>[];
  /** What jobs share, as far as its breaker is open or tries it. */
  resources(): OpenResource[];
  /** Jobs in force that need a resource. */
  usersOf(resource: string): readonly string[];
  actions: DoctorActions;
  disk: Pick<DiskSpace, 'reason' | 'since' | 'onFull' | 'onRoom'>;
  store: Pick<ReturnType<typeof noticesIn>, 'open'>;
  ledger: { note(notice: Notice): void };
  office: Pick<PostOffice, 'deliver'>;
};

export class RunnerNotices implements Notices {
  private readonly world: World;
  private readonly troubles: Troubles;
  private readonly targets: Targets;
  private readonly records: Records;

  constructor(world: World) {
    const { clock, jobs, ids, resources, usersOf, actions, disk, spec, store, ledger } = world;
    this.world = world;
    this.troubles = new Troubles({ clock, jobs, ids, resources, usersOf, actions, disk });
    disk.onFull(() => this.troubles.look());
    disk.onRoom(() => this.troubles.look());
    this.targets = new Targets({ clock, targets: () => spec().targets });
    this.records = new Records(store.open(), (notice) => ledger.note(notice));
  }

  watch(tell: (news: TroubleNews) => void): () => void {
    return this.troubles.watch(tell);
  }

  watchTargets(tell: (targets: Target[]) => void): () => void {
    return this.targets.watch(tell);
  }

  async deliver(letter: Letter, signal: AbortSignal): Promise<Delivery> {
    const { spec, link, office, log } = this.world;
    const { targets, link: elsewhere } = spec();
    const target = targets.find(({ name }) => name === letter.target);
    if (!target) return { ok: false, reason: 'jobs.yaml has this target no more', again: false };
    const delivery = await office.deliver(messageOf(letter, (elsewhere ?? link()).replace(/\/$/, '')), target, signal);
    if (!delivery.ok && !signal.aborted) log.warn(`notify "${target.name}": ${delivery.reason}${delivery.again ? '; it is tried again' : '; it is given up'}`);
    return delivery;
  }

  record(context: Kept, event: NotifierEvent): void {
    this.records.keep(context, event);
  }

  /** After a commit. */
  hear({ jobs, snapshots, gone }: Pick<Batch, 'jobs' | 'snapshots' | 'gone'>): void {
    this.troubles.hear(jobs, snapshots.some(({ path }) => isResourceBreaker(path)) || gone.some(isResourceBreaker));
  }

  /** Another jobs.yaml is in force. */
  lookAgain(): void {
    this.targets.look();
    this.troubles.look();
  }
}
