/** An event as plain JSON; an `Error` in it becomes `{name, message, code, stack}`. */
export const encoded = (event: object): unknown => JSON.parse(JSON.stringify(event, (_, value) => (value instanceof Error ? encodedError(value) : value)));

const encodedError = (error: Error) => ({ name: error.name, message: error.message, code: (error as { code?: unknown }).code, stack: error.stack });
