/** A text with its line starts, so that chunks are slices of it and know their lines. */

/** Lines count from 0 here and are half-open; offsets are UTF-16 units. */
export class SourceLines {
  readonly text: string;
  readonly #starts: number[] = [0];

  /** Any line ending counts as one line break: also a lone CR, as CommonMark has it. */
  constructor(text: string) {
    this.text = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) {
      if (at + 1 < this.text.length) this.#starts.push(at + 1);
    }
  }

  get count(): number {
    return this.#starts.length;
  }

  /** Offset of the line's first character; the text's length for a line behind the last. */
  start(line: number): number {
    return this.#starts[line] ?? this.text.length;
  }

  /** Offset behind the line's last character, without its line break. */
  end(line: number): number {
    const next = this.start(line + 1);
    return next > this.start(line) && this.text.charCodeAt(next - 1) === 0x0a ? next - 1 : next;
  }

  line(line: number): string {
    return this.text.slice(this.start(line), this.end(line));
  }

  isBlank(line: number): boolean {
    const end = this.end(line);
    for (let at = this.start(line); at < end; at++) {
      const unit = this.text.charCodeAt(at);
      if (unit !== 0x20 && unit !== 0x09) return false;
    }
    return true;
  }

  /** The line that holds an offset. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
