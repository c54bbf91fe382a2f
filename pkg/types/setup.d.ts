/** A signed file of a setup. */
export interface SetupFile {
  /** Which of the three it is, and the role whose keys sign it. */
  readonly type: "root" | "circuits" | "checkpoint";
  /** Its version. */
  readonly version: number;
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly issuedMs: number;
  /** From when on it is not valid any more, in milliseconds since the Unix epoch. */
  readonly expiresMs: number;
  /** How many keys have to sign. */
  readonly threshold: number;
  /** The keys that have signed, as `minisign` prints their ids; empty for a root that was pinned as it is. */
  readonly signers: readonly string[];
}

/** A released file that a setup lists. */
export interface Release {
  /** Its name. */
  readonly name: string;
  /** Its length, in bytes. */
  readonly length: number;
  /** Its SHA-256, in hexadecimal. */
  readonly sha256: string;
}

/** The setup of a client: who has signed what, until when. */
export interface Setup {
  /** The version that verdicts name: that of `circuits.json`. */
  readonly version: number;
  /** `VERSION:SHA256` of the root, to be compared with its signers by other ways. */
  readonly root: string;
  /** When the first of its files expires, in milliseconds since the Unix epoch. */
  readonly expiresMs: number;
  /** Its files: root, circuits and checkpoint. */
  readonly files: readonly SetupFile[];
  /** The released files that it lists. */
  readonly releases: readonly Release[];
}
