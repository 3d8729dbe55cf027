/** What the next error of a kind comes to. */
import type { KindView } from '../store/doctor-view.ts';
import { SURE } from './policy.ts';

/** Said by an operator or a model that was asked since, else by who judged the last one. */
export function inForce({ verdict, class: kind, by, rule, confidence }: Pick<KindView, 'verdict' | 'class' | 'by' | 'rule' | 'confidence'>): Pick<KindView, 'class' | 'by' | 'confidence'> & { rule?: string } {
  if (verdict && (verdict.by === 'operator' || confidence < SURE || by === 'memory')) return verdict;
  return { class: kind, by, confidence, ...(rule !== null && { rule }) };
}
