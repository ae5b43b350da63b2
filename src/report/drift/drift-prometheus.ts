/**
 * A drift report in the text format of Prometheus, for the textfile collector of its node exporter. Every class is
 * there, also with 0: an alert on a series ends when the series says so, not when it goes missing.
 */
import { DRIFT_CLASSES } from '../../domain/drift-classes.js';
import type { DriftIndex, DriftReport } from '../../domain/drift-report.js';
import { drifted } from './drift-verdict.js';

interface Metric {
  readonly name: string;
  readonly help: string;
  /** Undefined: nothing is known, so nothing is said. */
  readonly samples: (index: DriftIndex) => readonly (readonly [Labels, number | undefined])[];
}

type Labels = Readonly<Record<string, string>>;

const METRICS: readonly Metric[] = [
  {
    name: 'ingest_live_reachable',
    help: '1 when Chroma could be looked at, 0 when nothing is known of the index.',
    samples: (index) => [[{}, index.status === 'unreachable' ? 0 : 1]],
  },
  {
    // A label of its own series: were it on all of them, a closer look would end every one.
    name: 'ingest_drift_level',
    help: 'Always 1; the label says how closely live was looked at.',
    samples: (index) => [[{ level: index.verify }, known(index, 1)]],
  },
  {
    name: 'ingest_drift',
    help: '1 when live differs from what was applied.',
    samples: (index) => [[{}, known(index, drifted(index) ? 1 : 0)]],
  },
  {
    name: 'ingest_drift_records',
    help: 'Records that differ, by class of drift and class of incident; foreign ones are only noted.',
    samples: (index) =>
      Object.entries(DRIFT_CLASSES).map(([name, incident]) => {
        const found = index.classes.find((one) => one.class === name);
        return [{ class: name, incident }, known(index, found?.records ?? 0)];
      }),
  },
  {
    name: 'ingest_recorded_records',
    help: 'Records that the recorded state knows.',
    samples: (index) => [[{}, index.recorded.chunks]],
  },
  {
    name: 'ingest_live_records',
    help: 'Records that the collection holds, foreign ones included.',
    samples: (index) => [[{}, index.live_count ?? undefined]],
  },
  {
    name: 'ingest_canaries_asked',
    help: 'Stored vectors that were searched for.',
    samples: (index) => [[{}, known(index, index.canaries.asked)]],
  },
  {
    name: 'ingest_canaries_passed',
    help: 'Of these, those that search found.',
    samples: (index) => [[{}, known(index, index.canaries.passed)]],
  },
  {
    name: 'ingest_pinned',
    help: '1 while a rollback keeps the index from being built anew and from being repaired.',
    samples: (index) => [[{}, index.pinned === undefined ? 0 : 1]],
  },
  {
    name: 'ingest_drift_sampled_records',
    help: 'Only with --sample: recorded records that were looked for.',
    samples: (index) => [[{}, index.sample?.checked]],
  },
  {
    name: 'ingest_drift_sample_at_most_ratio',
    help: 'Only with --sample: share of all recorded records that is at most affected, with 95% confidence.',
    samples: (index) => [[{}, index.sample?.at_most_share]],
  },
  {
    name: 'ingest_last_good_run_timestamp_seconds',
    help: 'End of the last run that ended well, in seconds since 1970.',
    samples: ({ last_good_run: run }) => [
      [{}, run === null ? undefined : seconds(run.finished_at ?? run.started_at)],
    ],
  },
];

export function* renderDriftPrometheus(report: DriftReport): Generator<string> {
  const { environment } = report;
  for (const { name, help, samples } of METRICS) {
    yield `# HELP ${name} ${help}`;
    yield `# TYPE ${name} gauge`;
    for (const index of report.indexes) {
      const base = { environment, manifest_id: index.manifest_id };
      for (const [labels, value] of samples(index)) {
        if (value !== undefined) yield `${name}${renderLabels({ ...base, ...labels })} ${value}`;
      }
    }
  }
  yield '# HELP ingest_drift_checked_timestamp_seconds When this was looked at, in seconds since 1970.';
  yield '# TYPE ingest_drift_checked_timestamp_seconds gauge';
  yield `ingest_drift_checked_timestamp_seconds${renderLabels({ environment })} ${seconds(report.checked_at)}`;
}

function known(index: DriftIndex, value: number): number | undefined {
  return index.status === 'unreachable' ? undefined : value;
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function seconds(time: string): number {
  return Date.parse(time) / 1000;
}
