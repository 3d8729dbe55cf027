/** The commands of `jobctl`, their arguments and options. What a command does is loaded when it is called: `status` is asked often. */
import { Argument, Command, Option } from 'commander';
import { templates } from '../scaffold/templates.ts';
import { TASK_STATES } from '../store/types.ts';
import { SHELLS } from './completion/scripts.ts';
import { openDesk, type Desk, type GlobalOptions } from './desk.ts';
import { EXIT, type ExitCode } from './failure.ts';

const EXIT_CODES = '0 ok, 1 failed, 2 usage, 3 runner not running, 4 not found, 5 not accepted in this state, 6 invalid configuration';

/** Works with the desk and with what commander read: the arguments in their order, then the options. An exit code only where it is not 0. */
type Work<Args extends unknown[]> = (desk: Desk, ...args: Args) => Promise<ExitCode | void>;

/** `ended` hears the exit code of the command that ran; one that fails throws instead. */
export function buildProgram(ended: (code: ExitCode) => void): Command {
  const program = new Command('jobctl')
    .description('Watch and steer the jobs of Rivus.')
    .option('--config <file>', 'jobs.yaml (RIVUS_CONFIG; default ./jobs.yaml)')
    .option('--data <dir>', 'the data folder (RIVUS_DATA; default "data" beside jobs.yaml)')
    .option('--port <n>', 'port of the runner that `run` starts (RIVUS_PORT; default inspector.port of jobs.yaml, or 4600; 0 takes any free one)')
    .option('--json', 'data as JSON, errors too')
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .option('-q, --quiet', 'no messages beside the data')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError()
    .addHelpText('after', `\nExit codes: ${EXIT_CODES}.`);

  const does =
    <Args extends unknown[]>(load: () => Promise<Work<Args>>) =>
    async (...args: Args) => {
      const desk = openDesk(program.opts<GlobalOptions>(), process.env);
      const work = await load();
      ended((await work(desk, ...args)) ?? EXIT.ok);
    };
  const command = (usage: string, description: string) => program.command(usage).description(description);

  const group = (heading: string) => void program.commandsGroup(`${heading}:`);
  group('Look');
  addReads(command, does);
  group('Steer');
  addChanges(command, does);
  group('Run and configure');
  addRunner(command, does);
  group('Write jobs');
  addAuthoring(command, does);
  group('What happened');
  addHistory(command, does);
  group('Copies');
  addCopies(command, does);
  group('Shell');
  addCompletion(program, does);
  return program;
}

type NewCommand = (usage: string, description: string) => Command;
type Does = <Args extends unknown[]>(load: () => Promise<Work<Args>>) => (...args: Args) => Promise<void>;

function addRunner(command: NewCommand, does: Does): void {
  command('run', 'start the runner in this terminal')
    .option('--read-only', 'browsers may look, and change nothing; jobctl still may')
    .option('--accept-rollback', 'go on with a database that has lost what was stored last')
    .action(does(async () => (await import('./commands/run.ts')).run));
  command('stop', 'let what runs finish, then stop the runner').action(does(async () => (await import('./commands/stop.ts')).stop));
  command('reload', 'apply jobs.yaml and handler code as they are now')
    .option('--dry-run', 'show what would change')
    .action(does(async () => (await import('./commands/reload.ts')).reload));
  command('check [file]', 'check jobs.yaml without starting anything').action(does(async () => (await import('./commands/check.ts')).check));
  command('open', 'a link that signs a browser in, good once and for a minute')
    .option('--read-only', 'a link that can look but not touch')
    .action(does(async () => (await import('./commands/open.ts')).open));
}

function addAuthoring(command: NewCommand, does: Does): void {
  const create = command('new', 'create a job of your own');
  create
    .command('job <name> [source]')
    .description('a job that works at once: its entry in jobs.yaml, handler, prompt and tests')
    .addOption(new Option('--from <kind>', 'where its items come from').choices(Object.keys(templates)).makeOptionMandatory())
    .option('--dry-run', 'show what would be written')
    .action(does(async () => (await import('./commands/new-job.ts')).newJobCommand));
  command('try <job> <stage>', 'run one stage for a look, with the code as it is now; nothing is stored')
    .option('--item <id-or-key>', 'this item, with the stored outputs of the stages before')
    .option('--with <json>', 'this data instead of what is stored for the item, or without any item')
    .option('--prev <json>', 'outputs of other stages instead of those stored: {"fetch": {…}}')
    .action(does(async () => (await import('./commands/try.ts')).tryOne));
}

const WHERE = 'only what fits: state:failed error:transient -key:"test/*" age>3d cost>0.05 "some words"';

function addReads(command: NewCommand, does: Does): void {
  command('status [job]', 'all jobs at a glance, or one in detail').action(does(async () => (await import('./commands/status.ts')).status));
  command('items <job>', "a job's items, newest first")
    .addOption(new Option('--state <state>', 'with a task in this state').choices(TASK_STATES))
    .option('--stage <name>', 'with a task at this stage (in that state)')
    .option('--where <filter...>', WHERE)
    .option('--limit <n>', 'at most so many', '50')
    .option('--after <id>', 'those below this id: the next page')
    .action(does(async () => (await import('./commands/items.ts')).items));
  command('item <id-or-key>', 'one item: its data, tasks, attempts, errors and outputs')
    .option('--job <job>', 'where several jobs know the key')
    .action(does(async () => (await import('./commands/item.ts')).item));
  const config = command('config', 'the revisions of jobs.yaml that were in force, newest first').action(does(async () => (await configCommands()).listRevisions));
  config
    .command('diff [older] [newer]')
    .description('what changed, in words and by lines: the last change, since a revision, or between two; "file" is jobs.yaml as it is')
    .action(does(async () => (await configCommands()).diff));
  config.command('show [revision]').description('the text of a revision').action(does(async () => (await configCommands()).show));
  command('why [job] [stage-or-item]', 'why it does not move, whether that ends by itself, and what to do')
    .option('--stage <name>', 'of an item: why it has not come through this stage')
    .action(does(async () => (await import('./commands/why.ts')).why));
  command('costs [job]', 'what was spent today, or in the last days')
    .addOption(new Option('--by <what>', 'one line for each').choices(['job', 'stage', 'model', 'day']).default('job'))
    .option('--days <n>', 'the last N days, today included (default: 1, or 7 by day)')
    .action(does(async () => (await import('./commands/costs.ts')).costs));
  command('diagnose', 'health check of machine, configuration, folder, runner, database and work').action(
    does(async () => (await import('./commands/diagnose.ts')).diagnose),
  );
  const doctor = command('doctor', 'kinds of errors that were met: what each means, who says so, where, how often')
    .option('--limit <n>', 'at most so many', '30')
    .action(does(async () => (await doctors()).kinds));
  doctor
    .command('show <fingerprint>')
    .description('one kind of error: what it means and who says so, where it was met, and what was done about it')
    .action(does(async () => (await doctors()).show));
  doctor
    .command('log')
    .description('what was done about errors, with its risk, newest first')
    .option('--limit <n>', 'at most so many', '50')
    .action(does(async () => (await doctors()).log));
  doctor
    .command('reclassify <fingerprint> <class>')
    .description('this kind of error means that, from now on: transient, item_specific, temporal, systemic or code_bug')
    .option('--reason <text>', 'shown with every verdict on it')
    .option('--redo', 'run again what failed by it')
    .action(does(async () => (await doctors()).reclassify));
  command('notifications', 'what you were told of, what waits, and what could not be delivered and why, newest first')
    .option('--limit <n>', 'at most so many', '30')
    .action(does(async () => (await import('./commands/notify.ts')).notifications));
  command('notify', 'messages about what is amiss')
    .command('test [target]')
    .description('send a test message to one target of jobs.yaml, or to all, and say what came back')
    .action(does(async () => (await import('./commands/notify.ts')).test));
  command('classify', 'what errors mean: of each the class, what follows, and which rule says so')
    .requiredOption('--ndjson <file>', 'one {id, message, name?, code?, status?, stack?, context?} a line, - for standard input')
    .option('--no-llm', 'by rules and memory only')
    .action(does(async () => (await import('./commands/classify.ts')).classify));
  command('resources', 'what jobs share: who holds its slots, and who waits for them').action(does(async () => (await import('./commands/resources.ts')).resources));
  command('discovery <job>', 'what the latest polls found, and what was decided about each key')
    .addOption(new Option('--decision <decision>', 'only keys with this decision').choices(['new', 'seen', 'filtered', 'over_max_pending']))
    .option('--limit <n>', 'at most so many keys', '20')
    .action(does(async () => (await import('./commands/discovery.ts')).discovery));
}

function addHistory(command: NewCommand, does: Does): void {
  command('events [path]', 'the journal: every event that actors received, and from whom')
    .option('--since <seq>', 'after this number; without it, the last ones')
    .option('--limit <n>', 'at most so many (without --since 50 by default)')
    .option('-f, --follow', 'go on as they happen')
    .action(does(async () => (await import('./commands/events.ts')).events));
  command('trace <seq>', 'one event of the journal, what led to it and what it led to').action(does(async () => (await import('./commands/events.ts')).trace));
  command('actor [path]', 'all actors; or one: its state and context, its restarts, and what it accepts now').action(does(async () => (await import('./commands/actor.ts')).actor));
  command('replay [path]', "fold an actor's journal again and compare with its stored snapshot")
    .option('--all', 'every actor')
    .option('--from <seq>', 'compare nothing before this number')
    .option('--to <seq>', 'replay nothing after it')
    .action(does(async () => (await import('./commands/replay.ts')).replay));
  command('at <when> [path]', 'one actor, or all of them, as they were at a journal number, 12:04, "10m ago" or a date and time').action(
    does(async () => (await travel()).at),
  );
  command('whatif <path> <event> [json]', 'what an event would do to an actor, without sending it')
    .option('--at <when>', 'as the actor was then')
    .action(does(async () => (await travel()).whatif));
  command('rewind <path>', 'an actor goes on from a state that it once had; what it did stays done')
    .requiredOption('--to <seq>', 'the state after this number of the journal')
    .option('--dry-run', 'show what would be different, and change nothing')
    .action(does(async () => (await travel()).rewind));
  command('export-test <path>', 'what happened to an actor as a vitest file that asserts where it ended')
    .option('--from <seq>', 'begin in the state after this number')
    .option('--to <seq>', 'end with this number; without it, the last')
    .option('--out <file>', 'write it there, e.g. test/incidents/NAME.test.ts')
    .action(does(async () => (await travel()).exportTest));
}

function addCopies(command: NewCommand, does: Does): void {
  command('backup [folder]', 'a copy of database and artifacts, also while the runner works; data/backups/TIME by default')
    .option('--no-artifacts', 'the database alone')
    .action(does(async () => (await import('./commands/backup.ts')).backup));
  command('restore <folder>', 'put a backup in place; what was there is kept aside')
    .option('--dry-run', 'say what would be replaced')
    .action(does(async () => (await import('./commands/backup.ts')).restore));
  command('export [job]', 'items and outputs for other programs')
    .addOption(new Option('--format <format>', 'one JSON document a line, or a table').choices(['ndjson', 'csv']).default('ndjson'))
    .option('--stage <name>', 'only the outputs of this stage')
    .option('--out <file>', 'write it there')
    .action(does(async () => (await import('./commands/export.ts')).exportItems));
}

const doctors = () => import('./commands/doctor.ts');
const configCommands = () => import('./commands/config.ts');
const DRY_RUN = ['--dry-run', 'say what it would do, and do nothing'] as const;
const changes = () => import('./commands/changes.ts');
const travel = () => import('./commands/travel.ts');

function addChanges(command: NewCommand, does: Does): void {
  command('wake [job]', 'look for work now')
    .option('--all', 'every job')
    .option(...DRY_RUN)
    .action(does(async () => (await changes()).wake));
  command('pause <job> [reason]', 'start nothing new; what runs finishes')
    .addOption(new Option('--retry-in <duration>', 'go on by itself after 30m, 3h, 2d …').conflicts('until'))
    .option('--until <time>', 'go on by itself at 18:30 or 2027-01-31T18:30')
    .option(...DRY_RUN)
    .action(does(async () => (await changes()).pause));
  command('unpause <job>', 'let it go on: lifts your own pause and holds for errors, guards and restarts')
    .alias('resume')
    .option('--force', 'lift everything that holds the job: windows and requirements too; a budget that is spent holds it again')
    .option(...DRY_RUN)
    .action(does(async () => (await changes()).unpause));
  command('drain <job>', 'finish what is in flight, start nothing new')
    .option(...DRY_RUN)
    .action(does(async () => (await changes()).drain));
  command('clear-errors [job]', 'have an open circuit breaker try once, close one that tries, and forget its counts')
    .option('--resource <name>', 'that of what jobs share')
    .option(...DRY_RUN)
    .action(does(async () => (await changes()).clearErrors));
  for (const [verb, description] of [
    ['retry', 'run failed and dead tasks again'],
    ['reset', 'like retry, plus what waits, was skipped or rejected'],
    ['reprocess', 'like reset, plus what is done: from stored inputs, nothing is fetched again; old outputs stay until replaced'],
  ] as const) {
    const line = command(`${verb} <job> [stage]`, description)
      .option('--item <id-or-key...>', 'only these items')
      .option('--where <filter...>', WHERE)
      .option('--downstream', 'also the stages that need it, whatever they came to')
      .option(...DRY_RUN)
      .action(does(async () => (await import('./commands/rerun.ts')).rerun(verb)));
    if (verb !== 'retry') continue;
    line
      .option('--fingerprint <fingerprint>', 'what failed by this kind of error, as a canary: one task, then ten, then all, as long as none fails in the same way')
      .option('--all-at-once', 'with --fingerprint: no canary')
      .addOption(new Option('--stop', 'with --fingerprint: end its canary; the rest stays failed').conflicts('allAtOnce'));
  }
  command('undo [edit]', 'what retry, reset or reprocess made ready, and nobody has begun, is what it was; without a number, what there is to undo')
    .option(...DRY_RUN)
    .action(does(async () => (await import('./commands/undo.ts')).undo));
  command('priority <job> <items-and-value...>', 'run items earlier (lower) or later, e.g. priority JOB 17 18 -5')
    .option(...DRY_RUN)
    .action(does(async () => (await import('./commands/priority.ts')).priority));
  command('add <job> [key] [json]', 'give a job an item: a key and its data')
    .option('--ndjson <file>', 'many: one {key, data, priority?, title?} a line, - for standard input')
    .option('--priority <n>', 'lower comes first')
    .option('--title <text>', 'name for people')
    .option(...DRY_RUN)
    .action(does(async () => (await import('./commands/add.ts')).add));
  command('add-url <url...>', 'give addresses of the web to the jobs that accept them')
    .option('--job <job>', 'to this job, whatever it accepts')
    .option('--title <text>', 'name for people')
    .option(...DRY_RUN)
    .action(does(async () => (await import('./commands/add-url.ts')).addUrl));
  command('send <path> <event> [json]', 'send an actor any event that it accepts from an operator')
    .option(...DRY_RUN)
    .action(does(async () => (await import('./commands/send.ts')).send));
}

function addCompletion(program: Command, does: Does): void {
  const completion = () => import('./commands/completion.ts');
  program
    .command('completion')
    .description('a script that completes jobctl in your shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(does(async () => (await completion()).completion));
  program.command('complete [words...]', { hidden: true }).action(does(async () => (await completion()).complete(program)));
}
