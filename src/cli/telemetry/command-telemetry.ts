/** Telemetry of one command: opened when the environment asks for it, closed within a few seconds. */
import type { Clock } from '../../domain/ports/clock.js';
import { type Telemetry, untold } from '../../domain/ports/telemetry.js';
import type { TraceContext } from '../../domain/trace-context.js';
import type { Warning } from '../../domain/warning.js';
import { readSettings } from '../../telemetry/read-settings.js';

export interface CommandTelemetryOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly trace: TraceContext;
  readonly toolVersion: string;
  readonly clock: Clock;
  readonly write: (line: string) => void;
  readonly onWarning: (warning: Warning) => void;
}

export interface CommandTelemetry {
  readonly telemetry: Telemetry;
  close(): Promise<void>;
}

export async function openCommandTelemetry(options: CommandTelemetryOptions): Promise<CommandTelemetry> {
  const { onWarning } = options;
  const { settings, warnings } = readSettings(options.env);
  for (const warning of warnings) onWarning(warning);
  const off = { telemetry: untold, close: async () => {} };
  if (settings === undefined) return off;
  try {
    const { openTelemetry } = await import('../../telemetry/open-telemetry.js');
    const { telemetry, close } = await openTelemetry({ ...options, settings });
    return {
      telemetry,
      async close() {
        const lost = await close();
        if (lost !== undefined) onWarning(notDelivered(lost));
      },
    };
  } catch (error) {
    // An address that is none, a certificate that cannot be read: no reason to do nothing.
    onWarning(notDelivered(error instanceof Error ? error.message : String(error)));
    return off;
  }
}

function notDelivered(detail: string): Warning {
  const message = 'telemetry was not delivered, or not all of it; the run itself is not affected';
  // An address may hold a password.
  const shown = detail.replace(/\/\/[^/\s]*@/g, '//***@');
  return { key: 'telemetry', message, detail: shown, functional: false };
}
