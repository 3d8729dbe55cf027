/** https://pushover.net/api: a form; 1,024 characters of text, 250 of title. */
import { cut, post } from './post.ts';
import type { Service } from './service.ts';

/** A high risk comes through the quiet hours of the phone too. */
const PRIORITY = { low: '-1', medium: '0', high: '1' };

export const pushover: Service<'pushover'> = ({ title, text, risk, link, event }, { user, token, device, server = 'https://api.pushover.net' }, carrier) => {
  const priority = event === 'incident.ended' || event === 'incident.over' ? PRIORITY.low : PRIORITY[risk];
  const form = new URLSearchParams({ token, user, title: cut(title, 250), message: cut(text, 1024), priority, url: cut(link, 512), url_title: 'Inspector', ...(device && { device }) });
  return post(`${server.replace(/\/$/, '')}/1/messages.json`, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString() }, carrier);
};
