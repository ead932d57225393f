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
    'Runs as root in a build container, by `sh -e` or the interpreter of its `#!` line. Its home and working directories are not part of ' +
    `the prebuild. At most ${MAX_SCRIPT_BYTES} bytes.`,
});

const packages = listOf(text(), { count: MAX_PACKAGES, message: atMostItems(MAX_PACKAGES) }).openapi({
  description: `Package names for the runtime's installer, optionally with versions. At most ${MAX_PACKAGES}.`,
  example: ['numpy==2.1'],
});

function baseImage(defaultRuntime: string) {
  return z
    .string()
    .openapi({ description: `The runtime to extend. Default: ${defaultRuntime}.`, example: defaultRuntime });
}

/** The fields of `POST /run` that ask for a prebuild or packages. */
export function extensionFields(defaultRuntime: string) {
  const spec = z.strictObject({ base_image: baseImage(defaultRuntime).nullish(), setup_script: script });
  return {
    prebuild_spec: spec.nullish().openapi({
      description: 'Run on the prebuild of this spec instead of `image`. It is built if it does not exist.',
    }),
    packages: packages.nullish().openapi({
      description: 'Packages to run with. A prebuild with these packages is built if it does not exist.',
    }),
  };
}

/** The body of `POST /prebuild`. */
export function createPrebuildRequestSchema(defaultRuntime: string) {
  return z
    .strictObject({
      tag: text().openapi({
        description: `Must match \`${TAG_PATTERN.source}\`. A leading \`${TAG_PREFIX}\` is dropped.`,
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

/** The response body of `POST /prebuild`. */
export const prebuiltSchema = z
  .object({
    tag: z.string().openapi({ example: 'prebuilt-my-scipy' }),
    base_image: z.string().openapi({ example: 'code-runner-python' }),
    size_bytes: size,
    layer_size_bytes: size.openapi({ description: 'What the prebuild adds to its base' }),
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
    stale: z
      .boolean()
      .openapi({ description: 'Whether the base has been rebuilt since. The next use rebuilds the prebuild' }),
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
