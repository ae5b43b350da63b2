/**
 * Hook of oclif, before anything is done: a full disk behind what oclif prints by itself (help, the version) is
 * explained, not thrown. A command that runs takes stdout over and explains for itself.
 */
import type { IngestError } from '../domain/errors.js';
import { EXIT } from '../domain/results.js';
import { OutputStream } from './output/output-stream.js';
import { openTerminal } from './output/terminal.js';

export default async function explainOutput(): Promise<void> {
  new OutputStream(process.stdout, (failure) => void explain(failure));
}

async function explain(failure: IngestError): Promise<void> {
  process.exitCode = EXIT.error;
  const { renderError } = await import('../report/render-error.js');
  const { errorStyle: style, width, err } = openTerminal(process.env);
  err(renderError(failure, { style, width, verbose: false }));
}
