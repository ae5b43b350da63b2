/**
 * A stream in a PDF may unpack to any size, and pdf.js unpacks it into memory beside the heap, where no limit of the
 * thread holds. So in the parsing thread, and only there, an array of bytes has a largest length and the platform's
 * unpacker a largest output. What asks for more gets the RangeError that any array gets at its own limit.
 */
export interface ArrayBound {
  /** Whether anything asked for more since the last call. */
  exceeded(): boolean;
}

export function boundArrays(maxBytes: number): ArrayBound {
  let exceeded = false;
  const refuse = (bytes: number): RangeError => {
    exceeded = true;
    return new RangeError(`${bytes} bytes; the limit is ${maxBytes}`);
  };

  globalThis.Uint8Array = new Proxy(globalThis.Uint8Array, {
    construct(target, args: unknown[], newTarget) {
      if (typeof args[0] === 'number' && args[0] > maxBytes) throw refuse(args[0]);
      return Reflect.construct(
        target,
        args,
        newTarget === globalThis.Uint8Array ? target : newTarget,
      ) as object;
    },
  });

  globalThis.DecompressionStream = new Proxy(globalThis.DecompressionStream, {
    construct(target, args: unknown[]) {
      const { readable, writable } = Reflect.construct(target, args) as DecompressionStream;
      let bytes = 0;
      const counter = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.byteLength;
          if (bytes > maxBytes) controller.error(refuse(bytes));
          else controller.enqueue(chunk);
        },
      });
      return { readable: readable.pipeThrough(counter), writable };
    },
  });

  return {
    exceeded() {
      const was = exceeded;
      exceeded = false;
      return was;
    },
  };
}
