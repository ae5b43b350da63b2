/** Loaded into every measured Node process: leaves what it used where it was told to. */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.INGEST_BENCH_USAGE;
if (file !== undefined && isMainThread) {
  process.on('exit', () => writeFileSync(file, JSON.stringify(process.resourceUsage())));
}
