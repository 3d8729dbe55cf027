/** Words that lean to one side, where nothing surer is known: a model is asked, and until it answers these are better than nothing. */
import { anyOf } from '../any-of.ts';
import type { Rule } from '../rule.ts';

export const guesses: readonly Rule[] = [
  {
    id: 'extractor-broken', class: 'systemic', confidence: 0.6,
    when: { says: /unable to extract|(?:signature|player|nsig)\w* extraction|failed to extract any|please (?:update|report this)|latest version|confirm you are on/i },
    reason: 'the program does not understand the site any more: an update mends that', case: 'ERROR: [site] unable to extract uploader id; please report this issue',
  },
  {
    id: 'guess-later', class: 'temporal', confidence: 0.45,
    when: { says: anyOf(
      /\btomorrow\b|\btonight\b|next (?:day|week|month|monday|opening)|(?:for|in|within|next|every) \d+ (?:hours?|days?)\b/,
      /\buntil (?:\d|mon|tues|wednes|thurs|fri|satur|sun)|(?:at|from|after) \d{1,2}(?::\d\d)? ?[ap]m\b/,
    ) },
    reason: 'it speaks of a time', case: 'locked for 24 hours',
  },
  {
    id: 'guess-document', class: 'item_specific', confidence: 0.45,
    when: { says: /(?:cannot|could not|can't|couldn't|failed to|unable to|error|failed) (?:\w+ )?(?:open|read|pars|decod|load|extract|process|convert|identif|pag|document)\w*|\b(?:broken|malformed|corrupt|damaged|unreadable|unsupported|unrecogni[sz]ed|invalid|illegal|empty|not supported|unsuitable|out of range|no extractable|(?:has|have|contains) no)\b/i },
    unless: { says: /response|model|config|connect/i },
    reason: 'something of this item cannot be read', case: 'failed to extract the second table',
  },
  {
    id: 'guess-program', class: 'item_specific', confidence: 0.4,
    when: { says: /(?:conversion|transcod\w+|encoding|render\w*|ffmpeg|ffprobe|sox|convert|pandoc)\b.{0,60}(?:failed|exited|ended|return(?:ed)?|status|error)/i },
    reason: 'a program that works on this item gave up', case: 'ffmpeg exited with code 1: Conversion failed!',
  },
  {
    id: 'guess-account', class: 'systemic', confidence: 0.4,
    when: { says: /\b(?:accounts?|subscriptions?|licen[cs]es?|credentials?|permissions?|api[- ]?keys?|billing|firewall|installed|configured|denied|prohibited)\b/i },
    reason: 'it speaks of an account, a right or the set-up', case: 'your account needs attention',
  },
];
