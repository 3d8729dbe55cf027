/** Money: what today has cost, what is left of it until midnight, and who has spent it on what. */
import type { BudgetLine, BudgetView, CostsBy, CostView as Spending, PricedModel } from '../../protocol.ts';
import { ago, countdown, dateTime, plain, usd } from '../format.ts';
import { go, route, to } from '../route.ts';
import { clock, isPast, pace, shownSeq } from '../time.ts';
import { BurnDown } from '../ui/burn-down.tsx';
import { Name } from '../ui/name.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { useAnswer } from '../use-answer.ts';
import '../ui/card.css';
import './cost.css';

export function CostView() {
  const seq = shownSeq.value;
  const { view, error } = useAnswer(seq === undefined ? { type: 'budget' } : { type: 'budgetAt', seq }, pace.value);
  if (error !== undefined) return <p class="empty bad">{error}</p>;
  if (!view) return <p class="empty">Counting.</p>;
  const [all, ...each] = view.lines as [BudgetLine, ...BudgetLine[]];
  return (
    <div class="costs">
      {view.notes?.map((note) => <p key={note} class="unkept">{note}</p>)}
      <Unpriced view={view} n={all.unpriced} />
      <Today line={all} view={view} />
      {each.length > 0 && <ul class="cards">{each.map((line) => <Line key={line.who} line={line} view={view} />)}</ul>}
      <Spent />
      {isPast.value ? <p class="unkept">at which prices calls were counted then was not kept: those of now stand here when you look at now</p> : <Prices />}
    </div>
  );
}

const today = (): string => (isPast.value ? 'that day' : 'today');

/** Never nothing: nobody knows. */
function Unpriced({ view: { unpriced }, n }: { view: BudgetView; n: number }) {
  if (n === 0) return null;
  const listed = unpriced.reduce((sum, { calls }) => sum + calls, 0);
  return (
    <section class="unpriced" role="alert">
      <h2><span aria-hidden="true">!</span> {plain(n)} {n === 1 ? 'call has' : 'calls have'} no price that Rivus knows</h2>
      <p>They are in none of the sums below, and no limit holds them back. Say what the model costs, for a million tokens, and save:</p>
      <ul>
        {unpriced.map(({ job, alias, model, calls, tokensIn, tokensOut, lastAt }) => (
          <li key={`${job} ${alias} ${model}`}><b dir="auto">{model}</b> by {job}: {plain(calls)} {calls === 1 ? 'call' : 'calls'}, {plain(tokensIn)} tokens in, {plain(tokensOut)} out, last <span title={dateTime(lastAt)}>{ago(lastAt, clock.value)}</span> · <code>models.{alias}.price: {'{ input: …, output: … }'}</code></li>
        ))}
        {listed < n && <li>{plain(n - listed)} more</li>}
      </ul>
    </section>
  );
}

function Today({ line, view: { tz, until, ...day } }: { line: BudgetLine; view: BudgetView }) {
  return (
    <section class="today-cost" aria-label="All jobs together">
      <div>
        <h2>{isPast.value ? 'That day by then, all jobs together' : 'Today, all jobs together'}</h2>
        <Figures line={line} tz={tz} />
        <p class="dim">{day.day} in {tz}; the next day {isPast.value ? 'began' : 'begins in'} <span class="time">{countdown(until - clock.value)}</span>{isPast.value && ' later'}.</p>
        <Raise line={line} />
      </div>
      <BurnDown line={line} day={{ ...day, until, tz }} size={{ width: 640, height: 170 }} />
    </section>
  );
}

function Line({ line, view }: { line: BudgetLine; view: BudgetView }) {
  const { who, kind, limit, left, held, exhaustedAt } = line;
  const tone = limit !== null && left === 0 ? 'bad' : exhaustedAt !== null ? 'wait' : 'good';
  return (
    <li class={`card ${tone}-edge`} aria-label={`Money of ${who}`}>
      <header><h3>{kind === 'job' ? <a data-row href={to('flow')}><Name of={who!} /></a> : who}</h3>{limit !== null && <span class={`pill ${tone}`}>{left === 0 ? '✕ nothing left' : tone === 'wait' ? `◷ runs out ${today()}` : `✓ lasts ${today()}`}</span>}</header>
      <Figures line={line} tz={view.tz} />
      {held && <p class="bad" dir="auto">{isPast.value ? 'It was held' : 'Held'}: {held.reason}</p>}
      <BurnDown line={line} day={view} />
      <Raise line={line} />
    </li>
  );
}

function Figures({ line: { spent, limit, left, lost, reserved, unpriced, isSoft, perHour, exhaustedAt }, tz }: { line: BudgetLine; tz: string }) {
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: tz, hour: '2-digit', minute: '2-digit' });
  return (
    <p class="figures">
      <b class="spent-figure">{usd(spent)}</b> {limit === null ? 'spent, without a limit' : <>of {usd(limit)}{isSoft && <span class="dim" title="A stage says only afterwards what it has cost: the limit may be overrun by that"> (soft)</span>}</>}
      {left !== null && <span>{usd(left)} left</span>}
      {reserved > 0 && <span class="wait" title="For what runs now: it counts as spent until it is known">{usd(reserved)} reserved</span>}
      {lost > 0 && <span class="bad" title="Reserved for attempts of which nobody can say any more what they cost: it counts as spent">{usd(lost)} lost</span>}
      {unpriced > 0 && <b class="loud">+ {plain(unpriced)} unpriced</b>}
      {perHour > 0 && <span class="dim">{usd(perHour)} an hour of late</span>}
      {exhaustedAt !== null && left !== 0 && <b class="wait">exhausted at {hour.format(exhaustedAt)} if that {isPast.value ? 'had gone' : 'goes'} on</b>}
    </p>
  );
}

const KEY_OF: Record<BudgetLine['kind'], (who: string | null) => string> = { all: () => 'daily_cost_limit', job: (who) => `jobs.${who}.guards.daily_cost_limit`, doctor: () => 'doctor.daily_cost_limit' };

function Raise({ line: { kind, who, limit, held } }: { line: BudgetLine }) {
  if (isPast.value) return null;
  return (
    <details class="raise" open={held !== undefined}>
      <summary>{limit === null ? 'Set a limit' : 'Change the limit'}</summary>
      <p>Write <code>{KEY_OF[kind](who)}: {limit === null ? '…' : limit * 2}</code> in jobs.yaml and save: it is in force at once, and what the old limit holds goes on.</p>
      <div class="lines"><CopyLine line="npx jobctl reload --dry-run" /><CopyLine line="npx jobctl reload" />{kind === 'job' && <CopyLine line={`npx jobctl why ${who}`} />}</div>
    </details>
  );
}

/** What calls are counted with. */
function Prices() {
  const { view, error } = useAnswer({ type: 'prices' });
  if (error !== undefined) return <p class="bad">{error}</p>;
  if (!view) return null;
  const { table, models } = view;
  return (
    <section class="prices" aria-label="Prices">
      <h2>Prices in force</h2>
      {models.length === 0 ? (
        <p class="empty">jobs.yaml names no models. Those that it names under <code>models:</code> stand here with what they cost.</p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Prices of models">
          <table>
            <thead><tr><th scope="col">Model</th><th scope="col">as</th><th scope="col" class="n">input</th><th scope="col" class="n">cached</th><th scope="col" class="n">output</th><th scope="col" class="n">a minute of audio</th><th scope="col">from</th></tr></thead>
            <tbody>{models.map((model) => <Priced key={`${model.alias} ${model.model}`} model={model} table={table} />)}</tbody>
          </table>
        </div>
      )}
      <p class="dim">US dollars for a million tokens. {table} is part of Rivus; <code>models.NAME.price: {'{ input: …, output: …, cached: … }'}</code> goes first, from the next call on. Some models are dearer for long texts: that is counted, and not shown here.</p>
    </section>
  );
}

/** With all its digits: cached tokens cost a fraction of a cent. */
const exact = (dollars: number): string => `$${dollars.toFixed(Math.max(2, Math.min(6, String(dollars).split('.')[1]?.length ?? 0)))}`;

function Priced({ model: { alias, model, host, source, input, output, cached, minute }, table }: { model: PricedModel; table: string }) {
  const price = (usdOfMillion: number | undefined) => (usdOfMillion === undefined ? '' : exact(usdOfMillion));
  return (
    <tr>
      <th scope="row" dir="auto" title={host}>{model}</th>
      <td>{alias ?? 'the doctor'}</td>
      {source === null ? (
        <td colSpan={5}><b class="loud">No price is known: calls count as unpriced, and no limit holds them back.</b> <code>models.{alias ?? 'NAME'}.price</code></td>
      ) : (
        <><td class="n">{price(input)}</td><td class="n">{price(cached)}</td><td class="n">{price(output)}</td><td class="n">{price(minute)}</td><td>{source === 'table' ? table : 'jobs.yaml'}</td></>
      )}
    </tr>
  );
}

const DAYS = [1, 7, 30] as const;
const TITLES: Record<CostsBy, string> = { job: 'Job', stage: 'Stage', model: 'Model', day: 'Day' };
const COSTS_BY = Object.keys(TITLES) as CostsBy[];

/** Who has spent it, on what. */
function Spent() {
  const { query } = route.value;
  const by = COSTS_BY.find((one) => one === query.get('by')) ?? 'job';
  const days = Number(query.get('days')) || (by === 'day' ? 30 : 1);
  const seq = shownSeq.value;
  const { view, error } = useAnswer(seq === undefined ? { type: 'costs', by, days } : { type: 'costsAt', seq, by, days }, pace.value);
  return (
    <section class="spent-by">
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <h2>Spent by</h2>
        <span class="choice" role="group" aria-label="Spent by">{COSTS_BY.map((one) => <button key={one} type="button" aria-pressed={one === by} onClick={() => go(to('cost', '', { by: one, days: one === 'day' ? undefined : query.get('days') ?? undefined }))}>{TITLES[one]}</button>)}</span>
        <label>Days <select value={String(days)} onChange={(event) => go(to('cost', '', { by, days: event.currentTarget.value }))}>{[...new Set([...DAYS, days])].map((n) => <option key={n} value={n}>{n === 1 ? today() : `the last ${n}`}</option>)}</select></label>
      </form>
      {error !== undefined && <p class="bad">{error}</p>}
      {view?.costs.length === 0 && <p class="empty">Nothing {isPast.value ? 'had been' : 'was'} spent {days > 1 ? `in the last ${days} days` : today()}. What stages, calls of models and the doctor cost is counted here by itself; a handler adds other money with <code>ctx.cost.add(usd)</code>.</p>}
      {view && view.costs.length > 0 && <Table by={by} costs={view.costs} total={view.total} />}
      {view?.notes?.map((note) => <p key={note} class="unkept">{note}</p>)}
      {!isPast.value && <CopyLine line={`npx jobctl costs --by ${by} --days ${days}`} />}
    </section>
  );
}

function Table({ by, costs, total }: { by: CostsBy; costs: readonly Spending[]; total: Pick<Spending, 'costUsd' | 'lostUsd' | 'reservedUsd' | 'unpriced'> }) {
  const most = Math.max(...costs.map(({ costUsd }) => costUsd), 1e-9);
  const isOfModels = by === 'model';
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Spent by ${by}`}>
      <table>
        <thead><tr><th scope="col">{TITLES[by]}</th><th scope="col" class="n">cost</th><th scope="col" class="share"><span class="skip">share</span></th>{isOfModels && <><th scope="col" class="n">calls</th><th scope="col" class="n">tokens in</th><th scope="col" class="n">out</th></>}<th scope="col" class="n">limit</th><th scope="col" class="n">reserved</th><th scope="col" class="n">lost</th><th scope="col" class="n">unpriced</th></tr></thead>
        <tbody>
          {costs.map((cost) => {
            const { costUsd, lostUsd, reservedUsd, unpriced, dailyCostLimit, calls, tokensIn, tokensOut } = cost;
            const isUnknown = unpriced > 0 && costUsd === 0;
            return (
              <tr key={nameOf(by, cost)}>
                <th scope="row" dir="auto">{nameOf(by, cost)}</th><td class="n">{isUnknown ? <b class="loud">unknown</b> : usd(costUsd)}</td><td class="share"><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width={(costUsd / most) * 100} height={8} rx={1} /></svg></td>
                {isOfModels && <><td class="n">{calls === undefined ? '' : plain(calls)}</td><td class="n">{tokensIn === undefined ? '' : plain(tokensIn)}</td><td class="n">{tokensOut === undefined ? '' : plain(tokensOut)}</td></>}
                <td class="n">{dailyCostLimit === undefined ? '' : usd(dailyCostLimit)}</td><td class="n">{reservedUsd > 0 ? usd(reservedUsd) : ''}</td><td class="n">{lostUsd > 0 ? <span class="bad">{usd(lostUsd)}</span> : ''}</td><td class="n">{unpriced > 0 ? <b class="loud">{plain(unpriced)}</b> : ''}</td>
              </tr>
            );
          })}
        </tbody>
        <tfoot><tr><th scope="row">Together</th><td class="n">{usd(total.costUsd)}{total.unpriced > 0 && <b class="loud"> + unpriced</b>}</td><td class="share" />{isOfModels && <><td /><td /><td /></>}<td /><td class="n">{total.reservedUsd > 0 ? usd(total.reservedUsd) : ''}</td><td class="n">{total.lostUsd > 0 ? usd(total.lostUsd) : ''}</td><td class="n">{total.unpriced > 0 ? plain(total.unpriced) : ''}</td></tr></tfoot>
      </table>
    </div>
  );
}

const nameOf = (by: CostsBy, { job, stage, model, day }: Spending): string => ({ job: job ?? '', stage: `${job} ${stage}`, model: model ?? 'no model', day: day ?? '' })[by];
