/** What is raced against is installed on first use, beside the benchmarks and not with the program. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

export function installPeers(say: (line: string) => void): void {
  if (existsSync(`${FOLDER}node_modules/.package-lock.json`)) return;
  say('LangChain JS is not here yet: npm ci in test/bench (about 120 MB, once)');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  execFileSync(npm, ['ci', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
}

/** Of a package that was installed. */
export function peerVersion(name: string): string {
  const manifest = readFileSync(`${FOLDER}node_modules/${name}/package.json`, 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

export function peerScript(name: string): string {
  return fileURLToPath(new URL(`./peers/${name}.mjs`, import.meta.url));
}
