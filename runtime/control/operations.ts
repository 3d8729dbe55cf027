/** Answers what the screens of an operator ask. */
import type { Clock } from '../../actors/ports.ts';
import type { AnswerCode, Query, Refused, StatusView, Views } from '../../inspector/protocol.ts';
import { readBudget } from '../store/budget-view.ts';
import { readCostsInSlices } from '../store/costs-view.ts';
import { pricesNow, type NamedModels } from '../llm/price-table.ts';
import { readResourceUse } from '../store/resource-use-view.ts';
import { readError, readErrors } from '../store/errors-view.ts';
import { breakersNow, type BreakersWorld } from './breakers.ts';
import { ConfigurationPage, type ConfigurationWorld } from './configuration-page.ts';
import { systemNow, type SystemWorld } from './system.ts';

const OPERATIONS = ['errors', 'error', 'breakers', 'resourceUse', 'budget', 'prices', 'costs', 'configuration', 'configurationAt', 'revisions', 'system', 'diagnosis'] as const;
export type OperationQuery = Extract<Query, { type: (typeof OPERATIONS)[number] }>;
type Answered = { ok: true; view: Views[OperationQuery['type']] } | Refused;
export type OperationsWorld = BreakersWorld & ConfigurationWorld & SystemWorld & { clock: Pick<Clock, 'now' | 'defer'>; status(): StatusView; capacities(): Record<string, number>; models(): NamedModels };

export const isOperation = (query: Query): query is OperationQuery => (OPERATIONS as readonly string[]).includes(query.type);

export class Operations {
  private readonly world: OperationsWorld;
  private readonly configuration: ConfigurationPage;

  constructor(world: OperationsWorld) {
    this.world = world;
    this.configuration = new ConfigurationPage(world);
  }

  async answer(query: OperationQuery): Promise<Answered> {
    const { db, clock, status } = this.world;
    switch (query.type) {
      case 'errors':
        return read(readErrors(db, query));
      case 'error':
        return read(readError(db, query.fingerprint) ?? refused('unknown_error', `no error with the fingerprint ${query.fingerprint} was met`));
      case 'breakers':
        return read(breakersNow(this.world));
      case 'resourceUse':
        return read(readResourceUse(db, clock.now(), this.world.capacities()));
      case 'prices':
        return read(pricesNow(this.world.models()));
      case 'budget':
        return read(readBudget(db, clock.now(), status().jobs.filter(({ state }) => state !== 'archived')));
      case 'costs':
        return read(await readCostsInSlices(db, clock.now(), query, () => new Promise((resolve) => clock.defer(resolve))));
      case 'configuration':
        return read(await this.configuration.view());
      case 'configurationAt':
        return this.configuration.then(query.seq);
      case 'revisions':
        return read(this.configuration.diff(query.from, query.to) ?? refused('unknown_revision', `revisions ${query.from} and ${query.to} of jobs.yaml are not both kept`));
      case 'system':
        return read(systemNow(this.world));
      case 'diagnosis':
        return this.world.diagnose().then(read, (error: Error) => refused('internal', error.message));
    }
  }
}

const refused = (code: AnswerCode, message: string): Refused => ({ ok: false, code, message, accepted: [] });
const read = (view: Views[OperationQuery['type']] | Refused): Answered => ('ok' in view ? view : { ok: true, view });
