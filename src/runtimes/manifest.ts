import { z } from 'zod';
import type { ArtefactPlace } from '../core/command.ts';
import { safePath } from '../core/path.ts';
import { errorFormat, errorFormats, pattern } from './error-format-schema.ts';

const argv = z
  .array(z.string().min(1))
  .refine(([program]) => program?.startsWith('/'), 'must begin with an absolute path');
const fileName = z.string().refine((name) => safePath(name) === name, 'must be a plain relative path');

const ARTEFACT = /^(\/workspace|\/tmp)\/(.+)$/;
const GLOB_CHARACTERS = /[*?[]/;

/** A plain file in one of the writable folders. */
const artefact = z.string().transform((text, context): ArtefactPlace => {
  const [, root, name = ''] = ARTEFACT.exec(text) ?? [];
  const path = safePath(name);
  if (path === name && !GLOB_CHARACTERS.test(name)) return { root: root as ArtefactPlace['root'], path };
  context.addIssue({ code: 'custom', message: 'must be a plain path beneath /workspace or /tmp' });
  return z.NEVER;
});

const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());

/** How a runtime installs packages. They are checked against the pattern and passed to the command as arguments, without a shell. */
const packagesSchema = z.strictObject({
  install: argv,
  /** Runs once, after all packages are installed. */
  finish: argv.nullable().default(null),
  /** A regular expression that a package must match as a whole. */
  pattern: z.string().refine(isRegExp, 'must be a regular expression'),
  /** The format of metadata in the main file that lists packages. */
  inline: z.literal('pep723').optional(),
  /** A file in the request that lists packages, one per line. */
  file: fileName.optional(),
});

/** How prebuilds of a runtime are built. */
const prebuildSchema = z.strictObject({
  /** Environment of a build, in addition to `PATH` and `LANG` of the runtime's environment. */
  environment: environment.default({}),
  /** Runs before everything else. */
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

/** How to find the main file if there is none with the runtime's usual name. */
const mainFileRule = z.union([
  /** A path; `*` matches anything within one segment. */
  fileName,
  z.strictObject({
    file: fileName,
    /** Applies only if this file exists too. */
    with: fileName.optional(),
    /** Applies only if a line of the file matches this regular expression. */
    contains: z.string().refine(isRegExp, 'must be a regular expression').optional(),
    /** Description in error messages. Default: the path. */
    described_as: z.string().min(1).optional(),
    /** Commands that replace the runtime's own. */
    compile: argv.optional(),
    run: argv.optional(),
  }),
  /** The file that a field of a JSON file names. */
  z.strictObject({ named_in: fileName, field }),
  /** The shell command in a field of a JSON file. */
  z.strictObject({ command_in: fileName, field }),
]);

/** How to find syntax errors without running anything. */
const checkSchema = z.strictObject({
  /** A file of the runtime's folder that is put into `/tmp`. It is not part of the image. */
  script: fileName.optional(),
  /** Runs in the working directory; the source files follow as `./path`. Must not execute any of them. */
  command: argv,
  environment: environment.default({}),
  /** How its output, both streams together, reports problems. `type` becomes the code of the problem. */
  problems: z.array(errorFormat).min(1),
});

/** How to find local imports. */
const importRule = z.strictObject({
  /** Matches a line with an import. The group `path` is what it names. */
  pattern,
  /**
   * For languages that name local packages by the name of the module: the group `module` of this pattern in this file, or else the
   * default. Other imports are not local. `{path}` is then the rest of the path, relative to the working directory.
   */
  module: z.strictObject({ file: fileName, pattern, default: z.string().min(1) }).optional(),
  /**
   * Where the file can be, relative to the importing file. `{path}` is the path, `{bare}` the path without its extension, and
   * `{importer}` the importing file's name without its extension. `*.go` as the last segment is any file with that extension.
   */
  candidates: z.array(z.string().min(1)).min(1),
});

/** Which programs are not started before their files are there, because they could tell. */
const startAheadSchema = z.strictObject({
  /** Files in the working directory that the interpreter looks at before it opens the main file. */
  unless_files: z.array(fileName).default([]),
  /** Texts without which, in any of its files, a program cannot tell how long ago it was started. */
  unless_mentioned: z.array(z.string().min(1)).default([]),
});

const fields = z.strictObject({
  /** Display name. The runtime's id is the name of its folder. */
  name: z.string().min(1),
  description: z.string().min(1),
  /** Other names, in lower case, unique across runtimes. With some of them `code` is stored under another file name. */
  aliases: z
    .array(z.union([z.string().regex(ALIAS), z.strictObject({ name: z.string().regex(ALIAS), main_file: fileName })]))
    .default([]),
  version: z.string().min(1),
  /** The file name under which `code` is stored. */
  main_file: fileName,
  file_extension: z.string().startsWith('.'),
  /** Where else to look for the main file, in order. After these, the only file with one of the extensions is used. */
  main_files: z.array(mainFileRule).default([]),
  /** Extensions that a main file can have. Default: `file_extension`. */
  source_extensions: z.array(z.string().startsWith('.')).min(1).optional(),
  /** The command that a person would type. For display only. */
  default_entrypoint: z.string().min(1),
  /**
   * argv of the compile phase, run in the working directory; `null` if there is no compile phase. Here and in `run`, `{main_file}` is
   * the main file, `{main_folder}` its folder as a relative path, and `{main_module}` that folder with dots instead of slashes.
   */
  compile: argv.nullable(),
  /** The file that compiling produces and running needs. Only a single file can be cached. */
  artefact: artefact.optional(),
  /** argv of the run phase; the caller's `args` follow. The program path is absolute, so that the caller's `PATH` does not affect it. */
  run: argv,
  /** How to find the error in the standard error of a program that failed. In each list, the first format that matches counts. */
  errors: errorFormats,
  /** Says that `run` may be started before the files are there, and for which programs it may not. */
  start_ahead: startAheadSchema.optional(),
  /** Whether the image's interpreter can be a fork server (sandbox-init/PROTOCOL.md). Its image is built with the sources of sandbox-init. */
  fork_server: z.boolean().default(false),
  check: checkSchema.optional(),
  /** Local imports that `check` does not report itself. */
  imports: z.array(importRule).default([]),
  /** The program's whole environment, except for what the caller adds. */
  environment,
  /** Files of the runtime's folder to stage in addition to the caller's files. */
  workspace_files: z.array(fileName).default([]),
  /** A program that shows that the runtime works, and its output. */
  sample: z.strictObject({ file: fileName, stdout: z.string() }),
  /** Runtimes whose images this runtime's Dockerfile uses. */
  build_after: z.array(z.string()).default([]),
  prebuild: prebuildSchema.optional(),
});

/** `runtime.json`: everything that the service knows about a runtime. To add a language, add a folder with such a file. */
export const manifestSchema = fields
  .refine(({ compile, artefact }) => compile !== null || artefact === undefined, 'artefact: requires a compile phase')
  .refine(
    ({ start_ahead, compile, main_file }) =>
      start_ahead === undefined || (compile === null && !main_file.includes('/')),
    'start_ahead: requires that there is no compile phase and that main_file is not in a folder',
  )
  .refine(
    ({ fork_server, start_ahead }) => !fork_server || start_ahead !== undefined,
    'fork_server: requires start_ahead',
  );

export type Manifest = z.infer<typeof manifestSchema>;
export type StartAheadRules = z.infer<typeof startAheadSchema>;
