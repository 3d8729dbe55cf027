import { countdown, clockTime } from '../format.ts';
import { link, now, retryNow } from '../model.ts';

/** Always in sight: whether what is shown is of now. */
export function ConnectionChip() {
  const { state, heardAt, retryAt } = link.value;
  const asOf = heardAt > 0 ? `showing ${clockTime(heardAt)}` : 'nothing was read yet';
  switch (state) {
    case 'live':
      return <span class="chip live" role="status"><i />live</span>;
    case 'behind':
      return <span class="chip behind" role="status"><i />behind · {asOf}</span>;
    case 'connecting':
      return <span class="chip behind" role="status"><i />connecting</span>;
    case 'off':
      return (
        <span class="chip off" role="status">
          <i />disconnected · {asOf} · again in {countdown(retryAt - now.value)} <button onClick={retryNow}>now</button>
        </span>
      );
    case 'signedOut':
      return (
        <span class="chip off" role="status">
          <i />not signed in: run <code>npx jobctl open</code> and follow its link
        </span>
      );
  }
}
