import { discord } from './discord.ts';
import { exec } from './exec.ts';
import { ntfy } from './ntfy.ts';
import { pushover } from './pushover.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

export const services = { pushover, ntfy, slack, discord, webhook, exec };
