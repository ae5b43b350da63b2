import { describe, expect, it } from 'vitest';
import { BatchLimit } from '../../../src/embedding/batch-limit.js';
import { checkVectors } from '../../../src/embedding/check-vectors.js';
import { ProviderError } from '../../../src/embedding/provider-error.js';
import { nextStep } from '../../../src/embedding/retry-policy.js';

const failed = { attempt: 1, size: 8, progress: false };

describe('nextStep', () => {
  it('halves for a rate limit after the time that the provider asks for', () => {
    const error = new ProviderError('rate-limit', '429', { retryAfterMs: 7000 });
    expect(nextStep(error, failed, 0.5)).toEqual({ kind: 'split', delayMs: 7000 });
    expect(nextStep(error, { ...failed, size: 1 }, 0.5)).toEqual({ kind: 'retry', delayMs: 7000 });
  });

  it('stops instead of waiting for an hour', () => {
    const error = new ProviderError('rate-limit', '429', { retryAfterMs: 3_600_000 });
    expect(nextStep(error, failed, 0.5)).toEqual({ kind: 'stop' });
  });

  it('backs off twice as long each time, by a random part, up to 30 seconds', () => {
    const error = new ProviderError('unavailable', '503');
    const delays = [1, 2, 3, 7].map((attempt) => nextStep(error, { ...failed, attempt }, 0.5));
    expect(delays).toEqual([250, 500, 1000, 15_000].map((delayMs) => ({ kind: 'retry', delayMs })));
    expect(nextStep(error, failed, 0)).toEqual({ kind: 'retry', delayMs: 0 });
  });

  it('stops when the provider stays away, but blames the texts when others get through', () => {
    const error = new ProviderError('unavailable', '500');
    expect(nextStep(error, { ...failed, attempt: 8 }, 0)).toEqual({ kind: 'stop' });
    expect(nextStep(error, { attempt: 8, size: 2, progress: true }, 0)).toEqual({
      kind: 'split',
      delayMs: 0,
    });
    expect(nextStep(error, { attempt: 8, size: 1, progress: true }, 0)).toEqual({ kind: 'fail' });
  });

  it('never blames a text for a rate limit', () => {
    const error = new ProviderError('rate-limit', '429');
    expect(nextStep(error, { attempt: 20, size: 1, progress: true }, 0)).toMatchObject({ kind: 'retry' });
  });

  it.each(['bad-request', 'too-large'] as const)('looks for the text at once after %s', (fault) => {
    const error = new ProviderError(fault, 'no');
    expect(nextStep(error, failed, 0.5)).toEqual({ kind: 'split', delayMs: 0 });
    expect(nextStep(error, { ...failed, size: 1 }, 0.5)).toEqual({ kind: 'fail' });
  });

  it('asks again after a bad answer before it looks for the text', () => {
    const error = new ProviderError('bad-answer', 'NaN');
    const steps = [1, 2, 3].map((attempt) => nextStep(error, { ...failed, attempt }, 0).kind);
    expect(steps).toEqual(['retry', 'retry', 'split']);
  });

  it('stops at once for what cannot get better', () => {
    expect(nextStep(new ProviderError('fatal', '401'), failed, 0)).toEqual({ kind: 'stop' });
  });
});

describe('BatchLimit', () => {
  it('keeps below a size that was too large for good', () => {
    const limit = new BatchLimit(64);
    limit.failed('too-large', 64);
    for (let i = 0; i < 100; i++) limit.succeeded(limit.size);
    expect(limit.size).toBe(32);
  });

  it('grows again after a rate limit, as requests of that size succeed', () => {
    const limit = new BatchLimit(64);
    limit.failed('rate-limit', 64);
    limit.failed('rate-limit', 32);
    expect(limit.size).toBe(16);
    for (let i = 0; i < 100; i++) limit.succeeded(1);
    expect(limit.size).toBe(16);
    for (let i = 0; i < 16; i++) limit.succeeded(limit.size);
    expect(limit.size).toBe(64);
  });
});

describe('checkVectors', () => {
  const good = Float32Array.of(1, 0);

  it('accepts what fits', () => {
    expect(() => checkVectors([good, good], 2, 2)).not.toThrow();
    expect(() => checkVectors([good], 1, undefined)).not.toThrow();
  });

  it.each([
    ['too few', [good], 2, 2],
    ['the wrong dimension', [good], 1, 3],
    ['two dimensions in one answer', [good, Float32Array.of(1, 0, 0)], 2, undefined],
    ['not a number', [Float32Array.of(1, Number.NaN)], 1, 2],
    ['a double beyond float32', [Float32Array.of(1, 1e39)], 1, 2],
    ['all zeros', [Float32Array.of(0, -0)], 1, 2],
    ['nothing', [new Float32Array()], 1, undefined],
  ])('refuses %s', (_, vectors, count, expected) => {
    expect(() => checkVectors(vectors, count, expected)).toThrow(ProviderError);
  });
});
