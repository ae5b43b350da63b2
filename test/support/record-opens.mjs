/**
 * Preload (`--import`): writes the path of every file that the process opens or reads to the file named by
 * RECORD_OPENS, one a line.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const file = process.env['RECORD_OPENS'];
const append = fs.appendFileSync;

for (const [owner, names] of [
  [fs, ['open', 'openSync', 'readFile', 'readFileSync', 'createReadStream']],
  [fs.promises, ['open', 'readFile']],
]) {
  for (const name of names) {
    const original = owner[name];
    owner[name] = function (path, ...rest) {
      if (typeof path === 'string') append(file, `${path}\n`);
      return original.call(this, path, ...rest);
    };
  }
}
syncBuiltinESMExports();
