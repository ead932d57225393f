import { posix } from 'node:path';
import { MISSING_IMPORT, type SourceProblem } from '../core/diagnosis.ts';
import type { SourceFile } from '../core/request.ts';
import type { Manifest } from './manifest.ts';

type ImportRule = Manifest['imports'][number];

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
  const paths = new Set<string>(files.map(({ path }) => path));
  return sourceFiles(files, manifest)
    .flatMap((file) => manifest.imports.flatMap((rule) => missingIn(file, rule, paths)))
    .slice(0, MAX_PROBLEMS);
}

function missingIn({ path, content }: SourceFile, rule: ImportRule, paths: ReadonlySet<string>): SourceProblem[] {
  const lines = Buffer.from(content).toString().split('\n', MAX_LINES);
  return lines.flatMap((line, index) => {
    const match = rule.pattern.exec(line.slice(0, MAX_LINE_CHARACTERS));
    const name = match?.groups?.['path'];
    if (!match || name === undefined) return [];
    if (candidatesOf(name, path, rule).some((candidate) => paths.has(candidate))) return [];
    const column = match.index + match[0].lastIndexOf(name) + 1;
    const message = `no file for the import ${name}`;
    return [{ file: path, line: index + 1, column, ...MISSING_IMPORT, message }];
  });
}

function candidatesOf(name: string, importer: string, { candidates }: ImportRule): string[] {
  const folder = posix.dirname(importer);
  return candidates.map((candidate) =>
    posix.join(
      folder,
      candidate
        .replaceAll('{path}', name)
        .replaceAll('{bare}', name.replace(/\.\w+$/, ''))
        .replaceAll('{importer}', posix.parse(importer).name),
    ),
  );
}
