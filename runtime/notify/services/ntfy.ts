/** https://docs.ntfy.sh/publish: as JSON to the root of the server, for its headers take no letters beyond ASCII. */
import { asJson, cut, post } from './post.ts';
import type { Service } from './service.ts';

const PRIORITY = { low: 2, medium: 3, high: 5 };
const TAGS = { 'incident.opened': 'warning', 'incident.ended': 'white_check_mark', 'incident.over': 'white_check_mark', 'action.noted': 'stethoscope', test: 'wave' };

export const ntfy: Service<'ntfy'> = ({ title, text, risk, link, event }, { topic, server = 'https://ntfy.sh', token }, carrier) => {
  const priority = event === 'incident.ended' || event === 'incident.over' ? PRIORITY.low : PRIORITY[risk];
  const body = { topic, title: cut(title, 250), message: cut(text, 4000), priority, tags: [TAGS[event]], click: link };
  return post(server, asJson(body, token ? { authorization: `Bearer ${token}` } : {}), carrier);
};
