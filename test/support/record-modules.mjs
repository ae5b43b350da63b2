/**
 * Preload (`--import`): writes every module that the process loads to the file named by RECORD_MODULES, one url or
 * path a line. ESM is seen by a load hook, CommonJS and native add-ons by the require cache at exit.
 */
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';

const file = process.env['RECORD_MODULES'];
const hook = `
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  appendFileSync(${JSON.stringify(file)}, url + '\\n');
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

const require = createRequire(import.meta.url);
process.on('exit', () => {
  appendFileSync(
    file,
    Object.keys(require.cache)
      .map((path) => `${path}\n`)
      .join(''),
  );
});
