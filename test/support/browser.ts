/**
 * A real headless Chromium for pages that the program writes. On Linux (x64) it comes with its package, libraries and
 * fonts included, so a bare machine will do; elsewhere an installed Chrome or Edge is used, if there is one.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

export interface TestBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Undefined: this machine has none. */
export async function startBrowser(): Promise<TestBrowser | undefined> {
  if (process.platform === 'linux' && process.arch === 'x64') return startBundled();
  for (const channel of ['chrome', 'msedge']) {
    try {
      const browser = await chromium.launch({ channel });
      return { browser, close: () => browser.close() };
    } catch {
      // Not installed.
    }
  }
  return undefined;
}

async function startBundled(): Promise<TestBrowser> {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-browser-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const executablePath = await unpack(folder);
    writeFileSync(join(folder, 'fonts', 'fonts.conf'), fontsIn(join(folder, 'fonts', 'fonts')));
    const options: LaunchOptions = {
      executablePath,
      args: ['--no-sandbox', '--disable-gpu'],
      env: {
        ...process.env,
        LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
        FONTCONFIG_PATH: join(folder, 'fonts'),
        HOME: folder,
      },
    };
    const browser = await chromium.launch(options);
    return { browser, close: () => browser.close().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Into a folder of its own; the package unpacks the libraries too when it takes the machine for a bare one. */
async function unpack(folder: string): Promise<string> {
  const before = { ...process.env };
  Object.assign(process.env, { TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' });
  try {
    const { default: bundled } = await import('@sparticuz/chromium');
    return await bundled.executablePath();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** The package looks for its fonts where it unpacks them by default; without any, text takes no room. */
function fontsIn(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}</dir><cachedir>${folder}-cache</cachedir></fontconfig>
`;
}
