/** A rectangle within the picture, in pixels; for decodeIndices within its grid, in indices. */
export interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** How a call can be watched and stopped. */
export interface Watch {
  /** Checked before a call, and whenever there is progress. The call then throws the signal's reason. */
  signal?: AbortSignal;
  /**
   * How far the present step of the work is: units that are done, and all of them, or 0 where that is not known.
   * What it throws stops the call, which throws it on.
   */
  onProgress?: (done: number, total: number) => void;
}

/** A file that has more throws a LimitError before anything is allocated. */
export interface Limits {
  /** Of the picture. Default 178,956,970. */
  maxPixels?: number;
  /** Of the pixels, and of the palette or codebook. Default 715,827,880. */
  maxBytes?: number;
  /** Of memory in use by the decoder at a time. Default 2^30. */
  maxMemory?: number;
}

/** Which planes of a stack are wanted. */
export interface Planes {
  /** The first one, counted from 0. Default 0. */
  plane?: number;
  /** How many. Default 1; `info.planes` are all. */
  planes?: number;
}

export interface DecodeOptions extends Watch, Planes {
  /** Default the whole picture. Only what it needs of the indices is decoded. */
  region?: Region;
  /**
   * Bytes of a pixel. 4 gives RGB and alpha, whatever the file has. 0, the default, gives what the file has
   * (`info.channels`); that number itself means the same, and others throw a RangeError.
   */
  channels?: 0 | 1 | 2 | 3 | 4;
}

export interface Info {
  width: number;
  height: number;
  /** Of a stack: frames of an animation, say. 1 in a picture. */
  planes: number;
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha. */
  channels: 1 | 2 | 3 | 4;
  /** Entries of the palette, or of the codebook of blocks. */
  nColors: number;
  /** Pixels of an entry: both are 1 in a palette. */
  blockWidth: number;
  blockHeight: number;
  /** Indices in a row, and rows of them. */
  gridWidth: number;
  gridHeight: number;
  /** Whether the numbers of the entries mean something, as in a label map. */
  authored: boolean;
  /** How the indices are coded; null in readInfo, and where there is one colour. */
  coding: "packed" | "deflate" | "mixed" | null;
}

export interface Picture {
  width: number;
  height: number;
  /** Those that were asked for, one below another. */
  planes: number;
  channels: 1 | 2 | 3 | 4;
  /** Rows of `width` pixels of `channels` bytes, from the top left. ImageData takes those of 4 channels as they are. */
  pixels: Uint8ClampedArray<ArrayBuffer>;
}

export interface Indices {
  width: number;
  height: number;
  /** Those that were asked for, one below another. */
  planes: number;
  /** Rows of `width` numbers of entries, from 0 on. */
  indices: Uint16Array<ArrayBuffer>;
}

export type SectionName = "icc" | "exif" | "xmp" | "facts" | "names" | "array" | "frames" | "tables";

/** A file that was opened and checked: all but the streams of its indices. */
export declare class KmqFile {
  private constructor();
  readonly info: Readonly<Info>;
  /** A copy of the entries: nColors times `channels` bytes for each pixel of a block, row by row. */
  get palette(): Uint8Array<ArrayBuffer>;
  /** A copy of the payload of an ancillary section, which is not checked; null if there is none. */
  section(name: SectionName): Uint8Array<ArrayBuffer> | null;
  /** Decode pixels in this thread. */
  decode(options?: DecodeOptions): Picture;
  /** Decode indices in this thread; the region is one of the grid. */
  decodeIndices(options?: Watch & Planes & { region?: Region }): Indices;
}

/** What a file can have against being decoded (section 7 of the specification). */
export declare class KmqError extends Error {
  /** The class: "FormatError", ... */
  get name(): string;
  /** Where in the file, in bytes; null where that does not help. */
  offset: number | null;
}
/** The bytes are not a valid file. */
export declare class FormatError extends KmqError {}
/** The file ends before its last section does. */
export declare class TruncatedError extends FormatError {}
/** The file needs another version of the decoder. */
export declare class UnsupportedError extends KmqError {}
/** The picture is larger than the limits. */
export declare class LimitError extends KmqError {}
/** There is not enough memory. */
export declare class MemoryError extends KmqError {}

export type Bytes = ArrayBuffer | ArrayBufferView;

/**
 * Say where kmq.wasm is: its address, its bytes, or the module. By default it lies beside kmq.mjs.
 * Calling it is only needed for another place, or to compile before the first file is there.
 */
export declare function load(source?: string | URL | BufferSource | WebAssembly.Module): Promise<WebAssembly.Module>;

/** Open a file: header, checksums and palette are checked. Throws KmqError, RangeError, TypeError. */
export declare function open(bytes: Bytes, options?: Limits & Watch): Promise<KmqFile>;

/** Open a file and decode its pixels in this thread. */
export declare function decode(bytes: Bytes, options?: Limits & DecodeOptions): Promise<Picture>;

/** Read the header at the start of a file; 64 bytes are enough. No checksum is compared. */
export declare function readInfo(bytes: Bytes): Promise<Info>;
