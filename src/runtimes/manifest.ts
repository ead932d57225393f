import { z } from 'zod';
import type { ArtefactPlace } from '../core/command.ts';
import { safePath } from '../core/path.ts';

const argv = z
  .array(z.string().min(1))
  .refine(([program]) => program?.startsWith('/'), 'must begin with an absolute path');
const fileName = z.string().refine((name) => safePath(name) === name, 'must be a plain relative path');

const ARTEFACT = /^(\/workspace|\/tmp)\/(.+)$/;
const GLOB_CHARACTERS = /[*?[]/;

/** A plain file in one of the writable places. */
const artefact = z.string().transform((text, context): ArtefactPlace => {
  const [, root, name = ''] = ARTEFACT.exec(text) ?? [];
  const path = safePath(name);
  if (path === name && !GLOB_CHARACTERS.test(name)) return { root: root as ArtefactPlace['root'], path };
  context.addIssue({ code: 'custom', message: 'must be a plain path beneath /workspace or /tmp' });
  return z.NEVER;
});

const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());

/** How a runtime takes packages. They follow the command as arguments, each checked against the pattern, and no shell sees them. */
const packagesSchema = z.strictObject({
  install: argv,
  /** Once, behind an installation. */
  finish: argv.nullable().default(null),
  /** What a package may look like, as a regular expression for the whole of it. */
  pattern: z.string().refine(isRegExp, 'must be a regular expression'),
  /** Metadata within the main file that names packages. */
  inline: z.literal('pep723').optional(),
  /** A sent file that names packages, one a line. */
  file: fileName.optional(),
});

/** What building on top of a runtime takes. */
const prebuildSchema = z.strictObject({
  /** Added to `PATH` and `LANG` of the runtime's environment while something is set up. */
  environment: environment.default({}),
  /** Before everything else. */
  prepare: argv.nullable().default(null),
  packages: packagesSchema.optional(),
});

function isRegExp(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

const field = z.array(z.string().min(1)).min(1);
const ALIAS = /^[a-z0-9][a-z0-9.+#_-]{0,30}$/;

/** How the main file is found among files that lack one of the runtime's own name. */
const mainFileRule = z.union([
  /** A path; `*` stands for anything within one segment. */
  fileName,
  z.strictObject({
    file: fileName,
    /** Only beside this file. */
    with: fileName.optional(),
    /** Only where a line of the file matches, as a regular expression. */
    contains: z.string().refine(isRegExp, 'must be a regular expression').optional(),
    /** What this is called to people; left out: the path. */
    described_as: z.string().min(1).optional(),
    /** In place of the runtime's own commands. */
    compile: argv.optional(),
    run: argv.optional(),
  }),
  /** The file that a file of JSON names. */
  z.strictObject({ named_in: fileName, field }),
  /** The shell command that a file of JSON holds. */
  z.strictObject({ command_in: fileName, field }),
]);

const fields = z.strictObject({
  /** As shown to people. The runtime's id is the name of its folder. */
  name: z.string().min(1),
  description: z.string().min(1),
  /** Other names that people give it, in lower case. No two runtimes share one. By some of them `code` goes to another file. */
  aliases: z
    .array(z.union([z.string().regex(ALIAS), z.strictObject({ name: z.string().regex(ALIAS), main_file: fileName })]))
    .default([]),
  version: z.string().min(1),
  /** Where `code` goes. */
  main_file: fileName,
  file_extension: z.string().startsWith('.'),
  /** Where else the main file may be, in this order; behind all of them comes the only file with one of the extensions. */
  main_files: z.array(mainFileRule).default([]),
  /** Extensions of files that can be a main file; left out: the one above. */
  source_extensions: z.array(z.string().startsWith('.')).min(1).optional(),
  /** What a person would type; shown only. */
  default_entrypoint: z.string().min(1),
  /**
   * argv of the compile phase in the working directory, `null` where there is none. Here and in `run`, `{main_file}` is the main file,
   * `{main_folder}` its folder as a relative path, and `{main_module}` that folder with dots.
   */
  compile: argv.nullable(),
  /** The one file that compiling makes and running needs. What has one can be cached; more than one file cannot. */
  artefact: artefact.optional(),
  /** argv of the run phase; the caller's `args` follow. Absolute, so that a caller's `PATH` cannot hide the runtime. */
  run: argv,
  /** The program's whole environment, but for what the caller adds. */
  environment,
  /** Files of the runtime's folder that are staged beside the caller's own. */
  workspace_files: z.array(fileName).default([]),
  /** A program that proves that the runtime works, and what it prints. */
  sample: z.strictObject({ file: fileName, stdout: z.string() }),
  /** Runtimes whose images this one's Dockerfile takes something from. */
  build_after: z.array(z.string()).default([]),
  prebuild: prebuildSchema.optional(),
});

/** `runtime.json`: everything the service knows about a runtime. Adding a language is adding a folder with one. */
export const manifestSchema = fields.refine(
  ({ compile, artefact }) => compile !== null || artefact === undefined,
  'artefact: without a compile phase there is none',
);

export type Manifest = z.infer<typeof manifestSchema>;
