import type { Runtime } from '../runtimes/registry.ts';
import type { PrebuildSpec, PrebuildTag } from './spec.ts';

/** The image of a prebuild, as the engine keeps it. */
export interface PrebuildImage {
  readonly id: string;
  /** What names it, each with its last use where one is recorded (milliseconds since 1970). */
  readonly tags: ReadonlyMap<PrebuildTag, number | undefined>;
  readonly spec: PrebuildSpec;
  readonly specHash: string;
  /** The runtime's image at the time of the build. */
  readonly baseImageId: string;
  readonly sizeBytes: number;
  /** What the prebuild adds to its base. */
  readonly layerBytes: number;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every image that matters to prebuilds, at one moment. */
export interface ImageScan {
  readonly prebuilds: readonly PrebuildImage[];
  /** Ids of the images that have a name, by name without `:latest`. */
  readonly imageIds: ReadonlyMap<string, string>;
}

/** Keeps prebuilds. What is not ours by its labels is never touched. */
export interface PrebuildStore {
  scan(): Promise<ImageScan>;
  /** What a sandbox of the prebuild is made from. */
  reference(tag: PrebuildTag): string;
  /** Moves a tag to an image in one step. */
  tag(imageId: string, tag: PrebuildTag): Promise<void>;
  /** Takes a tag away, and the image too when nothing else needs it. */
  untag(tag: PrebuildTag): Promise<void>;
  recordUse(imageId: string, tag: PrebuildTag, usedAtMs: number): Promise<void>;
  /** Ids of the images that containers are made of now. */
  imagesInUse(): Promise<ReadonlySet<string>>;
  /** Removes images of prebuilds that nothing names any more. Resolves with how many there were. */
  sweep(): Promise<number>;
}

export interface BuildOrder {
  readonly base: Runtime;
  readonly spec: PrebuildSpec;
  readonly specHash: string;
}

/** What the commands of a build may print in all; one that prints more fails. */
export const MAX_LOG_BYTES = 16 * 1024 * 1024;

export interface BuildWatch {
  /** The build is under way: what goes wrong before this could as well have been refused. */
  readonly onBegin: () => void;
  /** Everything that the build prints, as it comes, at most `MAX_LOG_BYTES`. */
  readonly onLog: (bytes: Buffer) => void;
  readonly signal: AbortSignal;
}

/** Makes images. */
export interface PrebuildBuilder {
  /**
   * Resolves with the id of the new image, which nothing names yet. Rejects with `BuildFailure` when the script is to blame, with
   * `RunnerError` when the service is, and with the signal's reason when given up; nothing is then left behind.
   */
  build(order: BuildOrder, watch: BuildWatch): Promise<string>;
}

/** The build did not make an image, and why; for the caller. An empty reason: the log says it all. */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
}
