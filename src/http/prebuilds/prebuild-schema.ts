import { z } from '@hono/zod-openapi';
import type { PrebuildDraft } from '../../core/draft/draft.ts';
import { MAX_PACKAGES, MAX_SCRIPT_BYTES } from '../../core/draft/extension.ts';
import { atMostItems } from '../../core/draft/strings.ts';
import type { Prebuild } from '../../prebuilds/catalog.ts';
import { TAG_PATTERN, TAG_PREFIX } from '../../prebuilds/spec.ts';
import { listOf, text } from '../fields.ts';

const IMAGE_PREFIX = 'code-runner-';

const script = text().openapi({
  description:
    'Run as root by `sh -e`, or by the interpreter of its `#!` line, with the network of builds. The home and the working directory are not ' +
    `part of the image. At most ${MAX_SCRIPT_BYTES} bytes.`,
});

const packages = listOf(text(), { count: MAX_PACKAGES, message: atMostItems(MAX_PACKAGES) }).openapi({
  description: `Names for the runtime's own installer, with versions if need be. At most ${MAX_PACKAGES}.`,
  example: ['numpy==2.1'],
});

function baseImage(defaultRuntime: string) {
  return z
    .string()
    .openapi({ description: `The runtime to extend. Default: ${defaultRuntime}.`, example: defaultRuntime });
}

/** The fields of `POST /run` that ask for more than a plain runtime. */
export function extensionFields(defaultRuntime: string) {
  const spec = z.strictObject({ base_image: baseImage(defaultRuntime).nullish(), setup_script: script });
  return {
    prebuild_spec: spec.nullish().openapi({
      description:
        'Run on the prebuild of this spec, which takes the place of `image`. It is built if it is not there.',
    }),
    packages: packages.nullish().openapi({
      description: 'Packages to run with: a prebuild that has them is found, or built.',
    }),
  };
}

/** The body of `POST /prebuild`. */
export function createPrebuildRequestSchema(defaultRuntime: string) {
  return z
    .strictObject({
      tag: text().openapi({
        description: `Must be \`${TAG_PATTERN.source}\`; an optional \`${TAG_PREFIX}\` in front is dropped.`,
        example: 'my-scipy',
      }),
      base_image: baseImage(defaultRuntime).nullish(),
      setup_script: script.nullish(),
      packages: packages.nullish(),
    })
    .openapi('PrebuildRequest');
}

export function toPrebuildDraft(body: PrebuildRequestBody): PrebuildDraft {
  return { tag: body.tag, base: body.base_image, setupScript: body.setup_script, packages: body.packages };
}

export type PrebuildRequestBody = z.output<ReturnType<typeof createPrebuildRequestSchema>>;

const size = z.number().int();

/** The body of an answered `POST /prebuild`. */
export const prebuiltSchema = z
  .object({
    tag: z.string().openapi({ example: 'prebuilt-my-scipy' }),
    base_image: z.string().openapi({ example: 'code-runner-python' }),
    size_bytes: size,
    layer_size_bytes: size.openapi({ description: 'What it adds to its base' }),
    status: z.literal('ready'),
  })
  .openapi('Prebuilt');

export const prebuildSchema = z
  .object({
    tag: z.string().openapi({ example: 'prebuilt-my-scipy' }),
    base_image: z.string(),
    size_bytes: size,
    layer_size_bytes: size,
    created: z.string(),
    last_used: z.string().nullable(),
    stale: z.boolean().openapi({ description: 'The base has been rebuilt since; the next use rebuilds the prebuild' }),
    packages: z.array(z.string()),
    labels: z.record(z.string(), z.string()),
  })
  .openapi('Prebuild');

export function toPrebuilt({ tag, image }: Prebuild): z.output<typeof prebuiltSchema> {
  return {
    tag: TAG_PREFIX + tag,
    base_image: IMAGE_PREFIX + image.spec.base,
    size_bytes: image.sizeBytes,
    layer_size_bytes: image.layerBytes,
    status: 'ready',
  };
}

export function toPrebuildEntry({ tag, image, isStale, lastUsedAtMs }: Prebuild): z.output<typeof prebuildSchema> {
  return {
    tag: TAG_PREFIX + tag,
    base_image: IMAGE_PREFIX + image.spec.base,
    size_bytes: image.sizeBytes,
    layer_size_bytes: image.layerBytes,
    created: new Date(image.createdAtMs).toISOString(),
    last_used: lastUsedAtMs === undefined ? null : new Date(lastUsedAtMs).toISOString(),
    stale: isStale,
    packages: [...image.spec.packages],
    labels: { ...image.labels },
  };
}
