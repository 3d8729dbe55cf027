/** https://discord.com/developers/docs/resources/webhook#execute-webhook. Nobody is mentioned, whatever an error says. */
import { asJson, cut, post } from './post.ts';
import type { Service } from './service.ts';

const COLOURS = { low: 0x95a5a6, medium: 0xf1c40f, high: 0xe74c3c };
const GREEN = 0x2ecc71;

export const discord: Service<'discord'> = ({ title, text, risk, link, event, openedAt }, { url }, carrier) =>
  post(url, asJson({
    content: cut(title, 2000),
    embeds: [{ title: cut(title, 256), description: cut(text, 4096), url: link, color: event === 'incident.ended' || event === 'incident.over' ? GREEN : COLOURS[risk], timestamp: new Date(openedAt).toISOString() }],
    allowed_mentions: { parse: [] },
  }), carrier);
