/**
 * What the operating system knows of a process, to tell a dead lease holder from a slow one. "Cannot tell"
 * is an answer of its own: then the heartbeat decides.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { kill } from 'node:process';

export interface ProcessProbe {
  /** Names this boot of this machine and, on Linux, this pid name space; null where the platform has no such thing. */
  bootId(): string | null;
  /** `gone` only when the system says so. start: in the system's own unit, null when it does not tell. */
  look(pid: number): { readonly state: 'gone' } | { readonly state: 'there'; readonly start: string | null };
}

export const systemProcesses: ProcessProbe = {
  bootId() {
    try {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      // Containers share the boot, not the pids: pid 7 of another container is nobody here.
      return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
    } catch {
      return null;
    }
  },

  look(pid) {
    const stat = readStat(pid);
    if (stat?.dead === true || !accepts(pid)) return { state: 'gone' };
    return { state: 'there', start: stat?.start ?? null };
  },
};

/** Signal 0 reaches every process that exists; EPERM means it exists and belongs to somebody else. */
function accepts(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** /proc/PID/stat: state is field 3, start time (clock ticks since boot) field 22; field 2 may hold spaces. */
function readStat(pid: number): { readonly dead: boolean; readonly start: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (state === undefined || start === undefined) return undefined;
    // A zombie has ended; only its parent has not asked yet.
    return { dead: state === 'Z' || state === 'X', start };
  } catch {
    return undefined;
  }
}
