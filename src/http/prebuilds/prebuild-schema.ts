import { z } from '@hono/zod-openapi';
import type { Prebuild } from '../../prebuilds/catalog.ts';
import { MAX_PACKAGES, MAX_SCRIPT_BYTES, prebuildTag, TAG_PATTERN, TAG_PREFIX } from '../../prebuilds/spec.ts';

const IMAGE_PREFIX = 'code-runner-';

const script = z
  .string()
  .refine((value) => value.isWellFormed(), 'must not hold lone surrogates')
  .refine((value) => !value.includes('\0'), 'must not hold NUL')
  .refine((value) => Buffer.byteLength(value) <= MAX_SCRIPT_BYTES, `must be at most ${MAX_SCRIPT_BYTES} bytes`)
  .openapi({
    description:
      'Run as root by `sh -e`, or by the interpreter of its `#!` line, with the network of builds. The home and the working directory are not part of the image.',
  });

const packages = z
  .array(z.string().min(1).max(200))
  .max(MAX_PACKAGES)
  .openapi({
    description: "Names for the runtime's own installer, with versions if need be.",
    example: ['numpy==2.1'],
  });

const baseImage = z.string().openapi({ description: 'The runtime to extend. Default: python.', example: 'python' });

/** The fields of `POST /run` that ask for more than a plain runtime. */
export function extensionFields(isOn: boolean) {
  const allowed = <T extends z.ZodType>(schema: T) => schema.refine(() => isOn, 'prebuilds are off (PREBUILDS)');
  const spec = z.strictObject({ base_image: baseImage.nullish(), setup_script: script.min(1, 'must not be empty') });
  return {
    prebuild_spec: allowed(spec).nullish().openapi({
      description:
        'Run on the prebuild of this spec, which takes the place of `image`. It is built if it is not there.',
    }),
    packages: allowed(packages).nullish().openapi({
      description: 'Packages to run with: a prebuild that has them is found, or built.',
    }),
  };
}

/** The body of `POST /prebuild`. */
export const prebuildRequestSchema = z
  .strictObject({
    tag: z
      .string()
      .refine((value) => prebuildTag(value) !== undefined, `must be ${TAG_PATTERN.source}`)
      .openapi({ description: `An optional \`${TAG_PREFIX}\` in front is dropped.`, example: 'my-scipy' }),
    base_image: baseImage.nullish(),
    setup_script: script.nullish(),
    packages: packages.nullish(),
  })
  .refine((body) => body.setup_script || body.packages?.length, {
    path: ['setup_script'],
    message: 'is needed, or packages',
  })
  .openapi('PrebuildRequest');

export type PrebuildRequestBody = z.output<typeof prebuildRequestSchema>;

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
