import { posix } from 'node:path';
import { MISSING_IMPORT, type SourceProblem } from '../core/diagnosis.ts';
import type { SourceFile } from '../core/request.ts';
import type { Manifest } from './manifest.ts';

type ImportRule = Manifest['imports'][number];
type ModuleRule = NonNullable<ImportRule['module']>;

const MAX_PROBLEMS = 100;
const MAX_LINES = 20_000;
const MAX_LINE_CHARACTERS = 1000;

/** The files in which a runtime's programs are written. */
export function sourceFiles(files: readonly SourceFile[], manifest: Manifest): SourceFile[] {
  const extensions = manifest.source_extensions ?? [manifest.file_extension];
  return files.filter(({ path }) => extensions.includes(posix.extname(path)));
}

/** The local imports whose file is not among the files. They are found line by line, by the patterns of the runtime. */
export function missingImports(files: readonly SourceFile[], manifest: Manifest): SourceProblem[] {
  const paths = new Set(files.flatMap(({ path }) => [path, besides(path, `*${posix.extname(path)}`)]));
  const sources = sourceFiles(files, manifest);
  return manifest.imports
    .flatMap((rule) => {
      const module = rule.module && moduleName(files, rule.module);
      return sources.flatMap((file) => missingIn(file, { rule, module, paths }));
    })
    .slice(0, MAX_PROBLEMS);
}

interface Search {
  readonly rule: ImportRule;
  /** The name of the program's own module, if local imports begin with it. */
  readonly module: string | undefined;
  /** The paths of all files, and `folder/*.ext` for the extensions in each folder. */
  readonly paths: ReadonlySet<string>;
}

function moduleName(files: readonly SourceFile[], { file, pattern, default: otherwise }: ModuleRule): string {
  const content = files.find(({ path }) => path === file)?.content;
  const lines = content === undefined ? [] : linesOf(content);
  return lines.flatMap((line) => pattern.exec(line)?.groups?.['module'] ?? [])[0] ?? otherwise;
}

function linesOf(content: Uint8Array): string[] {
  const lines = Buffer.from(content).toString().split('\n', MAX_LINES);
  return lines.map((line) => line.slice(0, MAX_LINE_CHARACTERS));
}

function missingIn({ path, content }: SourceFile, { rule, module, paths }: Search): SourceProblem[] {
  return linesOf(content).flatMap((line, index) => {
    const match = rule.pattern.exec(line);
    const name = match?.groups?.['path'];
    if (!match || name === undefined) return [];
    const candidates = module === undefined ? candidatesOf(name, path, rule) : candidatesInModule(name, module, rule);
    if (candidates === undefined || candidates.some((candidate) => paths.has(candidate))) return [];
    const column = match.index + match[0].lastIndexOf(name) + 1;
    return [{ file: path, line: index + 1, column, ...MISSING_IMPORT, message: `no file for the import ${name}` }];
  });
}

/** `undefined` for an import of another module. */
function candidatesInModule(name: string, module: string, rule: ImportRule): string[] | undefined {
  if (name !== module && !name.startsWith(`${module}/`)) return undefined;
  return candidatesOf(`.${name.slice(module.length)}`, '', rule);
}

function candidatesOf(name: string, importer: string, { candidates }: ImportRule): string[] {
  return candidates.map((candidate) =>
    besides(
      importer,
      candidate
        .replaceAll('{path}', name)
        .replaceAll('{bare}', name.replace(/\.\w+$/, ''))
        .replaceAll('{importer}', posix.parse(importer).name),
    ),
  );
}

function besides(path: string, name: string): string {
  return posix.join(posix.dirname(path), name);
}
