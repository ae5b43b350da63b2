/** Puts more into a plan's temporary tables than its temporary folder has room for, and prints what it is told. */
import { IngestError } from '../../../src/domain/errors.js';
import { Scratch } from '../../../src/plan/scratch.js';

// More than its cache holds in memory.
const scratch = new Scratch();
try {
  for (let n = 0; n < 400_000; n++) scratch.addLiveId(`${n}`.padStart(512, '0'), '');
  process.stdout.write('it had room\n');
} catch (error) {
  process.stdout.write(
    error instanceof IngestError ? `${error.code} ${error.message}\n` : `${String(error)}\n`,
  );
} finally {
  scratch.close();
}
