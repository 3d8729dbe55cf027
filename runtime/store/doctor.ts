/** What the doctor knows and did: kinds of errors, verdicts on them, actions. */
import type { DoctorAction, EncodedError, ErrorClass, Judgement } from '../../actors/ports.ts';
import type { Handle } from './open.ts';

export type VerdictRow = { fingerprint: string; class: ErrorClass; by: 'model' | 'operator'; confidence: number; reason: string; model: string | null; costMicroUsd: number; ms: number; at: number };
/** What joins a flush. */
export type DoctorNote = { verdict: VerdictRow } | { action: DoctorAction } | { ended: DoctorAction } | { paused: DoctorAction } | { mark: SecretMark };
/** Of a secret's value, as it was when the job's secrets were last looked at. */
export type SecretMark = { job: string; name: string; mark: string };

/** A kind of error that `n` attempts ended with: how the last of them was judged, in which words, and when. */
export type MetKind = { judgement: Judgement & { fingerprint: string }; error: EncodedError; at: number; n: number };

const MESSAGE_CHARS = 500;

export const ACTION = 'id, at, job, stage, fingerprint, class, action, decided_by AS "by", risk, reason, cost_micro_usd AS costMicroUsd, ms, until, ended_at AS endedAt';

export function doctorIn(db: Handle) {
  const prepared = {
    meet: db.prepare(
      `INSERT INTO fingerprint (fingerprint, name, message, class, decided_by, rule, confidence, n, first_at, last_at)
       VALUES (@fingerprint, @name, @message, @class, @by, @rule, @confidence, @n, @at, @at)
       ON CONFLICT DO UPDATE SET message = excluded.message, class = excluded.class, decided_by = excluded.decided_by, rule = excluded.rule,
              confidence = excluded.confidence, n = n + excluded.n, last_at = max(last_at, excluded.last_at)`,
    ),
    verdict: db.prepare(
      `INSERT INTO verdict (fingerprint, class, decided_by, confidence, reason, model, cost_micro_usd, ms, at)
       VALUES (@fingerprint, @class, @by, @confidence, @reason, @model, @costMicroUsd, @ms, @at)
       ON CONFLICT DO UPDATE SET class = excluded.class, decided_by = excluded.decided_by, confidence = excluded.confidence, reason = excluded.reason,
              model = coalesce(excluded.model, verdict.model), cost_micro_usd = iif(excluded.model IS NULL, verdict.cost_micro_usd, excluded.cost_micro_usd),
              ms = iif(excluded.model IS NULL, verdict.ms, excluded.ms), at = excluded.at
        WHERE excluded.decided_by = 'operator' OR verdict.decided_by = 'model'`,
    ),
    action: db.prepare(
      `INSERT INTO doctor_action (id, at, job, stage, fingerprint, class, action, decided_by, risk, reason, cost_micro_usd, ms, until, ended_at)
       VALUES (@id, @at, @job, @stage, @fingerprint, @class, @action, @by, @risk, @reason, @costMicroUsd, @ms, @until, @endedAt)`,
    ),
    end: db.prepare<[number | null, number]>('UPDATE doctor_action SET ended_at = ? WHERE id = ?'),
    mark: db.prepare<[SecretMark]>('INSERT INTO secret_mark (job, name, mark) VALUES (@job, @name, @mark) ON CONFLICT DO UPDATE SET mark = excluded.mark'),
    marks: db.prepare<[], SecretMark>('SELECT job, name, mark FROM secret_mark'),
    lastAction: db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM doctor_action').pluck(),
    open: db.prepare<[], DoctorAction>(`SELECT ${ACTION} FROM doctor_action WHERE action IN ('pause_job', 'retry_later') AND class IN ('temporal', 'systemic', 'code_bug') AND ended_at IS NULL ORDER BY id`),
    pause: db.prepare<[number]>("UPDATE doctor_action SET action = 'pause_job' WHERE id = ?"),
    verdicts: db.prepare<[], VerdictRow>('SELECT fingerprint, class, decided_by AS "by", confidence, reason, model, cost_micro_usd AS costMicroUsd, ms, at FROM verdict'),
    met: db.prepare<[string], { name: string; message: string; class: ErrorClass; confidence: number }>('SELECT name, message, class, confidence FROM fingerprint WHERE fingerprint = ?'),
  };

  return {
    /** Attempts have ended with an error of this kind; in the transaction that settles them. */
    meet({ judgement: { fingerprint, class: kind, by = 'rule', rule, confidence = 0 }, error: { name, message }, at, n }: MetKind): void {
      prepared.meet.run({ fingerprint, name, message: message.slice(0, MESSAGE_CHARS), class: kind, by, rule: rule ?? null, confidence, at, n });
    },
    /** An operator's verdict is replaced by an operator's only; what a model took for its own before is kept. */
    note(note: DoctorNote): void {
      if ('verdict' in note) prepared.verdict.run(note.verdict);
      else if ('action' in note) prepared.action.run(note.action);
      else if ('paused' in note) prepared.pause.run(note.paused.id);
      else if ('mark' in note) prepared.mark.run(note.mark);
      else prepared.end.run(note.ended.endedAt, note.ended.id);
    },
    /** Id of the newest action. */
    lastAction: (): number => prepared.lastAction.get()!,
    openActions: (): DoctorAction[] => prepared.open.all(),
    secretMarks: (): SecretMark[] => prepared.marks.all(),
    verdicts: (): VerdictRow[] => prepared.verdicts.all(),
    met: (fingerprint: string) => prepared.met.get(fingerprint),
  };
}
