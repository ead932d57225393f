import type { Programs } from './start-ahead-python.ts';

/**
 * Programs for Node.js, Deno and Bun. Each prints the same every time it is run, whatever the machine does. `own` marks those that must start
 * in the ordinary way, because of their command or because of what `start_ahead` in the runtime's `runtime.json` names.
 */

export type JavaScriptRuntime = 'node' | 'deno' | 'bun';

const fs = (code: string) => `import * as fs from "node:fs"; import * as os from "node:os"; ${code}`;
const child = (code: string) => `import * as cp from "node:child_process"; ${code}`;

const START: Programs = {
  hello: 'console.log("hello")',
  'an empty program': '\n',
  'no final newline': 'process.stdout.write("x")',
  argv: 'console.log(process.argv, process.execPath, process.argv0, process.execArgv, process.title)',
  'the main module': 'console.log(import.meta.url, import.meta.main, import.meta.dirname, import.meta.filename)',
  'what import.meta has': 'console.log(Object.keys(import.meta).sort())',
  'global names': 'console.log(Object.getOwnPropertyNames(globalThis).sort().join())',
  versions: 'console.log(process.version, process.versions, process.release.name, process.arch, process.platform)',
  'the environment': fs(
    'console.log(Object.entries(process.env).sort(), fs.readFileSync("/proc/self/environ", "utf8"))',
  ),
  'the working directory': fs('console.log(process.cwd(), fs.readdirSync(".").sort(), fs.readdirSync("/tmp").sort())'),
  'the main file': fs(
    'const s = fs.statSync(process.argv[1]); console.log(s.mode.toString(8), s.size, s.nlink, fs.readFileSync(process.argv[1], "utf8"))',
  ),
  'the command line': fs(
    'console.log(JSON.stringify(fs.readFileSync("/proc/self/cmdline", "utf8")), fs.readFileSync("/proc/self/comm", "utf8"))',
  ),
  'kinds of the streams': fs(
    'for (const fd of [0, 1, 2]) console.log(fs.fstatSync(fd).mode.toString(8), fs.readlinkSync("/proc/self/fd/" + fd).split(":")[0]); console.log(process.stdin.isTTY, process.stdout.isTTY, process.stdout.columns)',
  ),
  // Threads and masks of signals change while an interpreter runs.
  'the status in /proc': fs(
    'console.log(fs.readFileSync("/proc/self/status", "utf8").split("\\n").filter((line) => /^(Umask|TracerPid|Gid|Groups|SigIgn|ShdPnd|Cap|NoNew|Seccomp|Cpus|Mems|CoreDumping)/.test(line)).join("\\n"))',
  ),
  limits: fs('console.log(fs.readFileSync("/proc/self/limits", "utf8"))'),
  priority: fs('console.log(os.getPriority(), fs.readFileSync("/proc/self/oom_score_adj", "utf8"))'),
  'the session': fs(
    'const f = fs.readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" "); console.log(f[1] === String(process.ppid), f[2] === String(process.pid), f[3] === String(process.pid), process.ppid)',
  ),
  'processes that it sees': fs(
    'console.log(fs.readdirSync("/proc").filter((p) => /^\\d+$/.test(p)).map((p) => fs.readFileSync("/proc/" + p + "/cmdline", "utf8")))',
  ),
  'a new file': fs(
    'fs.writeFileSync("x", ""); fs.mkdirSync("d"); console.log(fs.statSync("x").mode.toString(8), fs.statSync("d").mode.toString(8), process.umask().toString(8))',
  ),
  memory: 'console.log(process.memoryUsage().rss > 1e6, process.memoryUsage().heapUsed > 1e5)',
  'clocks go on':
    'const a = Date.now(); setTimeout(() => { const b = Date.now() - a; console.log(b >= 29 && b < 5000) }, 30)',
  'timers that start at once':
    'const a = Date.now(); setTimeout(() => console.log("second"), 40); setTimeout(() => console.log("first", Date.now() - a < 5000), 5)',
};

const END: Programs = {
  'an exit code': 'process.exit(7)',
  'exit handlers':
    'process.on("exit", (code) => console.log("exit", code)); process.on("beforeExit", () => console.log("before")); console.log("main")',
  'an error': 'function half(n) {\n  return n.x.y;\n}\nconsole.log("before");\nhalf({});',
  'an error with a cause': 'throw new Error("second", { cause: new TypeError("first") })',
  'a text is thrown': 'throw "the reason"',
  'an error class of its own': 'class Odd extends Error { name = "Odd"; detail = { a: 1 } }\nthrow new Odd("why")',
  'a rejection': 'Promise.reject(new Error("late"))',
  'an error in a timer': 'setTimeout(() => { throw new Error("in a timer") }, 1)',
  'an error in a microtask': 'queueMicrotask(() => { throw new Error("in a microtask") })',
  'a handled error':
    'process.on("uncaughtException", (e) => console.log("caught", e.message)); setTimeout(() => { throw new Error("x") }, 1)',
  'a handled rejection':
    'process.on("unhandledRejection", (e) => console.log("caught", e.message)); Promise.reject(new Error("x"))',
  'a stack': 'function a() { return new Error("x").stack }\nconsole.log(a())',
  'where it was called': 'console.trace("here")',
  'a syntax error': 'console.log("a"\nlet = = 2',
  'recursion without end': 'function f() { return f() + 1 } try { f() } catch (e) { console.log(e.name) }',
  'a module that does not exist': 'import "nowhere"',
  'a file that does not exist': 'import "./nowhere.js"',
  'a signal of its own': 'console.log("x"); process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 5000)',
  'a signal handler':
    'process.on("SIGUSR2", (s) => { console.log(s); process.exit(3) }); process.kill(process.pid, "SIGUSR2"); setTimeout(() => {}, 5000)',
  'killed by itself': 'process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 5000)',
  'a promise that is never kept': 'console.log("a"); await new Promise(() => {})',
  'too slow': { code: 'console.log("start"); setInterval(() => {}, 1000)', timeout: 3 },
  'too much output': { code: 'for (;;) console.log("x".repeat(10000))', output_limit: 10_000 },
};

const INSIDE: Programs = {
  'no input': fs('console.log(JSON.stringify(fs.readFileSync(0, "utf8")))'),
  'reading input as a stream': 'let n = 0; for await (const c of process.stdin) n += c.length; console.log(n)',
  input: { code: fs('console.log(fs.readFileSync(0, "utf8").split("").reverse().join(""))'), stdin: 'abc\n' },
  'much input': {
    code: 'let n = 0; for await (const c of process.stdin) n += c.length; console.log(n)',
    stdin: 'x'.repeat(500_000),
  },
  'input that is not read': { code: 'console.log("done")', stdin: 'y'.repeat(100_000) },
  arguments: { code: 'console.log(process.argv.slice(2))', args: ['a', '-b', ''], own: true },
  'a variable': { code: 'console.log(process.env.A)', environment: { A: '1' }, own: true },
  'colours by a variable': { code: 'console.log({ a: 1 })', environment: { FORCE_COLOR: '1' }, own: true },
  'an entrypoint': { code: 'console.log(1)', entrypoint: 'ls -A /tmp /workspace; echo', own: true },
  'a module': {
    code: 'import { x } from "./lib/a.js"; console.log(x)',
    files: { 'lib/a.js': 'export const x = import.meta.url;' },
  },
  'a module at run time': {
    code: 'const { x } = await import("./a.js"); console.log(x); await import("./none.js").catch((e) => console.log(e.name))',
    files: { 'a.js': 'export const x = 4;' },
  },
  'an export that does not exist': {
    code: 'import { y } from "./a.js"; console.log(y)',
    files: { 'a.js': 'export const x = 4;' },
  },
  'an error in a module': { code: 'import "./a.js"', files: { 'a.js': 'console.log("in a");\nnull.x;' } },
  'a JSON module': {
    code: 'import d from "./d.json" with { type: "json" }; console.log(d)',
    files: { 'd.json': '{"a": [1]}' },
  },
  'a CommonJS module': {
    code: 'import a from "./a.cjs"; console.log(a)',
    files: { 'a.cjs': 'module.exports = { x: typeof require, f: __filename };' },
  },
  'require in a module': {
    code: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); console.log(require("./a.cjs"))',
    files: { 'a.cjs': 'exports.x = require("./b.json").y;', 'b.json': '{"y": 8}' },
  },
  'a package in node_modules': {
    code: 'import { x } from "pkg"; console.log(x)',
    files: {
      'node_modules/pkg/package.json': '{"name": "pkg", "type": "module", "exports": "./m.js"}',
      'node_modules/pkg/m.js': 'export const x = 9;',
    },
  },
  'package.json in a folder': {
    code: 'import a from "./lib/a.js"; console.log(a)',
    files: { 'lib/package.json': '{"type": "commonjs"}', 'lib/a.js': 'module.exports = typeof module;' },
  },
  tsconfig: {
    code: 'import { x } from "@/a.ts"; console.log(x)',
    files: {
      'tsconfig.json': '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}',
      'src/a.ts': 'export const x: number = 6;',
    },
  },
  'a TypeScript module': {
    code: 'import { x } from "./a.ts"; console.log(x)',
    files: { 'a.ts': 'export const x: number = 6; export type T = string;' },
  },
  '.env': { code: 'console.log(process.env.SECRET)', files: { '.env': 'SECRET=1\n', '.env.local': 'SECRET=2\n' } },
  '.npmrc and a lock': {
    code: 'console.log(1)',
    files: { '.npmrc': 'registry=x', 'deno.lock': '{}', 'bun.lock': '{}', 'package-lock.json': '{}' },
  },
  'a worker': {
    code: 'import { Worker } from "node:worker_threads"; const w = new Worker(new URL("./w.mjs", import.meta.url), { workerData: 2 }); w.on("message", (m) => console.log(m)); w.on("exit", (c) => console.log("exit", c))',
    files: {
      'w.mjs': 'import { parentPort, workerData } from "node:worker_threads"; parentPort.postMessage(workerData * 2);',
    },
  },
  'an error in a worker': {
    code: 'import { Worker } from "node:worker_threads"; const w = new Worker(new URL("./w.mjs", import.meta.url)); w.on("error", (e) => console.log(e.message))',
    files: { 'w.mjs': 'throw new Error("in the worker")' },
  },
  'a child': child(
    'console.log(cp.execFileSync("/bin/echo", ["a", "b"], { encoding: "utf8" }), cp.spawnSync("/bin/sh", ["-c", "exit 3"]).status)',
  ),
  'a shell': child('cp.exec("echo $HOME; exit 2", (e, out) => console.log(e?.code, out))'),
  'a child with its own interpreter': child(
    'if (process.env.CHILD) console.log("child"); else { const args = process.argv[0].endsWith("deno") ? ["run", "-A", process.argv[1]] : [process.argv[1]]; const r = cp.spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, CHILD: "1" } }); console.log(r.status, r.stdout, r.stderr) }',
  ),
  'order of tasks':
    'setTimeout(() => console.log("timeout"), 1); setImmediate(() => console.log("immediate")); process.nextTick(() => console.log("tick")); queueMicrotask(() => console.log("microtask")); Promise.resolve().then(() => console.log("then")); console.log("main")',
  'top-level await':
    'const x = await Promise.resolve(3); console.log(x); for await (const y of [1, Promise.resolve(2)]) console.log(y)',
  'a server of its own':
    'import { createServer } from "node:http"; const s = createServer((q, r) => r.end("hi " + q.url)); s.listen(0, "127.0.0.1", async () => { console.log(await (await fetch("http://127.0.0.1:" + s.address().port + "/x")).text()); s.close(); s.closeAllConnections() })',
  'no network': 'await fetch("http://192.0.2.1/").catch((e) => console.log(e.name))',
  'dates and numbers':
    'console.log(new Date(0).toString(), Intl.DateTimeFormat().resolvedOptions().timeZone, (1234.5).toLocaleString("de"), new Intl.PluralRules("en").select(1))',
  'values that are shown':
    'console.log({ a: [1, { b: new Map([[1, new Set([2])]]) }], d: new Date(0), e: /x/g, f() {}, s: Symbol("s"), n: 1n, u: undefined }); console.table([{ a: 1 }]); console.error("%s is %d", "x", 4)',
  'a byte order mark': '\ufeffconsole.log("bom")',
  'a hashbang': '#!/usr/bin/env node\nconsole.log("bang")',
  'output of both streams':
    'for (let i = 0; i < 50; i++) { process.stdout.write(i + "\\n"); process.stderr.write(-i + "\\n") }',
  'a megabyte of output': { code: 'process.stdout.write("x".repeat(1_000_000))' },
  'bytes that are no text': {
    code: 'process.stdout.write(Uint8Array.from({ length: 256 }, (_, i) => i))',
    output_encoding: 'base64',
  },
  'a file to collect': { code: fs('fs.writeFileSync("out.txt", "result")'), output_files: ['out.txt'] },
};

const HOSTILE: Programs = {
  'it kills its parent':
    'for (const s of ["SIGTERM", "SIGKILL", "SIGSTOP"]) try { process.kill(process.ppid, s); console.log("sent", s) } catch (e) { console.log(e.code) }',
  'it reads what belongs to PID 1': fs(
    'for (const f of ["environ", "mem", "maps", "fd/0"]) try { fs.readFileSync("/proc/1/" + f); console.log("read", f) } catch (e) { console.log(e.code) }',
  ),
  'it writes everywhere': fs(
    'for (const f of ["/x", "/etc/passwd", "/usr/bin/x", "/proc/sys/kernel/hostname", "/sys/x"]) try { fs.writeFileSync(f, "x"); console.log("wrote", f) } catch (e) { console.log(e.code) }',
  ),
  'it forges frames': fs('for (const fd of [1, 2]) fs.writeSync(fd, Buffer.from([0x78, 0, 0, 0, 4, 1, 2, 3, 4]))'),
  'it looks for descriptors': fs(
    'let open = 0; for (let fd = 3; fd < 1000; fd++) try { if (fs.fstatSync(fd).isFIFO()) open++ } catch {} console.log(open)',
  ),
  'it leaves a daemon': child(
    'cp.spawn("/bin/sleep", ["60"], { detached: true, stdio: "ignore" }).unref(); console.log("left")',
  ),
  'it replaces its main file': fs(
    'fs.unlinkSync(process.argv[1]); fs.writeFileSync(process.argv[1], "console.log(2)"); console.log(1)',
  ),
  'it asks for another lease': fs(
    'fs.rmSync(process.argv[1]); fs.mkdirSync(process.argv[1]); console.log(fs.readdirSync(".").length)',
  ),
  'it becomes root': fs(
    'try { process.setuid(0); console.log(process.getuid()) } catch (e) { console.log(e.code ?? e.name) }',
  ),
};

const COMMON: Programs = { ...START, ...END, ...INSIDE, ...HOSTILE };

/** Files that an interpreter would have looked at too soon, and programs that look at the time since the start. */
const OWN: Record<JavaScriptRuntime, Programs> = {
  node: {
    'another main file': { files: { 'app.js': 'console.log(process.argv[1])' }, own: true },
    'a main file in TypeScript': { files: { 'main.ts': 'const x: number = 1; console.log(x)' }, own: true },
    'package.json: type module': {
      code: 'console.log(typeof module)',
      files: { 'package.json': '{"type": "module"}' },
      own: true,
    },
    'package.json: type commonjs': {
      code: 'console.log(typeof module)',
      files: { 'package.json': '{"type": "commonjs"}' },
      own: true,
    },
    'package.json: imports': {
      code: 'import x from "#x"; console.log(x)',
      files: { 'package.json': '{"imports": {"#x": "./a.js"}}', 'a.js': 'export default 5' },
      own: true,
    },
    'a folder package.json': { code: 'console.log(1)', files: { 'package.json/a': '' }, own: true },
    'the time since the start': { code: 'console.log(process.uptime() < 1e9)', own: true },
    'the clock of the program': { code: 'console.log(performance.now() < 1e9)', own: true },
    'entries of the clock': { code: 'new PerformanceObserver(() => {}).observe({ entryTypes: ["mark"] })', own: true },
    'the loop': {
      code: 'const { eventLoopUtilization } = require("perf_hooks"); console.log(typeof eventLoopUtilization)',
      own: true,
    },
    'the time of an event': { code: 'console.log(new Event("x").timeStamp < 1e9)', own: true },
    'the time in a module': {
      code: 'import "./a.js"',
      files: { 'a.js': 'console.log(process.uptime() < 1e9)' },
      own: true,
    },
    'the time in a report': { code: 'console.log(typeof process.report.getReport().header)', own: true },
    CommonJS:
      'console.log(module.id, __filename, __dirname, require.main === module, Object.keys(require.cache), module.paths)',
    'require of a file': {
      code: 'console.log(require("./a").x, require("./lib").y)',
      files: { 'a.js': 'exports.x = 1;', 'lib/index.js': 'exports.y = 2;' },
    },
    'require of nothing': 'require("./nowhere")',
    'names of CommonJS':
      'console.log([typeof require, typeof module, typeof exports, this === exports, arguments.length])',
    'loaded modules': 'console.log(process.moduleLoadList?.length > 0, require("module").builtinModules.length)',
    'strict mode': 'undeclared = 1; console.log(undeclared, (function () { return this === globalThis })())',
    'a warning': 'process.emitWarning("careful"); process.on("warning", (w) => console.log(w.message))',
    'a fork': {
      code: 'const { fork } = require("child_process"); fork("./c.js").on("message", (m) => console.log(m))',
      files: { 'c.js': 'process.send({ a: 1 }); process.disconnect()' },
    },
    'V8 flags':
      'console.log(require("v8").getHeapStatistics().heap_size_limit, process.config.variables.napi_build_version)',
    'a snapshot of nothing':
      'console.log(require("v8").startupSnapshot.isBuildingSnapshot(), require("node:sea").isSea())',
    'the parallelism that it sees':
      'console.log(require("os").availableParallelism(), process.constrainedMemory() > 0)',
  },
  deno: {
    'another main file': { files: { 'app.ts': 'console.log(import.meta.filename)' }, own: true },
    'deno.json: an import map': {
      code: 'import { x } from "lib/a.ts"; console.log(x)',
      files: { 'deno.json': '{"imports": {"lib/": "./src/"}}', 'src/a.ts': 'export const x = 7;' },
      own: true,
    },
    'deno.jsonc': {
      code: 'import { x } from "a"; console.log(x)',
      files: { 'deno.jsonc': '{"imports": {"a": "./a.ts"} /* here */}', 'a.ts': 'export const x = 7;' },
      own: true,
    },
    'deno.json: no JSON': { code: 'console.log(1)', files: { 'deno.json': '{' }, own: true },
    'package.json: type commonjs': {
      code: 'console.log(typeof module)',
      files: { 'package.json': '{"type": "commonjs"}' },
      own: true,
    },
    'the time since the start': {
      code: 'import { uptime } from "node:process"; console.log(uptime() < 1e9)',
      own: true,
    },
    'the clock of the program': { code: 'console.log(performance.now() < 1e9)', own: true },
    'the other clock': { code: 'console.log(process.hrtime()[0] < 1e9)', own: true },
    'the namespace Deno':
      'console.log(Object.keys(Deno).sort().join(), Deno.args, Deno.mainModule, Deno.noColor, Deno.build.os, Deno.cwd())',
    permissions: 'console.log((await Deno.permissions.query({ name: "read" })).state, Deno.env.get("HOME"))',
    'its own exit':
      'globalThis.addEventListener("unload", () => console.log("unload")); Deno.exitCode = 4; console.log("main")',
    JSX: 'const h = (t: string) => t; /** @jsx h */\nconsole.log(h("b"))',
    'an enum': 'enum E { A = 3 } namespace N { export const x = 1 } console.log(E.A, N.x)',
    'a Deno worker': {
      code: 'const w = new Worker(new URL("./w.ts", import.meta.url), { type: "module" }); w.onmessage = (e) => { console.log(e.data); w.terminate() }',
      files: { 'w.ts': 'postMessage(3 as number);' },
    },
    'a test that is not run': 'Deno.test("x", () => {}); console.log("main")',
  },
  bun: {
    'another main file': { files: { 'app.ts': 'console.log(import.meta.file)' }, own: true },
    'bunfig.toml': {
      code: 'console.log(globalThis.fromPreload)',
      files: { 'bunfig.toml': 'preload = ["./p.ts"]', 'p.ts': 'globalThis.fromPreload = 1;' },
      own: true,
    },
    'package.json: type module': {
      code: 'console.log(typeof module)',
      files: { 'package.json': '{"type": "module"}' },
    },
    'package.json: imports': {
      code: 'import x from "#x"; console.log(x)',
      files: { 'package.json': '{"imports": {"#x": "./a.ts"}}', 'a.ts': 'export default 5' },
    },
    'the time since the start':
      'console.log(process.uptime() < 1, Bun.nanoseconds() < 1e9, performance.now() < 1000, Date.now() - performance.timeOrigin < 1000)',
    'the name of things': 'console.log(Bun.main, import.meta.path, import.meta.dir, Bun.argv, Bun.version)',
    'an enum': 'enum E { A = 3 } namespace N { export const x = 1 } console.log(E.A, N.x)',
    JSX: {
      code: 'import { App } from "./app.tsx"; console.log(App())',
      files: { 'app.tsx': '/** @jsx h */ const h = (t: string) => t; export const App = () => <b />;' },
    },
    'a JSON file and text': {
      code: 'import d from "./d.json"; import t from "./t.txt"; console.log(d, t)',
      files: { 'd.json': '{"a": 1}', 't.txt': 'text' },
    },
    CommonJS: 'const fs = require("node:fs"); console.log(typeof fs.statSync, typeof module, require.main === module)',
    'a module without extension': {
      code: 'import { x } from "./lib"; import { y } from "./a"; console.log(x, y)',
      files: { 'lib/index.ts': 'export const x = 1;', 'a.ts': 'export const y = 2;' },
    },
    'a Bun shell': 'import { $ } from "bun"; console.log(await $`echo hi`.text())',
    'a Bun file':
      'await Bun.write("a.txt", "b"); console.log(await Bun.file("a.txt").text(), await Bun.file("none").exists())',
    macros: {
      code: 'import { m } from "./m.ts" with { type: "macro" }; console.log(m())',
      files: { 'm.ts': 'export const m = () => 1 + 1;' },
    },
  },
};

export function javascriptPrograms(runtime: JavaScriptRuntime): Programs {
  return { ...COMMON, ...OWN[runtime] };
}
