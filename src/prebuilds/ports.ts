import type { Runtime } from '../runtimes/registry.ts';
import type { PrebuildSpec, PrebuildTag } from './spec.ts';

/** The image of a prebuild on the engine. */
export interface PrebuildImage {
  readonly id: string;
  /** Its tags, each with its last recorded use in milliseconds since 1970, or `undefined`. */
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

/** All images that concern prebuilds, at one moment. */
export interface ImageScan {
  readonly prebuilds: readonly PrebuildImage[];
  /** Ids of all named images, by name without `:latest`. */
  readonly imageIds: ReadonlyMap<string, string>;
}

/** Stores prebuilds. Never touches an image without this service's labels. */
export interface PrebuildStore {
  scan(): Promise<ImageScan>;
  /** The image reference that sandboxes of the prebuild are created from. */
  reference(tag: PrebuildTag): string;
  /** Moves a tag to an image atomically. */
  tag(imageId: string, tag: PrebuildTag): Promise<void>;
  /** Removes a tag, and its image if nothing else uses it. */
  untag(tag: PrebuildTag): Promise<void>;
  recordUse(imageId: string, tag: PrebuildTag, usedAtMs: number): Promise<void>;
  /** Ids of the images that containers currently use. */
  imagesInUse(): Promise<ReadonlySet<string>>;
  /** Removes prebuild images without a tag. Resolves with their number. */
  sweep(): Promise<number>;
}

export interface BuildOrder {
  readonly base: Runtime;
  readonly spec: PrebuildSpec;
  readonly specHash: string;
}

/** Maximum output of all commands of a build together. A build that prints more fails. */
export const MAX_LOG_BYTES = 16 * 1024 * 1024;

export interface BuildWatch {
  /** Called when the build has started. A failure before that can still be reported as a refusal. */
  readonly onBegin: () => void;
  /** Called with everything that the build prints, at most `MAX_LOG_BYTES` in total. */
  readonly onLog: (bytes: Buffer) => void;
  readonly signal: AbortSignal;
}

/** Builds images. */
export interface PrebuildBuilder {
  /**
   * Resolves with the id of the new image, which has no tag yet. Rejects with `BuildFailure` if the script failed, with `RunnerError`
   * if the service failed, and with the signal's reason if the build was cancelled. A failed build leaves nothing behind.
   */
  build(order: BuildOrder, watch: BuildWatch): Promise<string>;
}

/** A build failed. The message is for the caller; it is empty if the log already shows the reason. */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
}
