/** Limits: of the day or month (wait for the next), of the minute (try again), and services that are busy. */
import { anyOf } from '../any-of.ts';
import type { Rule } from '../rule.ts';

const LIMIT = /limit|quota|too[ _]?many[ _]?requests|toomanyrequests|throttl|exceed|usage|allowance|calls?\b|requests?\b|cap\b|credits?\b|RESOURCE_EXHAUSTED|flood/i;

export const limits: readonly Rule[] = [
  {
    id: 'limit-of-day', class: 'temporal', confidence: 0.92,
    when: { says: anyOf(
      /\bper[-_ ]?(?:day|week|month)\b|PerDay|\b(?:daily|weekly|monthly|24[- ]?hour|day's)\b|dailyLimit|\/ ?(?:day|week|month|24 ?h)\b/,
      /for the (?:day|week|month)\b|(?:a|over a) 24[- ]hour|\b(?:RPD|TPD)\b/,
      /(?:in|within|every|for|over)(?: the last| a| the)? (?:24 ?h(?:ours?)?|day|month)\b|(?:today|tomorrow)\b|calls? (?:a|each) day/,
    ), and: LIMIT },
    unless: { says: /per[- ]?(?:minute|second)|spending|watermark/i },
    reason: 'the allowance of the day, week or month is used up: it is back with the next one', case: { message: 'Daily Limit Exceeded. The quota will be reset at midnight Pacific Time (PT).', code: 'dailyLimitExceeded', status: 403 },
  },
  {
    id: 'limit-resets', class: 'temporal', confidence: 0.9,
    when: { says: anyOf(
      /(?:session|usage|message|weekly|hour|plan|account|free|request|rate|pull|download|sending|post)s?[- ](?:rate )?(?:limit|cap|quota|allowance)\b.{0,60}(?:reset|until|renew|again (?:at|on)|back (?:at|on)|in \d+ ?h)/,
      /limit\w* until \d|limit will reset|\bresets? (?:at|on) |· ?resets|quota (?:will )?resets?|pull rate limit|UsageCap|usage cap/,
      /(?:session|usage) limit/,
    ) },
    unless: { waits: 'up to an hour' },
    reason: 'the limit says when it is over', case: "You've hit your session limit · resets 8:30pm (Asia/Tokyo)",
  },
  {
    id: 'wait-is-long', class: 'temporal', confidence: 0.9, when: { waits: 'longer', says: LIMIT, and: /wait|again|retry|reset|available|flood/i },
    reason: 'it says to wait for more than an hour', case: { message: 'A wait of 48038 seconds is required', name: 'FloodWaitError', status: 420 },
  },
  {
    id: 'quota-of-project', class: 'temporal', confidence: 0.75,
    when: { says: anyOf(
      /quotaExceeded|youtube\.quota|exceeded your (?:\w+ )?quota|quota (?:has been |is |was )?(?:exceed|exhaust|reached|used)/,
      /(?:out of|over|no (?:more|remaining)) quota|quota limit|exceeded (?:the |its )?quota|quota_exceeded|QuotaExceeded/,
    ) },
    unless: { says: /disk|storage|insufficient|per[- ]?(?:minute|second)|RateLimit|rate limit|waits|EDQUOT/i },
    reason: 'a quota is used up; quotas come back with the next day', case: { message: 'The request cannot be completed because you have exceeded your quota.', code: 'quotaExceeded', status: 403 },
  },
  {
    id: 'limit-of-minute', class: 'transient', confidence: 0.92,
    when: { says: anyOf(
      /rate[-_ ]?limit|RateLimit|too[-_ ]?many[-_ ]?(?:requests|connections|concurrent|attempts)|throttl|request rate/,
      /\bper[-_ ]?(?:minute|second|hour)\b|RPM|TPM|SlowDown|slow down|reduce your (?:request )?rate|RESOURCE_EXHAUSTED/,
      /resource (?:has been )?exhausted|(?:max|concurrent|concurrency) (?:\w+ )?(?:limit|requests?|connections)|rateLimitExceeded/,
      /requests? limit|ProvisionedThroughputExceeded|flood|FLOOD_WAIT|LimitExceeded|quota exceeded|hit the limit|exceeded the limit/,
    ) },
    unless: { says: /EDQUOT|disk|redirect/i },
    reason: 'too many requests for now: the window refills', case: { message: 'Rate limit reached on tokens per min. Please try again in 644ms.', status: 429 },
  },
  {
    id: 'busy', class: 'transient', confidence: 0.92,
    when: { says: anyOf(
      /over ?load(?:ed|_error)?|over capacity|at capacity/,
      /(?:server|service|system|model|slots?|worker|backend|engine|queue|all)\w*(?: \w+){0,3} (?:is |are |was |currently |temporarily |too )*(?:busy|unavailable|full)/,
      /(?:server|service|temporarily)[_ ]unavailable|try again (?:later|in a (?:moment|few|minute|bit|while))|retry your request/,
      /please (?:re)?try again|try after|again later|ServiceUnavailable|InternalServerError|internal (?:server )?error|server[_ ]error/,
      /\bapi_error\b|bad gateway|gateway time-?out|an error occurred while processing|something went wrong|unexpected error on our/,
      /too quickly|\bUNAVAILABLE\b|(?:currently|is|still) loading|model .{0,40}is (?:still )?loading|warming up|cold start/,
      /temporary (?:failure|error|issue|problem)|temporarily|transient|intermittent|capacity/,
    ) },
    unless: { says: /maintenance|video|live event|certificate|item|premium|model.{0,30}not found/i, },
    reason: 'the service is busy or has stumbled: later it works', case: { message: 'Overloaded', code: 'overloaded_error', status: 529 },
  },
];
