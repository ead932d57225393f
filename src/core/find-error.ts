import type { ErrorFormat, ErrorFormats, ProgramError } from './program-error.ts';
import type { Execution } from './result.ts';

/** Reports are searched for only in so much of the beginning or the end of the output, so that hostile output costs little. */
const MAX_SEARCHED_BYTES = 128 * 1024;
const MAX_LINES = 4000;
const MAX_LINE_CHARACTERS = 1000;
const MAX_REPORTS = 8;
const MAX_ERRORS = 100;
const MAX_MESSAGE_CHARACTERS = 4096;
const MAX_TRACEBACK_CHARACTERS = 16 * 1024;

const WORKING_DIRECTORY = '/workspace/';
const FILE_URL = 'file://';
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/**
 * The error that an execution reported, or null if it succeeded, was ended at a limit, or reported nothing in a known format. Never
 * throws.
 */
export function errorOf(execution: Execution, formats: readonly ErrorFormat[]): ProgramError | null {
  return hasFailed(execution) ? errorIn(execution.stderr.bytes, formats) : null;
}

/** As `errorOf`, for a compile phase: a compiler's message is not a traceback. */
export function compileErrorOf(execution: Execution, { compile }: ErrorFormats): ProgramError | null {
  const error = errorOf(execution, compile);
  return error && { ...error, traceback: null };
}

/** What a program printed before it was killed at a limit is not why it ended. */
function hasFailed({ fate }: Execution): boolean {
  return fate.status === 'signaled' || (fate.status === 'completed' && fate.exitCode !== 0);
}

/** The error in the first format that the output has. */
function errorIn(output: Buffer, formats: readonly ErrorFormat[]): ProgramError | null {
  for (const format of formats) {
    const error = findReport(linesOf(output, format), format);
    if (error) return error;
  }
  return null;
}

/** All errors that an output reports, in the first format in which there are any. */
export function allErrorsIn(output: Buffer, formats: readonly ErrorFormat[]): ProgramError[] {
  for (const format of formats) {
    const lines = linesOf(output, format);
    const starts = startsIn(lines, format).slice(0, MAX_ERRORS);
    const errors = starts.flatMap((start, nth) => readReport(lines.slice(start, starts[nth + 1]), format) ?? []);
    if (errors.length > 0) return errors;
  }
  return [];
}

function linesOf(output: Buffer, { pick }: ErrorFormat): string[] {
  const searched = pick === 'first' ? output.subarray(0, MAX_SEARCHED_BYTES) : output.subarray(-MAX_SEARCHED_BYTES);
  const lines = searched.toString().replace(COLOUR, '').split('\n');
  const kept = pick === 'first' ? lines.slice(0, MAX_LINES) : lines.slice(-MAX_LINES);
  return kept.map((line) => line.slice(0, MAX_LINE_CHARACTERS).replace(/\r$/, ''));
}

function findReport(lines: readonly string[], format: ErrorFormat): ProgramError | undefined {
  const starts = startsIn(lines, format);
  if (format.pick === 'last') starts.reverse();
  for (const start of starts.slice(0, MAX_REPORTS)) {
    const error = readReport(withoutRest(lines.slice(start), format), format);
    if (error) return error;
  }
  return undefined;
}

function startsIn(lines: readonly string[], { report }: ErrorFormat): number[] {
  return lines.flatMap((line, index) => (report.test(line) ? [index] : []));
}

function withoutRest(lines: readonly string[], { end }: ErrorFormat): readonly string[] {
  const index = lines.findIndex((line, at) => at > 0 && end?.test(line));
  return index === -1 ? lines : lines.slice(0, index);
}

/** The named groups of a line that matched, and which line that was. */
interface Match {
  readonly index: number;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

interface Place {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** Reads a report that begins with the first line. */
function readReport(lines: readonly string[], format: ErrorFormat): ProgramError | undefined {
  const head = matchFrom(lines, 0, format.report);
  const caret = format.caret ? matchFrom(lines, 1, format.caret) : head;
  const error = format.error && caret ? matchFrom(lines, caret.index + 1, format.error) : caret;
  if (!head || !error) return undefined;
  const frames = format.frame ? framesIn(lines, format.frame) : [];
  if (format.frame && frames.length === 0) return undefined;
  const message = messageFrom(lines, error, format);
  const own = placeOf(head.groups) ?? placeOf(error.groups);
  return {
    type: error.groups['type'] ?? head.groups['type'] ?? format.type,
    message: message.join('\n').trim().slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed(),
    ...(own ? withColumn(own, lines[caret?.index ?? 0], format) : innermostPlace(frames, format)),
    traceback: tracebackIn(lines, Math.max(error.index + message.length, ...frames.map(({ index }) => index + 1))),
  };
}

function matchFrom(lines: readonly string[], from: number, pattern: RegExp): Match | undefined {
  for (let index = from; index < lines.length; index += 1) {
    const match = pattern.exec(lines[index] ?? '');
    if (match) return { index, groups: match.groups ?? {} };
  }
  return undefined;
}

function framesIn(lines: readonly string[], pattern: RegExp): Match[] {
  return lines.flatMap((line, index) => {
    const match = index > 0 ? pattern.exec(line) : null;
    return match ? [{ index, groups: match.groups ?? {} }] : [];
  });
}

/** The lines of the message, beginning with what the error's own line has of it. */
function messageFrom(lines: readonly string[], { index, groups }: Match, { until, frame }: ErrorFormat): string[] {
  const rest = lines.slice(index + 1);
  const length = rest.findIndex((line) => until?.test(line) || frame?.test(line));
  return [groups['message'] ?? '', ...(length === -1 ? rest : rest.slice(0, length))];
}

/** The innermost place in a file of the caller. */
function innermostPlace(frames: readonly Match[], { innermost }: ErrorFormat): Place | Record<keyof Place, null> {
  const places = frames.flatMap(({ groups }) => placeOf(groups) ?? []);
  return places.at(innermost === 'first' ? 0 : -1) ?? { file: null, line: null, column: null };
}

function withColumn(place: Place, marked: string | undefined, { caret }: ErrorFormat): Place {
  if (!caret || marked === undefined) return place;
  return { ...place, column: place.column ?? marked.search(/\S/) + 1 };
}

function placeOf({ file, line, column }: Match['groups']): Place | undefined {
  const path = file === undefined ? undefined : callersPath(file);
  return path === undefined ? undefined : { file: path, line: wholeNumber(line), column: wholeNumber(column) };
}

function wholeNumber(digits: string | undefined): number | null {
  const number = Number(digits);
  return digits !== undefined && Number.isSafeInteger(number) ? number : null;
}

/** A path as the caller would name it; `undefined` for a file that is not the caller's. */
function callersPath(file: string): string | undefined {
  const path = file.startsWith(FILE_URL) ? decoded(file.slice(FILE_URL.length)) : file;
  const relative = path.startsWith(WORKING_DIRECTORY) ? path.slice(WORKING_DIRECTORY.length) : path;
  const isForeign = /^(?:\/|<|\[|\.\.\/|[a-z]+:)|(?:^|\/)node_modules\//.test(relative);
  return isForeign || relative === '' ? undefined : relative.replace(/^\.\//, '');
}

function decoded(urlPath: string): string {
  try {
    return decodeURIComponent(urlPath);
  } catch {
    // A program may print anything.
    return urlPath;
  }
}

/** A long traceback loses its middle. */
function tracebackIn(lines: readonly string[], count: number): string {
  const text = lines.slice(0, count).join('\n').trimEnd();
  if (text.length <= MAX_TRACEBACK_CHARACTERS) return text;
  const half = MAX_TRACEBACK_CHARACTERS / 2;
  return `${text.slice(0, half)}\n…\n${text.slice(-half)}`.toWellFormed();
}
