import { extract } from 'tar-stream';
import type { SourceFile } from '../core/request.ts';
import type { OutputFile } from '../core/result.ts';
import { joinSmall } from './join-small.ts';
import { BLOCK_BYTES, encodeTarHeader, tarPadding } from './tar-header.ts';

/** An option of tar-stream that is missing in its types. */
interface ExtractOptions extends NonNullable<Parameters<typeof extract>[0]> {
  filenameEncoding: BufferEncoding;
}

const PLAIN_MODE = 0o644;
const EXECUTABLE_MODE = 0o755;
/** Two zero blocks end an archive. */
const END = Buffer.alloc(2 * BLOCK_BYTES);

/** Packs files into a tar archive. By default a file is executable if it starts with `#!`, so that `./script.sh` works as an entrypoint. */
export function packArchive(files: readonly SourceFile[]): Buffer {
  return Buffer.concat(archivePieces(files));
}

/** Does the same, in pieces, so that large contents need not be copied. They must not change until the pieces have been sent. */
export function archivePieces(files: readonly SourceFile[]): Buffer[] {
  return joinSmall([...files.flatMap(entryPieces), END]);
}

function entryPieces({ path, content, executable = isScript(content) }: SourceFile): Buffer[] {
  const mode = executable ? EXECUTABLE_MODE : PLAIN_MODE;
  const bytes = content.length;
  return [encodeTarHeader({ path, mode, bytes }), asBuffer(content), tarPadding(bytes)];
}

function isScript(content: Uint8Array): boolean {
  return content[0] === 0x23 && content[1] === 0x21;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads the regular files of a tar archive. Names stay bytes, because file names need not be UTF-8. */
export async function unpackArchive(archive: Buffer): Promise<OutputFile[]> {
  const files: OutputFile[] = [];
  const options: ExtractOptions = { filenameEncoding: 'latin1' };
  const entries = extract(options);
  entries.end(archive);
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.push({ path: Buffer.from(entry.header.name, 'latin1'), content: Buffer.concat(chunks) });
  }
  return files;
}
