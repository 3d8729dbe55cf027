/** What is known of kinds of errors: verdicts that were given, and what items say together. It is told of every commit, and tells the doctor what is new. */
import type { Casebook, CaseAnswer, CaseNews, Clock, ErrorClass, Receipt, Verdict } from '../../actors/ports.ts';
import type { Met, Opinion } from '../../machines/doctor.ts';
import type { DoctorNote, VerdictRow } from '../store/doctor.ts';
import type { Edit } from '../store/types.ts';
import type { RunnerActions } from './actions.ts';
import { Evidence, type EvidenceSpec } from './evidence.ts';
import { OnceInAWhile } from './once-in-a-while.ts';
import { ACTION_OF, SURE } from './policy.ts';

/** A kind that was asked about in vain is not asked about again for so long. */
const ASK_AGAIN_MS = 600_000;

/** Asks a model what a kind of error is. Never rejects. */
export type Consult = { isPossible(): boolean; ask(about: Met, was: ErrorClass, signal: AbortSignal): Promise<CaseAnswer & { model?: string; costMicroUsd?: number; ms?: number }> };

export type CasebookWorld = {
  clock: Clock;
  store: { verdicts(): VerdictRow[]; met(fingerprint: string): { class: ErrorClass } | undefined };
  ledger: { noteDoctor(note: DoctorNote): void; edit(edit: Edit): Promise<number> };
  consult: Consult;
  actions: Pick<RunnerActions, 'note' | 'endThoseOf' | 'open'>;
  evidence(): EvidenceSpec;
};

/** `until`: the model has said until when, ms since the epoch. */
type Given = Pick<VerdictRow, 'class' | 'by' | 'confidence' | 'reason'> & { until?: number | undefined };

export class RunnerCasebook implements Casebook {
  private readonly world: CasebookWorld;
  private readonly verdicts: Map<string, Given>;
  private readonly evidence: Evidence;
  private readonly due: OnceInAWhile;
  private tell: ((news: CaseNews) => void) | undefined;

  constructor(world: CasebookWorld) {
    this.world = world;
    this.due = new OnceInAWhile(world.clock, ASK_AGAIN_MS);
    this.verdicts = new Map(world.store.verdicts().map((row) => [row.fingerprint, row]));
    this.evidence = new Evidence(world.evidence);
    for (const { job, stage, by, ...action } of world.actions.open()) if (by === 'evidence') this.evidence.believe({ job: job!, stage: stage!, ...action }, world.clock.now());
  }

  /** What is known better than the rules know it. */
  review(verdict: Verdict, { job, stage }: { job: string; stage: string }): Verdict {
    if (verdict.by === 'operator') return verdict;
    const given = this.verdicts.get(verdict.fingerprint);
    if (given?.by === 'operator') return reviewed(verdict, { ...given, by: 'operator' });
    const together = this.evidence.of(job, stage, verdict.fingerprint);
    if (together !== undefined) return reviewed(verdict, { class: together, by: 'memory', confidence: 0.9, reason: 'what its items say together' });
    if (given && verdict.confidence < SURE) return reviewed(withTime(verdict, given.until, this.world.clock.now()), { ...given, by: 'memory' });
    return verdict;
  }

  watch(tell: (news: CaseNews) => void): () => void {
    this.tell = tell;
    return () => {
      if (this.tell === tell) this.tell = undefined;
    };
  }

  /** After a commit. */
  hear(receipts: readonly Receipt[]): void {
    const better = new Map<string, Opinion>();
    for (const { settlement, answer } of receipts) {
      if (answer !== 'committed') continue;
      const opinion = this.evidence.hear(settlement);
      if (opinion) better.set(`${opinion.job}/${opinion.stage} ${opinion.fingerprint}`, opinion);
      const { outcome } = settlement.result;
      if (outcome.kind === 'failed' && outcome.fingerprint !== undefined) this.meet(settlement.claim, { ...outcome, fingerprint: outcome.fingerprint });
    }
    for (const opinion of better.values()) this.tell?.({ type: 'evidence.changed', ...opinion });
  }

  private meet({ job, stage }: { job: string; stage: string }, verdict: Partial<Verdict> & Pick<Verdict, 'class' | 'fingerprint'>): void {
    const { fingerprint, class: kind, confidence = 1, by = 'rule', evidence = '', until } = verdict;
    this.world.actions.note({ job, stage, fingerprint, class: kind, by, reason: evidence, until });
    if (by !== 'rule' || confidence >= SURE || this.verdicts.has(fingerprint) || !this.world.consult.isPossible()) return;
    if (this.due.isDue(fingerprint)) this.tell?.({ type: 'case.met', fingerprint, job, stage });
  }

  async ask(about: Met, signal: AbortSignal): Promise<CaseAnswer> {
    const was = this.world.store.met(about.fingerprint)?.class ?? 'transient';
    const { model, costMicroUsd = 0, ms = 0, ...answer } = await this.world.consult.ask(about, was, signal);
    if (answer.type === 'model.failed') return answer;
    const corrected = this.verdicts.get(about.fingerprint);
    if (corrected?.by === 'operator') return { ...answer, class: corrected.class, reason: corrected.reason };
    const { class: kind, confidence, reason } = answer;
    this.give({ fingerprint: about.fingerprint, class: kind, by: 'model', confidence, reason, model: model ?? null, costMicroUsd, ms, at: this.world.clock.now() }, answer.until);
    this.world.actions.note({ ...about, class: kind, by: 'model', reason, costMicroUsd, ms, until: answer.until });
    return answer;
  }

  /** What was settled by the guess before is brought in line with it. */
  follow(opinion: Opinion): void {
    const { job, stage, fingerprint, class: kind, was, by, reason } = opinion;
    if (by === 'evidence') this.world.actions.note({ job, stage, fingerprint, class: kind, by, reason });
    const [had, has] = [ACTION_OF[was], ACTION_OF[kind]];
    if (had === has) return;
    if (had === 'fail_item') this.redo(opinion);
    else if (has === 'fail_item') void this.world.ledger.edit({ verb: 'condemn', job, stage, fingerprint });
  }

  /** What failed by it runs again; of what many items say together, only those that said it: others may have failed by it for good, long ago. */
  private redo({ job, stage, fingerprint, by }: Opinion): void {
    const where = [{ field: 'fingerprint', is: '=', value: fingerprint }] as const;
    const items = by === 'evidence' ? this.evidence.takeCondemned(job, stage, fingerprint) : undefined;
    if (items?.length !== 0) void this.world.ledger.edit({ verb: 'retry', job, stage, where, ...(items && { items }) });
  }

  learn({ fingerprint, class: kind, reason = 'an operator says so' }: { fingerprint: string; class: ErrorClass; reason?: string }): void {
    this.give({ fingerprint, class: kind, by: 'operator', confidence: 1, reason, model: null, costMicroUsd: 0, ms: 0, at: this.world.clock.now() });
    this.world.actions.note({ job: null, stage: null, fingerprint, class: kind, by: 'operator', reason, action: 'reclassify' });
    if (ACTION_OF[kind] !== 'pause_job') this.world.actions.endThoseOf(fingerprint);
  }

  actionOf = (kind: ErrorClass) => ACTION_OF[kind];

  private give(verdict: VerdictRow, until?: number): void {
    if (verdict.by === 'model' && this.verdicts.get(verdict.fingerprint)?.by === 'operator') return;
    this.verdicts.set(verdict.fingerprint, { ...verdict, until });
    this.world.ledger.noteDoctor({ verdict });
  }
}

/** The error's own time counts before the model's. */
const withTime = (verdict: Verdict, until: number | undefined, now: number): Verdict => (verdict.until === undefined && until !== undefined && until > now ? { ...verdict, until } : verdict);

function reviewed(verdict: Verdict, { class: kind, by, confidence, reason }: Pick<Verdict, 'class' | 'by' | 'confidence'> & { reason: string }): Verdict {
  const { retryAt, until, hold: _, rule: __, ...rest } = verdict;
  const times = kind === 'transient' ? (retryAt !== undefined ? { retryAt } : {}) : kind === 'temporal' && until !== undefined ? { until } : {};
  return { ...rest, ...times, class: kind, action: ACTION_OF[kind], by, confidence, evidence: reason };
}
