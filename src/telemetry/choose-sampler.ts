/** OTEL_TRACES_SAMPLER: the names that the specification gives. */
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';

/** Undefined: no such sampler. */
export function chooseSampler(name: string, argument: string): Sampler | undefined {
  const root = ROOTS[name.replace(/^parentbased_/, '') || 'always_on']?.(argument);
  if (root === undefined) return undefined;
  return name === '' || name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

const ROOTS: Readonly<Record<string, (argument: string) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (argument) => new TraceIdRatioBasedSampler(ratioOf(argument)),
};

/** All of them when the argument says nothing usable. */
function ratioOf(argument: string): number {
  const ratio = argument === '' ? Number.NaN : Number(argument);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
}
