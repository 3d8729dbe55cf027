/** `notify:` in jobs.yaml: who is told what is amiss, where, and when not. */
import { z } from 'zod';
import { RISKS } from '../../machines/incidents.ts';
import type { NotifySpec, NotifyTarget } from '../../machines/spec.ts';
import { name, secret, text } from './words.ts';
import { windowSpec } from './window.ts';

const minRisk = z.enum(RISKS).describe('least risk that is worth a message: low, medium (a job is held and goes on by itself) or high (it waits for you)');
const quiet = z
  .union([text, z.literal(false)], { error: 'must be hours such as "22:00-07:00 Europe/Berlin", or false' })
  .describe('hours, with a time zone and days: only what is of high risk is sent then, the rest when they end')
  .meta({ examples: ['22:00-07:00 Europe/Berlin', '20:00-08:00 America/New_York mon-fri'] });
const common = { min_risk: minRisk.optional(), quiet: quiet.optional() };

/** May hold `${NAMES}`; a path of a webhook is a secret. */
const address = text.refine(isAddress, { error: 'must be an address such as https://example.com/hook, or ${NAME}' });
const secretAddress = secret.describe('its address is a secret: write ${NAME}');

const kinds = {
  pushover: z.strictObject({ ...common, kind: z.literal('pushover'), user: secret, token: secret, device: text.optional(), server: address.optional().describe('https://api.pushover.net') }),
  ntfy: z.strictObject({ ...common, kind: z.literal('ntfy'), topic: text.describe('whoever knows it can read it: choose one that nobody guesses, or give a token'), server: address.optional().describe('https://ntfy.sh'), token: secret.optional() }),
  slack: z.strictObject({ ...common, kind: z.literal('slack'), url: secretAddress }),
  discord: z.strictObject({ ...common, kind: z.literal('discord'), url: secretAddress }),
  webhook: z.strictObject({ ...common, kind: z.literal('webhook'), url: address, secret: secret.optional().describe('signs what is sent'), headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), text).optional() }),
  exec: z.strictObject({ ...common, kind: z.literal('exec'), command: z.array(text).min(1).describe('a program and its arguments; no shell') }),
};

const target = z.discriminatedUnion('kind', [kinds.pushover, kinds.ntfy, kinds.slack, kinds.discord, kinds.webhook, kinds.exec], {
  error: (issue) => (issue.code === 'invalid_union' ? `must be one of ${Object.keys(kinds).join(', ')}` : undefined),
});

export const notify = z.strictObject({
  min_risk: minRisk.default('medium'),
  quiet: quiet.optional(),
  link: address.optional().describe('where the inspector is reached from elsewhere, for the links in messages; its address on this machine when left out'),
  targets: z.record(name, target).default({}).describe('by names of your own; each has a kind'),
});
type Notify = z.output<typeof notify>;

export function notifySpec({ min_risk, quiet = false, link, targets }: Notify = notify.parse({})): NotifySpec {
  return {
    ...(link !== undefined && { link }),
    targets: Object.entries(targets).map(([name, { min_risk: own = min_risk, quiet: hours = quiet, ...target }]): NotifyTarget => ({ ...target, name, minRisk: own, ...(hours !== false && { quiet: windowSpec(hours) }) })),
  };
}

function isAddress(value: string): boolean {
  return value.includes('${') || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol));
}
