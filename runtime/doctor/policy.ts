/** What follows from a class: the only table by which anything is done about an error, whoever decided the class. */
import type { Action, DoctorAction, ErrorClass, Risk } from '../../actors/ports.ts';

export const ACTION_OF: Readonly<Record<ErrorClass, Action>> = {
  transient: 'retry_later',
  item_specific: 'fail_item',
  temporal: 'pause_job',
  systemic: 'pause_job',
  code_bug: 'pause_job',
};

/** Whether such an action is about a trouble that lasts until its stage works again: what holds a job, or will when it goes on. */
export const isLasting = ({ action, class: kind }: Pick<DoctorAction, 'action' | 'class'>): boolean => action !== 'reclassify' && ACTION_OF[kind] === 'pause_job';

/** From here on the rules are believed, and nobody else is asked. */
export const SURE = 0.5;

/** What an action costs if it was wrong: a try, an item, or the time of a whole job until somebody looks. */
export function riskOf(kind: ErrorClass, by: DoctorAction['by']): Risk {
  switch (kind) {
    case 'transient':
      return 'low';
    case 'item_specific':
      return by === 'rule' || by === 'operator' ? 'low' : 'medium';
    case 'temporal':
      return 'medium';
    case 'systemic':
    case 'code_bug':
      return 'high';
  }
}
