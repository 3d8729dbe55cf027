/**
 * Charts as they are drawn. Machines do not change while a runner lives, so each is laid out once, when somebody first asks for it, in a
 * thread of 100 MB that ends when nobody has asked for a while.
 */
import type { Clock } from '../../actors/ports.ts';
import type { Chart, ChartLayout, ChartState, ChartView } from '../../inspector/protocol.ts';
import { AskedThread } from '../asked-thread.ts';

/** Who looks at one chart often looks at the next. */
const IDLE_MS = 10_000;

export class Charts {
  private readonly thread: AskedThread<ChartState, ChartLayout>;
  private readonly views = new Map<string, Promise<ChartView>>();

  constructor(clock: Clock) {
    this.thread = new AskedThread({ clock, file: new URL('./layout-thread.ts', import.meta.url), name: 'charts', task: 'lays out charts', idleMs: IDLE_MS });
  }

  /** Whether the thread lives. */
  get works(): boolean {
    return this.thread.works;
  }

  /** One layout for all who ask. What failed is tried again when somebody asks again. */
  view(chart: Chart): Promise<ChartView> {
    const key = `${chart.machine} ${chart.version}`;
    const known = this.views.get(key);
    if (known) return known;
    const view = this.layout(chart.root).then((layout) => ({ chart, layout }));
    this.views.set(key, view);
    view.catch(() => this.views.delete(key));
    return view;
  }

  layout(root: ChartState): Promise<ChartLayout> {
    return this.thread.ask(root);
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
