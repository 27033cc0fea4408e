/** The worker's log: one JSON object a line, without secrets. */
import { withoutSecrets } from '../activities/failure';

/** Variables whose value must never be written, whatever carries it. */
const SECRET_NAME = /SECRET|TOKEN|PASSWORD|API_KEY|KEY_DATA|_HEADERS$|^CROSSFADE_NOTIFY_/;
const NO_SECRET_NAME = /(_PATH|_FILE|_ID|_HOSTS)$/;
/** Shorter values would blank innocent words. */
const SECRET_LENGTH_MIN = 6;

export type LogLine = (level: string, message: string, meta: Readonly<Record<string, unknown>>) => string;

/**
 * What a library may put into an error's text is taken out twice: by its form (signatures, authorization, passwords in
 * addresses) and by its value, where the environment holds it.
 */
export type Clean = (text: string) => string;

export function createCleaner(environment: Readonly<Record<string, string | undefined>>): Clean {
  const secrets = secretsIn(environment);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), withoutSecrets(text));
}

/** Inputs and headers are not among the SDK's log attributes; texts are cleaned. */
export function createLogLine(clean: Clean): LogLine {
  return (level, message, meta) => {
    // A task's token is long, means nothing to a person, and would let its reader answer the task.
    const { taskToken: _token, ...shown } = meta;
    return JSON.stringify({ time: new Date().toISOString(), level, message, ...shown }, (_key, value: unknown) => {
      if (typeof value === 'string') return clean(value);
      if (typeof value === 'bigint') return value.toString();
      return value instanceof Error ? plainError(value) : value;
    });
  };
}

/** Enumerable again, so that the replacer sees each text; causes are the SDK's own plumbing below the third. */
function plainError(error: Error, depth = 0): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    ...(cause instanceof Error && depth < 3 ? { cause: plainError(cause, depth + 1) } : {}),
  };
}

/** Longest first: one may be a part of another. */
function secretsIn(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(environment)
    .filter(([name]) => SECRET_NAME.test(name) && !NO_SECRET_NAME.test(name))
    .map(([, value]) => value?.trim() ?? '')
    .filter((value) => value.length >= SECRET_LENGTH_MIN)
    .sort((one, other) => other.length - one.length);
}
