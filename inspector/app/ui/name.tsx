/** A long name breaks where its words end, and within one only when that is longer than the line. */
import { Fragment } from 'preact';

export function Name({ of }: { of: string }) {
  return <>{of.split(/(?<=[_\-/.])/).map((word, n) => <Fragment key={n}>{n > 0 && <wbr />}{word}</Fragment>)}</>;
}
