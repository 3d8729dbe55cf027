/** What somebody may try against the control port. `npm test` tries a little of each, `npm run prove:security` all of it. */

/** A runner under attack. */
export type Target = {
  port: number;
  /** Of today. */
  token: string;
  /** A link with a code that was not used. */
  link(): Promise<string>;
  /** How its jobs stand, as text: an attack changes nothing of it. */
  state(): Promise<string>;
};

/** `wrong`: what should not have been, in words. */
export type Outcome = { tried: number; outcome: string; wrong: string[] };

export type Attack = { name: string; quick: number; full: number; run(target: Target, times: number): Promise<Outcome> };

/** Counts what was tried, and what was answered otherwise than it should. */
export class Tally {
  tried = 0;
  readonly wrong: string[] = [];

  /** @param what names the attempt */
  note(what: string, isRight: boolean): void {
    this.tried += 1;
    if (!isRight) this.wrong.push(what);
  }

  outcome(outcome: string): Outcome {
    return { tried: this.tried, outcome, wrong: this.wrong };
  }
}

type Rounds = Omit<Attack, 'run'> & { outcome: string; round(target: Target, tally: Tally, n: number): Promise<void> };

/** One that is tried in the same way as often as it is asked for; `n` is the number of the round, from 0. */
export const inRounds = ({ outcome, round, ...attack }: Rounds): Attack => ({
  ...attack,
  async run(target, times) {
    const tally = new Tally();
    for (let n = 0; n < times; n++) await round(target, tally, n);
    return tally.outcome(outcome);
  },
});
