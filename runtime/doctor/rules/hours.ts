/** What works again at a known time: markets, maintenance, broadcasts that have not begun. */
import { anyOf } from '../any-of.ts';
import type { Rule } from '../rule.ts';

export const hours: readonly Rule[] = [
  {
    id: 'market-closed', class: 'temporal', confidence: 0.95,
    when: { says: anyOf(
      /(?:market|exchange|session|trading|bourse|venue|instrument|options?)s?\W{0,2}(?: \w+){0,4}? (?:is |are |was |currently |now |has )*(?:not (?:yet )?open|closed?\b|halted|suspended|paused)/,
      /MARKET[_ ]?(?:CLOSED|HALTED)/,
      /(?:trading|market|business|office|opening|operating|extended|regular|after|off|service|pre|non)[- ](?:market[- ])?hours|pre-?market/,
      /post-?market|after-?hours|outside (?:of )?(?:the )?(?:\w+ )?(?:hours|session|window|schedule)/,
      /(?:public|market|bank|exchange|trading) holiday|weekend|not a trading day|no trading|trading (?:day|halt)/,
      /next (?:trading|business) (?:day|session)|OUTSIDE_(?:\w+_)*HOURS|only between \d|(?:market|trading|opening) (?:timings?|hours)/,
      /session (?:is )?(?:not active|inactive)/,
    ) },
    unless: { name: /^(?:TypeError|KeyError|AttributeError)$/ },
    reason: 'the market is closed: it opens again', case: 'order refused: the exchange is closed, orders are taken in regular trading hours',
  },
  {
    id: 'maintenance', class: 'temporal', confidence: 0.92,
    when: { says: anyOf(
      /maintenance|read[- ]?only mode|readonly'?, |(?:scheduled|planned) (?:\w+ )?(?:downtime|outage|upgrade|interruption)/,
      /(?:we'll|we will|will) be (?:right )?back|be back (?:soon|at|shortly|on)|down for |under(?:going)? (?:maintenance|upgrade)/,
      /(?:nightly|daily|weekly) (?:reset|restart|batch|update)|connectivity between/,
    ) },
    unless: { says: /sqlite|database file|command|option/i },
    reason: 'a planned interruption: it ends', case: { message: 'The service is under maintenance until 06:00 UTC', status: 503 },
  },
  {
    id: 'not-yet', class: 'temporal', confidence: 0.9,
    when: { says: anyOf(
      /(?:live )?(?:event|stream|broadcast|premiere|video|episode|show|webinar|game|match) (?:will|(?:has|is)(?: not|n't) (?:(?:yet )?(?:started|begun|aired|live|out)|yet (?:available|published))|is scheduled|starts|begins|is upcoming|is offline|has ended|recording)/,
      /will begin (?:in|shortly|soon)|premieres? (?:in|on|at|will)|premiering|not (?:currently )?live/,
      /not (?:yet|currently) (?:been )?(?:available|published|released|aired|started|streaming|live|open|begun|posted|ready|reported|announced|broadcast)/,
      /(?:yet to be|will be) (?:available|published|released|posted|announced)|isn't (?:available|published) yet|embargo|upcoming/,
      /not (?:been )?(?:released|published|started|aired) yet|available (?:after|from|on|at) \w*\d|no data (?:yet )?for today/,
      /(?:is|are) published after|still (?:being )?(?:processed|processing|encoding|transcoding)|being processed/,
      /come back (?:later|tomorrow|after)/,
    ) },
    reason: 'it is not there yet, and will be', case: 'ERROR: [youtube] a1B2c3D4e5F: This live event will begin in 2 days.',
  },
];
