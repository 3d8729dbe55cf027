/**
 * Formulas as MathML. MathJax and KaTeX write each one twice, for the eye and for screen readers, in wrappers whose class names
 * (`CtxtMenu_Attached`) look like navigation to Readability.
 */
import type { DomDocument } from './dom.ts';

const WRAPPERS = 'mjx-container, .MathJax, .MathJax_Display, .katex';

export function keepFormulas(document: DomDocument): void {
  for (const wrapper of document.querySelectorAll(WRAPPERS)) {
    if (!wrapper.querySelector('math')) continue;
    wrapper.removeAttribute('class');
    wrapper.removeAttribute('id');
  }
}
