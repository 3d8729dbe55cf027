/** What handlers say themselves, and the errors of Rivus: no words need to be read. */
import type { Rule } from '../rule.ts';

export const own: readonly Rule[] = [
  { id: 'said-transient', class: 'transient', confidence: 1, when: { signal: 'transient' }, reason: 'the handler says so: Transient', case: { message: 'busy', name: 'Transient', signal: 'transient' } },
  { id: 'said-fatal', class: 'item_specific', confidence: 1, when: { signal: 'fatal' }, reason: 'the handler says so: Fatal', case: { message: 'gone', name: 'Fatal', signal: 'fatal' } },
  { id: 'said-pause-until', class: 'temporal', confidence: 1, when: { signal: 'pause', resumes: true }, reason: 'the handler says so: PauseJob, and until when', case: { message: 'no quota', name: 'PauseJob', signal: 'pause', resumeAt: 4_000_000_000_000 } },
  { id: 'said-pause', class: 'systemic', confidence: 1, when: { signal: 'pause' }, reason: 'the handler says so: PauseJob', case: { message: 'no quota', name: 'PauseJob', signal: 'pause' } },
  {
    id: 'own-item', class: 'item_specific', confidence: 0.98, when: { name: /^(?:Fatal|ItemMismatch|InvalidOutput|ArtifactError|ResponseTooLarge|AddressRefused|RobotsRefused|CassetteMiss|BadRequest|ModelRefused|AnswerCutOff|CostExceeded)$/ },
    reason: 'this item, or what came of it, is not what it has to be', case: { message: 'the item "k" is not what the handler expects', name: 'ItemMismatch' },
  },
  {
    id: 'own-bug', class: 'code_bug', confidence: 0.98, when: { name: /^(?:OutputMismatch|InvalidCost|NotPrepared|BadQuestion)$/ },
    reason: 'the stage does not return what it declares', case: { message: 'what "score" returned is not what its `out` says', name: 'OutputMismatch' },
  },
  {
    id: 'own-wait', class: 'transient', confidence: 0.98, when: { name: /^(?:Transient|HttpTimeout|UnreadableResponse|HostResting|ModelTimeout|UnusableAnswer)$/ },
    reason: 'no usable answer this time', case: { message: 'GET a was not answered', name: 'HttpTimeout' },
  },
  { id: 'own-pause', class: 'systemic', confidence: 0.98, when: { name: /^(?:PauseJob|MissingSecret|LlmNotConfigured)$/ }, reason: 'nothing of the job can work without it', case: { message: 'FINNHUB_API_KEY is not set', name: 'MissingSecret' } },
  {
    id: 'own-budget', class: 'temporal', confidence: 1, hold: 'budget', when: { name: /^BudgetRefused$/ },
    reason: 'there is no money for the call: it is made when there is', case: { message: 'budget: $4.98 of $5.00', name: 'BudgetRefused' },
  },
  { id: 'own-program', class: 'systemic', confidence: 0.97, when: { name: /^ExecError$/, id: /\bENOENT\b/ }, reason: 'the program is missing on this machine', case: { message: 'ffmpeg could not be started', name: 'ExecError', code: 'ENOENT' } },
  { id: 'schema-of-handler', class: 'item_specific', confidence: 0.8, when: { name: /^ZodError$/ }, reason: 'data of this item is not what the handler expects', case: { message: '[{"code":"invalid_type","path":["title"]}]', name: 'ZodError' } },
  {
    id: 'aborted', class: 'transient', confidence: 0.9, when: { name: /^(?:TimeoutError|AbortError)$/ },
    unless: { says: /[^ ]{3}.*(?:captcha|not found)/i },
    reason: 'cut off before it was done', case: { message: 'the operation was aborted', name: 'AbortError' },
  },
];
