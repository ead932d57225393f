const HEAD_END = '\r\n\r\n';
/** Statuses without content: switching protocols, no content, not modified. */
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([101, 204, 304]);

/** An HTTP response. */
export interface HttpResponse {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly content: Buffer;
  /** Bytes after the response: the first ones of an upgraded connection. */
  readonly rest: Buffer;
  /** Whether another request may follow on the same connection. */
  readonly isReusable: boolean;
}

interface Head {
  readonly status: number;
  readonly text: string;
  readonly bytes: number;
  /** Length of the content in bytes, or how its end is found. */
  readonly content: number | 'chunked' | 'until-close';
  readonly isReusable: boolean;
}

/** Parses one HTTP/1.1 response in pieces cut anywhere (RFC 9112). Supports what container engines use. */
export class HttpResponseReader {
  readonly #hasContent: boolean;
  #bytes: Buffer = Buffer.alloc(0);
  #head: Head | undefined;

  /** `hasContent: false` is for HEAD requests, whose responses have no content whatever their headers say. */
  constructor({ hasContent = true } = {}) {
    this.#hasContent = hasContent;
  }

  /** Whether nothing has been received yet. */
  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  /** Adds received bytes. Returns the response when it is complete. Throws if the bytes are not HTTP. */
  push(chunk: Buffer): HttpResponse | undefined {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#head ??= readHead(this.#bytes, this.#hasContent);
    return this.#head && this.#complete(this.#head);
  }

  /** Call when the connection has closed. Returns the response if the close completes it. */
  end(): HttpResponse | undefined {
    if (this.#head?.content !== 'until-close') return undefined;
    return answer(this.#head, this.#bytes.subarray(this.#head.bytes), Buffer.alloc(0));
  }

  #complete(head: Head): HttpResponse | undefined {
    const body = this.#bytes.subarray(head.bytes);
    if (head.content === 'until-close') return undefined;
    if (head.content === 'chunked') return completeChunks(head, body);
    return body.length < head.content
      ? undefined
      : answer(head, body.subarray(0, head.content), body.subarray(head.content));
  }
}

/** The value of a header, by its name in lower case. */
export function headerOf({ head }: HttpResponse, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1];
}

function answer({ status, text, isReusable }: Head, content: Buffer, rest: Buffer): HttpResponse {
  return { status, head: text, content, rest, isReusable: isReusable && rest.length === 0 };
}

function readHead(bytes: Buffer, hasContent: boolean): Head | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const text = bytes.toString('latin1', 0, end);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1]);
  if (Number.isNaN(status)) throw new Error('the engine does not speak HTTP');
  const content = hasContent ? contentOf(status, text) : 0;
  const isReusable = content !== 'until-close' && status !== 101 && !/\r\nconnection: *close/i.test(text);
  return { status, text, bytes: end + HEAD_END.length, content, isReusable };
}

function contentOf(status: number, head: string): Head['content'] {
  if (WITHOUT_CONTENT.has(status)) return 0;
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return 'chunked';
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  return length === undefined ? 'until-close' : Number(length);
}

/** Joins the chunks when the last, empty chunk has arrived. */
function completeChunks(head: Head, body: Buffer): HttpResponse | undefined {
  const chunks: Buffer[] = [];
  for (let offset = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', offset);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(body.toString('latin1', offset, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('the engine sent a chunk without a size');
    const next = lineEnd + 2 + size + 2;
    if (body.length < next) return undefined;
    if (size === 0) return answer(head, Buffer.concat(chunks), body.subarray(next));
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    offset = next;
  }
}
