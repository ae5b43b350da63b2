/** Small and read-only file systems. Only root may mount, and not everywhere: tests ask first, and skip by name. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mounted: string[] = [];

/** An empty file system of that many bytes in the place of a folder. */
export function mountSmall(folder: string, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'ingest-test', folder], {
    stdio: 'pipe',
  });
  mounted.push(folder);
}

/** To be called after each test. */
export function unmountAll(): void {
  for (const folder of mounted.splice(0).reverse()) execFileSync('umount', ['--lazy', folder]);
}

/** Leaves so many bytes free; call `rmSync` on what it returns to make room again. */
export function fillUp(folder: string, leave: number): string {
  const { bavail, bsize } = statfsSync(folder);
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
  return ballast;
}

export const canMount: boolean = (() => {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'ingest-mount-'));
  try {
    mountSmall(folder, 65_536);
    unmountAll();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
})();

/** Starts a program to which a folder cannot be written; nobody else sees that mount, and it ends with the program. */
export function readOnly(folder: string): readonly string[] {
  const script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', folder];
}

export const canMountReadOnly: boolean = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-mount-'));
  const [command = '', ...args] = readOnly(folder);
  const made = spawnSync(command, [...args, 'touch', join(folder, 'x')], { encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  return made.status !== 0 && /Read-only/i.test(made.stderr ?? '');
})();
