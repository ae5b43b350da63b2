import { describe, expect, it } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import type { Clock } from '../../../src/domain/ports/clock.js';
import { WriteRejected, WriteUnknown } from '../../../src/domain/ports/live.js';
import { sendWrite } from '../../../src/execute/send-writes.js';

function scripted(failures: readonly Error[], counts: readonly boolean[] = []) {
  const log: string[] = [];
  const slept: number[] = [];
  const rest = [...failures];
  const answered = [...counts];
  const controller = new AbortController();
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    random: () => 0.5,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
    },
  };
  const send = async (): Promise<void> => {
    log.push('send');
    const failure = rest.shift();
    if (failure !== undefined) throw failure;
  };
  const answers = async (): Promise<boolean> => {
    log.push('count');
    return answered.shift() ?? true;
  };
  const run = () => sendWrite(send, () => log.push('unknown'), answers, clock, controller.signal);
  return { run, log, slept, controller };
}

const LOST = new WriteUnknown('no answer');
const GONE = new IngestError('E401', 'gone', { kind: 'world', advice: '' });

describe('sendWrite', () => {
  it('sends once what is confirmed', async () => {
    const { run, log } = scripted([]);
    await run();
    expect(log).toEqual(['send']);
  });

  it('records the doubt before it sends again, and waits twice as long each time', async () => {
    const { run, log, slept } = scripted([LOST, GONE, LOST]);
    await run();
    expect(log).toEqual(['send', 'unknown', 'send', 'unknown', 'send', 'unknown', 'send']);
    expect(slept).toEqual([500, 1000, 2000]);
  });

  it('never sends again what was refused', async () => {
    const refused = new WriteRejected('bad record');
    const { run, log } = scripted([refused]);
    await expect(run()).rejects.toBe(refused);
    expect(log).toEqual(['send']);
  });

  it('gives up after five tries: the world failed, not this program', async () => {
    const { run, log } = scripted([LOST, LOST, LOST, LOST, LOST, LOST]);
    await expect(run()).rejects.toMatchObject({ code: 'E401', kind: 'world', cause: LOST });
    expect(log.filter((entry) => entry === 'send')).toHaveLength(5);
    expect(log.at(-1)).toBe('unknown');
  });

  it('asks after a time-out for a count: one that hangs is not waited for again, one that is slow is', async () => {
    const late = new WriteUnknown('no answer in time', { timedOut: true });
    const hanging = scripted([late, late], [false]);
    await expect(hanging.run()).rejects.toMatchObject({
      code: 'E401',
      message: expect.stringContaining('no answer to a count either'),
      advice: expect.stringContaining('restart it'),
      cause: late,
    });
    expect(hanging.log).toEqual(['send', 'unknown', 'count']);
    const slow = scripted([late, late], [true, true]);
    await slow.run();
    expect(slow.log).toEqual(['send', 'unknown', 'count', 'send', 'unknown', 'count', 'send']);
  });

  it('stops between tries at a signal, with the doubt recorded', async () => {
    const { run, log, controller } = scripted([LOST]);
    controller.abort(new Error('SIGINT'));
    await expect(run()).rejects.toBe(LOST);
    expect(log).toEqual(['send', 'unknown']);
  });
});
