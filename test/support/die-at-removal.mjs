/**
 * Preload (`--import`): the process is killed, as by SIGKILL from outside, when it is about to remove the DIE_AT-th file
 * whose path holds DIE_AT_PATH.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { DIE_AT_PATH: part = '' } = process.env;
let left = Number(process.env['DIE_AT']);
const remove = fs.rmSync;

fs.rmSync = (path, ...rest) => {
  if (String(path).includes(part) && --left === 0) process.kill(process.pid, 'SIGKILL');
  return remove(path, ...rest);
};
syncBuiltinESMExports();
