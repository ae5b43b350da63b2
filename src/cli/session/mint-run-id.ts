/** Run ids: ULIDs that sort in the order in which runs began, also when the clock was set back between two. */
import { decodeTime, isValid, ulid } from 'ulid';

/** Milliseconds that one step in the first eight characters stands for: people are shown, and type, no more. */
const SHORT_ID_STEP_MS = 1024;

/** @param newest greatest id of any run before, which the new one is to follow */
export function mintRunId(now: number, newest: string | undefined): string {
  if (newest === undefined || !isValid(newest) || now > decodeTime(newest)) return ulid(now);
  return ulid(decodeTime(newest) + SHORT_ID_STEP_MS);
}
