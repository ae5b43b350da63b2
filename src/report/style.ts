/**
 * Colour, decided elsewhere: whether there is any, and how much, is told by the caller (cli reads
 * NO_COLOR, FORCE_COLOR and the terminal). Meaning never hangs on colour alone.
 */
import { Chalk } from 'chalk';

type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
  readonly magenta: Paint;
}

const same: Paint = (text) => text;

export const plainStyle: Style = {
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  cyan: same,
  magenta: same,
};

/** 0 none, 1 sixteen colours, 2 256 colours, 3 true colour. */
export type ColourLevel = 0 | 1 | 2 | 3;

export function colourStyle(level: ColourLevel): Style {
  if (level === 0) return plainStyle;
  const chalk = new Chalk({ level });
  // Empty text stays empty: chalk would leave bare escape sequences at the end of padded lines.
  const paint =
    (colour: Paint): Paint =>
    (text) =>
      text === '' ? '' : colour(text);
  return {
    bold: paint((text) => chalk.bold(text)),
    dim: paint((text) => chalk.dim(text)),
    red: paint((text) => chalk.red(text)),
    green: paint((text) => chalk.green(text)),
    yellow: paint((text) => chalk.yellow(text)),
    cyan: paint((text) => chalk.cyan(text)),
    magenta: paint((text) => chalk.magenta(text)),
  };
}
