/** What a failed request means for the program: read and write failures are told apart as the port says. */
import { IngestError } from '../domain/errors.js';
import { WriteRejected, WriteUnknown } from '../domain/ports/live.js';
import { ErrorAnswer, NoAnswer } from './transport.js';

/** How the server is named in messages, and what to do when it is not there. */
export interface ServerName {
  /** `Chroma at https://...` or `the embedded Chroma (state/dev/chroma)`. */
  readonly title: string;
  readonly adviceWhenGone: string;
}

/**
 * E401 when it cannot be reached, E407 for a collection that is not there, E411 when Chroma fails by itself, E402 for
 * any other refusal.
 */
export function readFailure(error: unknown, server: ServerName, what: string): unknown {
  if (error instanceof NoAnswer) return noAnswer(error, server);
  if (!(error instanceof ErrorAnswer)) return error;
  if (error.status === 401 || error.status === 403) return notAllowed(error, server, what);
  if (error.status === 404 && error.byChroma) {
    return new IngestError('E407', `${server.title} answered "${error.message}" to ${what}`, {
      kind: 'world',
      advice: 'Somebody deleted or renamed it while this command ran. Plan again to see what is there now.',
      cause: error,
    });
  }
  if (isRedirect(error)) return redirected(error, server);
  if (error.status === 429) return rateLimited(error, server, what);
  if (!error.byChroma) return cannotReach(error, server, `something answered ${error.message} in its place`);
  // Whoever says so, it passes: it must not be taken for damage of the collection.
  if (GATEWAY.has(error.status)) {
    return cannotReach(error, server, `it answered ${error.status} to ${what}: ${error.message}`);
  }
  return new IngestError(
    error.status >= 500 ? 'E411' : 'E402',
    `${server.title} answered ${error.status} to ${what}: ${error.message}`,
    {
      kind: 'world',
      advice: "Look into the server's log; the command can be run again.",
      cause: error,
    },
  );
}

/** Out of order for the moment: the service, or what it needs. */
const GATEWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/** Statuses with which Chroma says that it took nothing of the request. */
const REJECTIONS: ReadonlySet<number> = new Set([400, 413, 422]);

/** IngestError only when it is certain that nothing was written and no other write would fare better. */
export function writeFailure(error: unknown, server: ServerName, what: string): unknown {
  if (!(error instanceof NoAnswer || error instanceof ErrorAnswer)) return error;
  if (!error.inDoubt) {
    if (error instanceof NoAnswer) return readFailure(error, server, what);
    if (REJECTIONS.has(error.status)) {
      return new WriteRejected(`${server.title} rejected ${what}: ${error.message}`, { cause: error });
    }
    if (isRedirect(error) || error.status === 401 || error.status === 403 || error.status === 404) {
      return readFailure(error, server, what);
    }
  }
  return new WriteUnknown(`${server.title} may or may not have carried out ${what}: ${error.message}`, {
    cause: error,
    timedOut: error instanceof NoAnswer && error.timedOut,
    damaged: error instanceof ErrorAnswer && error.byChroma && DAMAGE.test(error.message),
  });
}

/** As it was seen of collections whose search index a kill of Chroma had hurt: every later write ends so. */
const DAMAGE = /Failed to apply logs/;

function cannotReach(cause: Error, server: ServerName, why: string): IngestError {
  return new IngestError('E401', `${server.title} cannot be reached: ${why}`, {
    kind: 'world',
    advice: server.adviceWhenGone,
    cause,
  });
}

function noAnswer(error: NoAnswer, server: ServerName): IngestError {
  if (error.certificate !== undefined) {
    return new IngestError('E412', `${server.title} is not trusted: ${error.certificate}`, {
      kind: 'world',
      advice:
        'For an authority of your own set `tls.ca_file` or NODE_EXTRA_CA_CERTS; for a client certificate `tls.cert_file` and `tls.key_file`. There is no switch to turn the check off.',
      cause: error,
    });
  }
  if (error.timedOut) {
    return new IngestError('E401', `${server.title} gives no answer in time`, {
      kind: 'world',
      advice:
        'One that was killed in the middle of a flush can hang: look into its log, restart it, and run again. If it is only slow, raise `chroma.timeout_ms`.',
      cause: error,
    });
  }
  if (!error.isFinal) return cannotReach(error, server, error.message);
  return new IngestError('E413', `${server.title}: ${error.message}`, {
    kind: 'world',
    advice:
      error.proxy?.status === 407
        ? 'Give it a user and a password: http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY or HTTP_PROXY.'
        : 'Let the proxy allow this host and port, or list the host in NO_PROXY if it can be reached directly.',
    cause: error,
  });
}

function rateLimited(cause: ErrorAnswer, server: ServerName, what: string): IngestError {
  return new IngestError('E402', `${server.title} asks for patience (status 429) at ${what}`, {
    kind: 'world',
    advice:
      'Run the command again in a while: what is done is not done again. `chroma.retries.rate_limit` and `chroma.timeout_ms` say how long it waits by itself.',
    cause,
  });
}

function isRedirect(error: ErrorAnswer): boolean {
  return error.status >= 300 && error.status < 400;
}

function redirected(cause: ErrorAnswer, server: ServerName): IngestError {
  return new IngestError('E401', `${server.title} answers with a redirect (status ${cause.status})`, {
    kind: 'world',
    advice:
      'Write the url of Chroma itself. Redirects are not followed: the headers of the environment would go to another host.',
    cause,
  });
}

function notAllowed(cause: ErrorAnswer, server: ServerName, what: string): IngestError {
  return new IngestError('E402', `${server.title} does not allow ${what} (status ${cause.status})`, {
    kind: 'world',
    advice: 'Check `headers`, `tenant` and `database` of the environment, and the token behind them.',
    cause,
  });
}
