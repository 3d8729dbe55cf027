/**
 * What the doctor did: rows, of which others hear once they are committed. An error of one kind that may hold a job is one action, until an
 * attempt of that stage has worked that began after it, and the job is not held any more. Such an item is tried again, and the row says so; when it
 * is that kind of error that holds the job, the row says that.
 */
import type { ActionNews, Clock, DoctorAction, DoctorActions, Receipt } from '../../actors/ports.ts';
import type { BreakerContext } from '../../machines/breaker.ts';
import type { DoctorNote } from '../store/doctor.ts';
import type { Batch, JobProjection } from '../store/types.ts';
import { OnceInAWhile } from './once-in-a-while.ts';
import { ACTION_OF, isLasting, riskOf } from './policy.ts';

/** The same action is noted once in so long, where it has no end. */
const NOTE_AGAIN_MS = 3_600_000;

/** What is to be noted; the rest follows from the class. */
export type Noted = Pick<DoctorAction, 'job' | 'stage' | 'fingerprint' | 'class' | 'by' | 'reason'> & Partial<Pick<DoctorAction, 'action' | 'costMicroUsd' | 'ms'>> & { until?: number | undefined };

export type ActionsWorld = {
  clock: Clock;
  store: { lastAction(): number; openActions(): DoctorAction[] };
  ledger: { noteDoctor(note: DoctorNote): void };
  /** As they stand at the start. */
  jobs: readonly Pick<JobProjection, 'job' | 'holds'>[];
};

/** `works`: its stage has worked since. */
type Open = DoctorAction & { works: boolean };

export class RunnerActions implements DoctorActions {
  private readonly world: ActionsWorld;
  private readonly listeners = new Set<(news: ActionNews) => void>();
  /** By job, stage and fingerprint. */
  private readonly opened = new Map<string, Open>();
  private readonly held: Set<string>;
  private readonly due: OnceInAWhile;
  private lastId: number;

  constructor(world: ActionsWorld) {
    this.world = world;
    this.due = new OnceInAWhile(world.clock, NOTE_AGAIN_MS);
    this.lastId = world.store.lastAction();
    this.held = new Set(world.jobs.filter(isHeld).map(({ job }) => job));
    for (const action of world.store.openActions()) this.opened.set(keyOf(action), { ...action, works: false });
  }

  watch(tell: (news: ActionNews) => void): () => void {
    this.listeners.add(tell);
    return () => void this.listeners.delete(tell);
  }

  open(): readonly DoctorAction[] {
    return [...this.opened.values()].map(rowOf);
  }

  /** Joins the next flush; nothing is noted twice. */
  note({ until, ...noted }: Noted): void {
    const { class: kind, by, action = ACTION_OF[kind] === 'pause_job' ? 'retry_later' : ACTION_OF[kind] } = noted;
    const before = this.opened.get(keyOf(noted));
    const lasts = isLasting({ action, class: kind });
    if (lasts ? before?.class === kind : action !== 'reclassify' && !this.due.isDue(`${keyOf(noted)} ${kind} ${by}`)) return;
    if (before && lasts) this.end(before);
    const row: DoctorAction = {
      costMicroUsd: 0, ms: 0, ...noted, id: ++this.lastId, at: this.world.clock.now(), action, risk: action === 'reclassify' ? 'low' : riskOf(kind, by), until: until ?? null, endedAt: null,
    };
    if (lasts) this.opened.set(keyOf(row), { ...row, works: false });
    this.world.ledger.noteDoctor({ action: row });
  }

  /** This kind of error does not hold jobs any more. */
  endThoseOf(fingerprint: string): void {
    for (const open of this.opened.values()) if (open.fingerprint === fingerprint) this.end(open);
  }

  /** After a commit. */
  hear(receipts: readonly Receipt[], { jobs, notes, snapshots }: Pick<Batch, 'jobs' | 'notes' | 'snapshots'>): void {
    for (const note of notes) {
      if ('action' in note) this.tell({ type: 'action.opened', action: note.action });
      else if ('ended' in note) this.tell({ type: 'action.ended', action: note.ended });
    }
    for (const job of jobs) {
      if (isHeld(job)) this.held.add(job.job);
      else this.held.delete(job.job);
    }
    if (this.opened.size === 0) return;
    for (const holding of snapshots.flatMap(openedBy)) this.pause(this.opened.get(keyOf(holding)));
    for (const { job, holds } of jobs) if (holds.budget) this.pause([...this.opened.values()].findLast((open) => open.job === job));
    for (const { settlement, answer } of receipts) if (answer === 'committed' && settlement.result.outcome.kind === 'done') this.noteSuccess(settlement);
    for (const open of this.opened.values()) if (open.works && !this.held.has(open.job!)) this.end(open);
  }

  private noteSuccess({ claim, startedAt }: Receipt['settlement']): void {
    for (const open of this.opened.values()) if (open.job === claim.job && open.stage === claim.stage && startedAt > open.at) open.works = true;
  }

  /** It is this one that holds its job, or its stage. */
  private pause(open: Open | undefined): void {
    if (open === undefined || open.action === 'pause_job') return;
    open.action = 'pause_job';
    this.world.ledger.noteDoctor({ paused: rowOf(open) });
  }

  private end(open: Open): void {
    this.opened.delete(keyOf(open));
    this.world.ledger.noteDoctor({ ended: { ...rowOf(open), endedAt: this.world.clock.now() } });
  }

  private tell(news: ActionNews): void {
    for (const tell of this.listeners) tell(news);
  }
}

const keyOf = ({ job, stage, fingerprint }: Pick<DoctorAction, 'job' | 'stage' | 'fingerprint'>): string => `${job}/${stage} ${fingerprint}`;

/** What a breaker has opened for, of one that is open. */
function openedBy({ path, src, snapshot }: Batch['snapshots'][number]): Pick<DoctorAction, 'job' | 'stage' | 'fingerprint'>[] {
  if (src !== 'breaker' || !path.startsWith('job/') || !snapshot.includes('"open"')) return [];
  const { value, context: { job, opened } } = JSON.parse(snapshot) as { value: unknown; context: BreakerContext };
  return typeof value === 'object' && opened !== null ? [{ job, stage: opened.stage, fingerprint: opened.fingerprint }] : [];
}

const rowOf = ({ works: _, ...row }: Open): DoctorAction => row;

/** By what an error has led to. */
const isHeld = ({ holds }: Pick<JobProjection, 'holds'>): boolean => holds.breaker !== undefined || holds.budget !== undefined;
