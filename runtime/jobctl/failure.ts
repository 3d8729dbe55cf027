/** How a command ends when it does not end well. */

export const EXIT = { ok: 0, failed: 1, usage: 2, stopped: 3, notFound: 4, notAccepted: 5, invalidConfig: 6 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Said to the operator as it is: what, and the way out as `hint`. `details` go into the JSON form only. */
export class Failure extends Error {
  override name = 'Failure';
  readonly exit: ExitCode;
  /** One snake_case word that a script may look for. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(exit: ExitCode, code: string, message: string, { hint, cause, ...details }: { hint?: string; cause?: unknown } & Record<string, unknown> = {}) {
    super(message, { cause });
    this.exit = exit;
    this.code = code;
    this.hint = hint;
    this.details = details;
  }
}
