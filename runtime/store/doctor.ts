/** What the doctor knows and did: kinds of errors, verdicts on them, actions. */
import type { EncodedError, ErrorClass, Judgement } from '../../actors/ports.ts';
import type { Handle } from './open.ts';

export type VerdictRow = { fingerprint: string; class: ErrorClass; by: 'model' | 'operator'; confidence: number; reason: string; model: string | null; costMicroUsd: number; ms: number; at: number };
export type ActionRow = {
  at: number;
  job: string | null;
  stage: string | null;
  fingerprint: string;
  class: ErrorClass;
  action: 'retry_later' | 'fail_item' | 'pause_job' | 'reclassify';
  by: 'rule' | 'memory' | 'model' | 'evidence' | 'operator';
  risk: Risk;
  reason: string;
  costMicroUsd: number;
  ms: number;
};
export type Risk = 'low' | 'medium' | 'high';
/** What joins a flush. */
export type DoctorNote = { verdict: VerdictRow } | { action: ActionRow };

const MESSAGE_CHARS = 500;

export function doctorIn(db: Handle) {
  const prepared = {
    meet: db.prepare(
      `INSERT INTO fingerprint (fingerprint, name, message, class, decided_by, rule, confidence, first_at, last_at)
       VALUES (@fingerprint, @name, @message, @class, @by, @rule, @confidence, @at, @at)
       ON CONFLICT DO UPDATE SET message = excluded.message, class = excluded.class, decided_by = excluded.decided_by, rule = excluded.rule,
              confidence = excluded.confidence, n = n + 1, last_at = max(last_at, excluded.last_at)`,
    ),
    verdict: db.prepare(
      `INSERT INTO verdict (fingerprint, class, decided_by, confidence, reason, model, cost_micro_usd, ms, at)
       VALUES (@fingerprint, @class, @by, @confidence, @reason, @model, @costMicroUsd, @ms, @at)
       ON CONFLICT DO UPDATE SET class = excluded.class, decided_by = excluded.decided_by, confidence = excluded.confidence, reason = excluded.reason,
              model = excluded.model, cost_micro_usd = excluded.cost_micro_usd, ms = excluded.ms, at = excluded.at
        WHERE excluded.decided_by = 'operator' OR verdict.decided_by = 'model'`,
    ),
    action: db.prepare(
      `INSERT INTO doctor_action (at, job, stage, fingerprint, class, action, decided_by, risk, reason, cost_micro_usd, ms)
       VALUES (@at, @job, @stage, @fingerprint, @class, @action, @by, @risk, @reason, @costMicroUsd, @ms)`,
    ),
    verdicts: db.prepare<[], VerdictRow>('SELECT fingerprint, class, decided_by AS "by", confidence, reason, model, cost_micro_usd AS costMicroUsd, ms, at FROM verdict'),
    met: db.prepare<[string], { name: string; message: string; class: ErrorClass; confidence: number }>('SELECT name, message, class, confidence FROM fingerprint WHERE fingerprint = ?'),
  };

  return {
    /** An attempt has ended with an error of this kind; in the transaction that settles it. */
    meet({ fingerprint, class: kind, by = 'rule', rule, confidence = 0 }: Judgement & { fingerprint: string }, { name, message }: EncodedError, at: number): void {
      prepared.meet.run({ fingerprint, name, message: message.slice(0, MESSAGE_CHARS), class: kind, by, rule: rule ?? null, confidence, at });
    },
    /** An operator's verdict is replaced by an operator's only. */
    note(note: DoctorNote): void {
      if ('verdict' in note) prepared.verdict.run(note.verdict);
      else prepared.action.run(note.action);
    },
    verdicts: (): VerdictRow[] => prepared.verdicts.all(),
    met: (fingerprint: string) => prepared.met.get(fingerprint),
  };
}
