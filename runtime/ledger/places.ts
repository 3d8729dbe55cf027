/** Who sits at the ledger: the pumps of all stages, what they could start, and what they have in flight. */
import type { Claim, Receipt } from '../../actors/ports.ts';
import { paceOf, type StageSpec } from '../../machines/spec.ts';
import type { Holder, ResourceUse, Waiter } from '../../machines/resource.ts';
import type { Short } from '../store/permit/share-out.ts';
import type { Flushed } from '../store/types.ts';
import type { Inbox } from './inbox.ts';
import type { Place } from './place.ts';

export class Places {
  /** By `job/stage`. */
  private readonly seated = new Map<string, Place>();
  /** Places whose pump has stopped and still has attempts in flight: they keep their slots. */
  private readonly leaving = new Set<Place>();
  private tickets = 0;

  /** Takes the place of the stage's last pump, if that has not left yet. */
  add(place: Place): void {
    const last = this.seated.get(keyOf(place));
    if (last) this.leave(last);
    this.seated.set(keyOf(place), place);
    this.link(place.job);
  }

  leave(place: Place): void {
    if (this.seated.get(keyOf(place)) === place) this.seated.delete(keyOf(place));
    if (place.inFlight() > 0) this.leaving.add(place);
    this.link(place.job);
  }

  /** Who is told when a stage of the job has finished something: after a change of what stages need. */
  link(job: string): void {
    const stages = [...this.seated.values()].filter((place) => place.job === job);
    for (const place of stages) place.dependents = stages.filter(({ spec }) => spec.needs.includes(place.spec.name));
  }

  get size(): number {
    return this.seated.size + this.leaving.size;
  }

  /** Attempts in flight, of one job or of all. */
  inFlight(job?: string): number {
    let sum = 0;
    for (const place of this.all()) if (job === undefined || place.job === job) sum += place.inFlight();
    return sum;
  }

  maxCostOf(job: string, stage: string): number {
    return this.seated.get(`${job}/${stage}`)?.maxCost() ?? 0;
  }

  /** Whether an attempt of the job is declared to cost something. */
  declareCost(job: string): boolean {
    return [...this.seated.values()].some((place) => place.job === job && place.maxCost() > 0);
  }

  /** Attempts in flight of some stages of a job. */
  inFlightAt(job: string, stages: readonly string[]): number {
    let sum = 0;
    for (const place of this.all()) if (place.job === job && stages.includes(place.spec.name)) sum += place.inFlight();
    return sum;
  }

  /** Attempts in flight that hold a slot of a resource. */
  inFlightWith(resource: string): number {
    let sum = 0;
    for (const place of this.all()) sum += place.holding().get(resource) ?? 0;
    return sum;
  }

  interrupt(): void {
    for (const place of this.all()) place.interrupt();
  }

  /** Whether somebody who came before it waits for what it needs: that is kept for who has waited longest. */
  isBehind(job: string, { name, resources }: StageSpec): boolean {
    const ticket = this.seated.get(`${job}/${name}`)?.waiting?.ticket ?? Infinity;
    return [...this.seated.values()].some(({ waiting, spec }) => waiting && waiting.ticket < ticket && spec.resources.some((resource) => resources.includes(resource)));
  }

  /** How many tasks the stage's pump was given since it sat down; none without one. */
  claimsOf(job: string, stage: string): number {
    return this.seated.get(`${job}/${stage}`)?.claims ?? 0;
  }

  /** Who holds slots of a resource (or uses the pace `job/JOB`), and who waits for it or has it kept, the longest first. */
  useOf(resource: string): ResourceUse {
    const held = new Map<string, Holder>();
    for (const place of this.all()) {
      const slots = place.holding().get(resource) ?? 0;
      if (slots > 0) held.set(keyOf(place), { job: place.job, stage: place.spec.name, slots: slots + (held.get(keyOf(place))?.slots ?? 0) });
    }
    const waiting = [...this.seated.values()].filter((place) => place.waiting && uses(place, resource)).toSorted((a, b) => a.waiting!.ticket - b.waiting!.ticket);
    return { holders: [...held.values()], waiters: waiting.flatMap((place) => waiterFor(resource, place)) };
  }

  /** Slots of each resource that are not taken. */
  freeSlots(capacities: Readonly<Record<string, number>>): Record<string, number> {
    const slots = { ...capacities };
    for (const place of this.all()) for (const [name, n] of place.holding()) if (slots[name] !== undefined) slots[name]! -= n;
    for (const name of Object.keys(slots)) slots[name] = Math.max(0, slots[name]!);
    return slots;
  }

  /** How many tasks a place could start now: those of one that it took the place of count too. */
  freeAt(place: Place): number {
    let free = place.free();
    for (const gone of this.leaving) if (keyOf(gone) === keyOf(place)) free -= gone.inFlight();
    return free;
  }

  /** Who could start something: who looks for work, and who may get some by what this flush settles. */
  asking({ settlements }: Inbox): Place[] {
    for (const gone of this.leaving) if (gone.inFlight() === 0) this.leaving.delete(gone);
    for (const { settlement, place } of settlements) {
      const { kind } = settlement.result.outcome;
      if (kind === 'done' || kind === 'skipped') for (const dependent of place.dependents) dependent.hungry = true;
    }
    return [...this.seated.values()].filter((place) => place.hungry && this.freeAt(place) > 0);
  }

  /** Claims by the place that they are for; none for who asked in vain. */
  claimed(asking: readonly Place[], claims: readonly Claim[]): Map<Place, Claim[]> {
    const byKey = Map.groupBy(claims, ({ job, stage }) => `${job}/${stage}`);
    return new Map(asking.map((place) => [place, byKey.get(keyOf(place)) ?? []]));
  }

  /** Who got less than it asked for has nothing more to look for, unless a task that runs alone was in the way, or it lacks slots, tokens or money. */
  still(claimed: ReadonlyMap<Place, readonly Claim[]>, { heldBack, short, shortages }: Pick<Flushed, 'heldBack' | 'short' | 'shortages'>, at: number): void {
    if (heldBack) return;
    const lacking = new Map(short.map((one) => [`${one.job}/${one.stage}`, one]));
    for (const [place, { length }] of claimed) {
      const lacks = short.length > 0 ? lacking.get(keyOf(place)) : undefined;
      const lacksMoney = shortages.length > 0 && shortages.some(({ job, stage }) => job === place.job && stage === place.spec.name);
      if (!lacks && !lacksMoney && length < this.freeAt(place)) place.hungry = false;
      if (lacks || place.waiting) place.waiting = lacks && this.ticketFor(place, length > 0, lacks, at);
    }
  }

  /** It goes to the end of the line when it was served. */
  private ticketFor({ waiting }: Place, served: boolean, { slots, tokens, keeps }: Short, at: number): Place['waiting'] {
    const { ticket, since } = !waiting || served ? { ticket: ++this.tickets, since: at } : waiting;
    return { ticket, since, slots, tokens, keeps };
  }

  /** Buckets for whose next token somebody waits. */
  tokensWanted(): Set<string> {
    const wanted = new Set<string>();
    for (const { waiting } of this.seated.values()) for (const name of waiting?.tokens ?? []) wanted.add(name);
    return wanted;
  }

  /** Runs what was claimed, also for one that has left meanwhile. */
  start(claimed: ReadonlyMap<Place, readonly Claim[]>): void {
    for (const [place, claims] of claimed) {
      if (claims.length === 0) continue;
      place.start(claims);
      if (this.seated.get(keyOf(place)) !== place) this.leaving.add(place);
    }
  }

  /** Tells who settled what came of it. */
  confirm(settlements: Inbox['settlements'], receipts: readonly Receipt[]): void {
    const byPlace = Map.groupBy(receipts, (_, index) => settlements[index]!.place);
    for (const [place, own] of byPlace) {
      // What was limited by slots or concurrency has room again.
      place.hungry = true;
      place.settled(own, place.dependents.length > 0 ? 0 : own.filter(isFinished).length);
    }
  }

  /** After a commit, in which jobs were freed and tasks became ready. */
  wake(freed: readonly string[], readied: Flushed['readied']): void {
    for (const place of this.seated.values()) if (freed.includes(place.job)) place.wake();
    for (const { job, stage } of readied) {
      const place = this.seated.get(`${job}/${stage}`);
      if (!place) continue;
      if (this.freeAt(place) > 0) place.wake();
      else place.hungry = true;
    }
  }

  /** Delayed tasks are due: of whom, the store knows. */
  lookAll(): void {
    for (const place of this.seated.values()) place.hungry = true;
  }

  private *all(): Iterable<Place> {
    yield* this.seated.values();
    yield* this.leaving;
  }
}

const keyOf = ({ job, spec }: Place) => `${job}/${spec.name}`;

const uses = ({ job, spec }: Place, resource: string) => spec.resources.includes(resource) || resource === paceOf(job);

function waiterFor(resource: string, { job, spec, waiting }: Place): Waiter[] {
  const { since, slots, tokens, keeps } = waiting!;
  const lacks = [...new Set([...slots, ...tokens])];
  if (lacks.includes(resource)) return [{ job, stage: spec.name, since }];
  return keeps ? [{ job, stage: spec.name, since, lacks }] : [];
}

const isFinished = ({ answer, settlement }: Receipt) => answer === 'committed' && settlement.result.outcome.kind === 'done';
