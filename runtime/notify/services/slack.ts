/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: `text` for the notification, `blocks` for the channel. */
import { asJson, cut, post } from './post.ts';
import type { Service } from './service.ts';

const SIGN = { 'incident.opened': '🔴', 'incident.ended': '🟢', 'incident.over': '🟢', 'action.noted': '🩺', test: '👋' };

export const slack: Service<'slack'> = ({ title, text, link, event }, { url }, carrier) =>
  post(url, asJson({
    text: plain(cut(`${SIGN[event]} ${title}`, 3000)),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: cut(`${SIGN[event]} *${plain(title).replaceAll('*', '∗')}*\n${plain(text)}`, 3000) } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: `<${plain(link)}|Inspector>` }] },
    ],
  }), carrier);

/** These three mean something to Slack: `<!channel>` in an error would wake everybody. */
const plain = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
