/** All rules in the order in which they are asked: the first that matches decides. What is more special comes first. */
import type { Rule } from '../rule.ts';
import { accounts } from './accounts.ts';
import { blocks } from './blocks.ts';
import { code } from './code.ts';
import { data } from './data.ts';
import { guesses } from './guesses.ts';
import { hours } from './hours.ts';
import { items } from './items.ts';
import { limits } from './limits.ts';
import { machine } from './machine.ts';
import { network } from './network.ts';
import { own } from './own.ts';
import { requests } from './requests.ts';
import { statuses } from './statuses.ts';

const named = (rules: readonly Rule[], ...ids: string[]) => rules.filter(({ id }) => ids.includes(id));
const others = (rules: readonly Rule[], ...ids: string[]) => rules.filter(({ id }) => !ids.includes(id));

export const RULES: readonly Rule[] = [
  ...own,
  ...named(code, 'module-missing', 'fetch-is-no-bug', 'invalid-url', 'exception-of-language'),
  ...data,
  ...named(machine, 'disk-full', 'store-broken', 'gpu', 'out-of-memory'),
  ...others(requests, 'request-malformed'),
  ...blocks,
  ...named(accounts, 'money-gone'),
  ...hours,
  ...named(accounts, 'quota-is-plan'),
  ...limits.filter(({ id }) => id !== 'busy' && id !== 'limit-of-minute'),
  ...named(accounts, 'account-closed', 'model-not-served'),
  ...named(items, 'video-gone', 'not-for-us'),
  ...named(limits, 'limit-of-minute'),
  ...named(accounts, 'key-refused'),
  ...named(machine, 'program-missing', 'not-configured', 'no-permission'),
  ...named(accounts, 'not-permitted'),
  ...others(code, 'module-missing', 'fetch-is-no-bug', 'invalid-url', 'exception-of-language'),
  ...named(requests, 'request-malformed'),
  ...others(items, 'video-gone', 'not-for-us'),
  ...network,
  ...named(limits, 'busy'),
  ...statuses,
  ...guesses,
];
