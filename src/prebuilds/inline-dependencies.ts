import { type InvalidRequest, invalidField } from '../core/errors.ts';
import type { ProgramRequest } from '../core/request.ts';
import { findMainFile } from '../runtimes/main-file.ts';
import type { Manifest } from '../runtimes/manifest.ts';
import type { Runtime } from '../runtimes/registry.ts';

const BLOCK_START = /^# \/\/\/ script\s*$/;
const BLOCK_END = /^# \/\/\/\s*$/;
const TABLE = /^\s*\[/;
const DEPENDENCIES = /^\s*dependencies\s*=\s*\[/;
/** A token of a TOML array of strings without escapes: a string, a comment, a comma or the closing bracket. */
const ARRAY_TOKEN = /\s*(?:"([^"\\\n]*)"|'([^'\n]*)'|(#[^\n]*)|(,)|(\]))/y;

/** Packages that the program itself lists, in its inline metadata or in a file sent with it. */
export function inlineDependencies(request: ProgramRequest, { manifest }: Runtime): string[] {
  const { inline, file } = manifest.prebuild?.packages ?? {};
  const sent = file === undefined ? undefined : request.files.find(({ path }) => path === file);
  const named = sent ? readRequirements(Buffer.from(sent.content).toString()) : [];
  return [...named, ...(inline === 'pep723' ? readInlineMetadata(mainSource(request, manifest)) : [])];
}

function mainSource({ code, files }: ProgramRequest, manifest: Manifest): string {
  if (code !== undefined) return code;
  const main = findMainFile(files, manifest)?.path;
  const file = files.find(({ path }) => path === main);
  return file ? Buffer.from(file.content).toString() : '';
}

/** Reads a requirements file. It may contain names with versions only; options, addresses and markers are refused. */
export function readRequirements(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      if (/^-|[;\\]/.test(line)) throw refused('a requirements file may contain only names and versions');
      return line.replace(/\s+/g, '');
    });
}

/** The `dependencies` of a PEP 723 block. Empty if there is no block. */
export function readInlineMetadata(code: string): string[] {
  if (!code.includes('# /// script')) return [];
  const lines = code.split('\n');
  const start = lines.findIndex((line) => BLOCK_START.test(line));
  const length = start < 0 ? -1 : lines.slice(start + 1).findIndex((line) => BLOCK_END.test(line));
  if (length < 0) return [];
  const toml = lines.slice(start + 1, start + 1 + length).map((line) => line.replace(/^# ?/, ''));
  const table = toml.findIndex((line) => TABLE.test(line) && !DEPENDENCIES.test(line));
  return readDependencies(table < 0 ? toml : beforeTable(toml));
}

/** The lines before the first table. A line of an array can also begin with a bracket, but no package name does. */
function beforeTable(toml: readonly string[]): string[] {
  const end = toml.findIndex((line) => /^\s*\[[\w."-]+\]\s*(#.*)?$/.test(line));
  return end < 0 ? [...toml] : toml.slice(0, end);
}

function readDependencies(toml: readonly string[]): string[] {
  const start = toml.findIndex((line) => DEPENDENCIES.test(line));
  if (start < 0) return [];
  const text = toml.slice(start).join('\n');
  const names: string[] = [];
  const token = new RegExp(ARRAY_TOKEN);
  token.lastIndex = text.indexOf('[') + 1;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    if (match[5] !== undefined) return names.map((name) => name.replace(/\s+/g, ''));
    const name = match[1] ?? match[2];
    if (name !== undefined) names.push(name);
  }
  throw refused('the inline metadata must be TOML with dependencies as an array of plain strings');
}

function refused(message: string): InvalidRequest {
  return invalidField([], `${message} (INLINE_DEPENDENCIES)`);
}
