import type { Bytes, DecodeOptions, Indices, Limits, Picture, Region, Watch } from "./kmq.mjs";

/** A thread that decodes one file after another. It starts with the first. */
export declare class KmqWorker {
  /** As decode of kmq.mjs. A signal ends the thread at once; progress comes every 50 ms. */
  decode(bytes: Bytes, options?: Limits & DecodeOptions): Promise<Picture>;
  /** Indices and palette. */
  decodeIndices(
    bytes: Bytes,
    options?: Limits & Watch & { region?: Region },
  ): Promise<Indices & { palette: Uint8Array<ArrayBuffer> }>;
  /** End the thread. The next call starts another. */
  close(): void;
}
