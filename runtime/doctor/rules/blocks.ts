/** A site that has noticed that no person is asking. */
import { anyOf } from '../any-of.ts';
import type { Rule } from '../rule.ts';

export const blocks: readonly Rule[] = [
  {
    id: 'bot-check', class: 'systemic', confidence: 0.95,
    when: { says: anyOf(
      /(?:not|are|were|was|is) a (?:ro)?bot\b|automation tools|pardon our|captcha|are you (?:a )?(?:human|robot)|human verification/,
      /verify (?:that )?you are (?:a )?human|unusual traffic|automated (?:tool|quer|request|access|traffic|scrap)|just a moment/,
      /checking (?:your|if the site) |attention required|(?:enable|requires?) (?:javascript|js) (?:and|to)\b/,
      /challenge(?:[- ]page|-platform|_response|required| validation)|cf[-_]ray|cloudflare.{0,60}(?:block|challenge|denied|protect)/,
      /turnstile|datadome|perimeterx|incapsula|imperva|akamai|bot (?:detect|protect|check|traffic)|suspected bot|suspicious activity/,
    ) },
    unless: { says: /error code:? 5\d\d|\b52[0-7]\b/i },
    reason: 'the site takes this machine for a robot: every request gets the same answer', case: { message: "ERROR: [youtube] a1B2c3D4e5F: Sign in to confirm you're not a bot. Use --cookies" },
  },
  {
    id: 'address-blocked', class: 'systemic', confidence: 0.95,
    when: { says: anyOf(
      /(?:your|this|the) (?:ip|ip address|network|client|address|request|user[- ]agent)(?: \S+){0,3}? (?:has been|have been|is|was|are) (?:\w+ )?(?:block|bann|black|deni|flagg|refus|restrict)/,
      /ip (?:has been |is |was )?(?:block|bann)|blocking requests? from|IpBlocked|you have been blocked/,
      /been (?:temporarily )?(?:ip.?)?blocked from|user[- ]agent (?:is |header )?(?:missing|required|blocked|invalid|not allowed)/,
      /undeclared|(?:set|provide|identify|specify) (?:a |your )?(?:valid )?user[- ]agent|whoa there/,
    ) },
    reason: 'the address or the user agent of this machine is blocked', case: { message: 'Your IP address has been blocked by this site', status: 403 },
  },
];
