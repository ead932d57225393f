import type { SafePath } from '../core/path.ts';
import type { SourceFile } from '../core/request.ts';
import type { Manifest } from './manifest.ts';

/** The commands that compile and run a program. */
export interface Commands {
  readonly compile: readonly string[] | null;
  readonly run: readonly string[];
}

/** The main file of a program, and its commands. */
export interface MainFile extends Commands {
  /** `undefined` if a command from the caller's files starts the program. */
  readonly path: SafePath | undefined;
}

type Rule = Manifest['main_files'][number];
type FileRule = Extract<Rule, { file: string }>;

/** Placeholders in a manifest's commands: the main file, its folder, and that folder as a module name. */
const PLACEHOLDER = /\{main_(?:file|folder|module)\}/;

/** Finds the main file: by its usual names, then by what a package file says, and else the only source file. */
export function findMainFile(files: readonly SourceFile[], manifest: Manifest): MainFile | undefined {
  const named = files.find(({ path }) => path === manifest.main_file);
  if (named) return mainFile(named.path, manifest);
  if (!canRunOthers(manifest)) return undefined;
  for (const rule of manifest.main_files) {
    const found = applyRule(rule, files, manifest);
    if (found) return found;
  }
  const [only, ...others] = files.filter(({ path }) => extensionsOf(manifest).some((end) => path.endsWith(end)));
  return only && others.length === 0 ? mainFile(only.path, manifest) : undefined;
}

/** The commands for a program with this main file. */
export function mainFile(path: SafePath, manifest: Manifest, own: Partial<Commands> = {}): MainFile {
  const { compile = manifest.compile, run = manifest.run } = own;
  const fill = (argv: readonly string[]) => argv.map((argument) => fillIn(argument, path));
  return { path, compile: compile && fill(compile), run: fill(run) };
}

/** Lists what `findMainFile` looks for, in order. */
export function describeMainFiles(manifest: Manifest): string {
  const extensions = `a single file that ends in ${extensionsOf(manifest).join(', ')}`;
  const others = canRunOthers(manifest) ? [...manifest.main_files.map(describeRule), extensions] : [];
  return [...new Set([manifest.main_file, ...others])].join(', ');
}

/** Whether the commands have a placeholder. Without one, they only run the main file that they name. */
function canRunOthers({ compile, run }: Manifest): boolean {
  return [...(compile ?? []), ...run].some((argument) => PLACEHOLDER.test(argument));
}

function extensionsOf({ source_extensions, file_extension }: Manifest): readonly string[] {
  return source_extensions ?? [file_extension];
}

function applyRule(rule: Rule, files: readonly SourceFile[], manifest: Manifest): MainFile | undefined {
  if (typeof rule === 'string') return applyFileRule({ file: rule }, files, manifest);
  if ('file' in rule) return applyFileRule(rule, files, manifest);
  const name = 'named_in' in rule ? rule.named_in : rule.command_in;
  const value = readField(files, name, rule.field);
  if (value === undefined) return undefined;
  if ('named_in' in rule) return applyName(value, files, manifest);
  return { path: undefined, compile: null, run: ['/bin/sh', '-c', `${value} "$@"`, 'sh'] };
}

/** If several files match, they must be in the same folder. */
function applyFileRule(rule: FileRule, files: readonly SourceFile[], manifest: Manifest): MainFile | undefined {
  if (rule.with !== undefined && !files.some(({ path }) => path === rule.with)) return undefined;
  const pattern = patternOf(rule.file);
  const contains = rule.contains === undefined ? undefined : new RegExp(rule.contains, 'm');
  const matches = files.filter(
    ({ path, content }) => pattern.test(path) && (contains?.test(Buffer.from(content).toString()) ?? true),
  );
  const [first, ...others] = matches.map(({ path }) => path).sort();
  if (first === undefined || others.some((path) => folderOf(path) !== folderOf(first))) return undefined;
  const { compile, run } = rule;
  return mainFile(first, manifest, { ...(compile && { compile }), ...(run && { run }) });
}

/** Finds the file for a name that may lack its extension or be a folder with an index file. */
function applyName(name: string, files: readonly SourceFile[], manifest: Manifest): MainFile | undefined {
  const bare = name.replace(/^\.\//, '').replace(/\/$/, '');
  const ends = ['', ...extensionsOf(manifest), ...extensionsOf(manifest).map((end) => `/index${end}`)];
  const candidates = ends.map((end) => bare + end);
  const path = candidates.flatMap((candidate) => files.find((file) => file.path === candidate)?.path ?? [])[0];
  return path && mainFile(path, manifest);
}

/** A text field of a JSON file that the caller sent; `undefined` if there is none. */
function readField(files: readonly SourceFile[], name: string, field: readonly string[]): string | undefined {
  const file = files.find(({ path }) => path === name);
  if (!file) return undefined;
  try {
    const value = field.reduce<unknown>(memberOf, JSON.parse(Buffer.from(file.content).toString()));
    return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined;
  } catch {
    // Not valid JSON: the language's own tools will report it if they read the file.
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function describeRule(rule: Rule): string {
  if (typeof rule === 'string') return rule;
  if ('file' in rule) return rule.described_as ?? rule.file;
  return `${rule.field.join('.')} in ${'named_in' in rule ? rule.named_in : rule.command_in}`;
}

/** `*` matches anything within one path segment. */
function patternOf(glob: string): RegExp {
  const parts = glob.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`);
}

/** Fills in the placeholders. A leading `./` keeps a file name from being read as an option. */
function fillIn(argument: string, path: SafePath): string {
  const folder = folderOf(path);
  return argument
    .replaceAll('{main_file}', path.startsWith('-') ? `./${path}` : path)
    .replaceAll('{main_folder}', folder === '' ? '.' : `./${folder}`)
    .replaceAll('{main_module}', folder.replaceAll('/', '.'));
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
