/** Questions and commands over the one socket, each with its answer. */
import type { Answer, AnswerFrame, Command, Query, Views } from '../protocol.ts';
import type { Line } from './connection.ts';

/** What a query may say: what the protocol fills in by itself may be left out. */
export type Asked<Type extends Query['type'] = Query['type']> = Type extends unknown ? { type: Type } & Partial<Omit<Extract<Query, { type: Type }>, 'type'>> : never;

/** The runner said no; `message` is its own. */
export class Refused extends Error {
  override name = 'Refused';
}

export class Wire {
  private line: Line | undefined;
  private count = 0;
  private readonly waiting = new Map<string, { resolve(frame: AnswerFrame): void; reject(error: Error): void }>();
  /** No id is ever used twice, also not by another page: a command that comes again is answered as before. */
  private readonly prefix = Math.random().toString(36).slice(2, 10);

  open(line: Line): void {
    this.line = line;
  }

  close(): void {
    this.line = undefined;
    for (const { reject } of this.waiting.values()) reject(new Refused('the connection ended before the answer came'));
    this.waiting.clear();
  }

  hear(frame: AnswerFrame): void {
    if (frame.id === null) return;
    this.waiting.get(frame.id)?.resolve(frame);
    this.waiting.delete(frame.id);
  }

  /** @throws Refused */
  async ask<Type extends Query['type']>(query: Asked<Type>): Promise<Views[Type]> {
    const frame = await this.send({ query });
    if (!frame.ok) throw new Refused(frame.message);
    return (frame as unknown as { view: Views[Type] }).view;
  }

  /** @throws Refused when there is no connection; what the runner refuses is an answer. */
  async command(command: Command): Promise<Answer> {
    return (await this.send({ command })) as Answer;
  }

  private send(body: { query: unknown } | { command: Command }): Promise<AnswerFrame> {
    const { line } = this;
    if (!line) return Promise.reject(new Refused('not connected'));
    const id = `${this.prefix}-${++this.count}`;
    const { promise, resolve, reject } = Promise.withResolvers<AnswerFrame>();
    this.waiting.set(id, { resolve, reject });
    line.send(JSON.stringify({ id, ...body }));
    return promise;
  }
}
