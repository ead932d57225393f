import { z } from 'zod';
import { safePath } from '../run/path.ts';

const argv = z
  .array(z.string().min(1))
  .refine(([program]) => program?.startsWith('/'), 'must begin with an absolute path');
const fileName = z.string().refine((name) => safePath(name) === name, 'must be a plain relative path');

/** `runtime.json`: everything the service knows about a runtime. Adding a language is adding a folder with one. */
export const manifestSchema = z.strictObject({
  /** As shown to people. The runtime's id is the name of its folder. */
  name: z.string().min(1),
  description: z.string().min(1),
  version: z.string().min(1),
  /** Where `code` goes. */
  main_file: fileName,
  file_extension: z.string().startsWith('.'),
  /** What a person would type; shown only. */
  default_entrypoint: z.string().min(1),
  /** argv of the compile phase in the working directory, `null` where there is none. */
  compile: argv.nullable(),
  /** The file that the compile phase makes outside the working directory, `null` where it makes none. */
  artefact: z.string().startsWith('/tmp/').nullable().default(null),
  /** argv of the run phase; the caller's `args` follow. Absolute, so that a caller's `PATH` cannot hide the runtime. */
  run: argv,
  /** The program's whole environment, but for what the caller adds. */
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()),
  /** Files of the runtime's folder that are staged beside the caller's own. */
  workspace_files: z.array(fileName).default([]),
  /** A program that proves that the runtime works, and what it prints. */
  sample: z.strictObject({ file: fileName, stdout: z.string() }),
  /** Runtimes whose images this one's Dockerfile takes something from. */
  build_after: z.array(z.string()).default([]),
});

export type Manifest = z.infer<typeof manifestSchema>;
