import type { RunBody } from './service.ts';

/**
 * Python programs that show what their interpreter, its start and its end look like from inside. Each prints the same every time it is run, whatever
 * the machine does. `own` marks those with another command, so that they start in the ordinary way.
 */

/** A program that is only code, or a request without its image. */
export type Program = string | (RunBody & { readonly own?: boolean });
export type Programs = Record<string, Program>;

/** The body of `POST /run` for a program, still without its image, and whether it must start in the ordinary way. */
export function bodyOf(program: Program): { body: RunBody; own: boolean } {
  if (typeof program === 'string') return { body: { code: program }, own: false };
  const { own = false, ...body } = program;
  return { body, own };
}

const python = (code: string, more: RunBody = {}): Program => ({ code, ...more });

const START: Programs = {
  hello: python('print("hello")'),
  'an empty program': python('\n'),
  'no final newline': python('print(1, end="")'),
  argv: python('import sys; print(sys.argv, sys.orig_argv, sys.executable)'),
  flags: python('import sys; print(sys.flags, sys.warnoptions, sys._xoptions, sys.dont_write_bytecode)'),
  'the module __main__': python(
    'import sys; m = sys.modules["__main__"]; print(sorted(vars(m)), __name__, __file__, __package__, __spec__, __loader__.__class__, __doc__, __cached__ if "__cached__" in globals() else None)',
  ),
  'a docstring': python('"""What it is."""\nprint(__doc__)'),
  'loaded modules': python('import sys; print(sorted(sys.modules))'),
  'module paths': python(
    'import sys; print(sys.path, sys.prefix, sys.exec_prefix, [getattr(hook, "__name__", "") for hook in sys.path_hooks], sorted(sys.path_importer_cache))',
  ),
  'the working directory': python('import os; print(os.getcwd(), sorted(os.listdir()), sorted(os.listdir("/tmp")))'),
  'the main file': python(
    'import os; s = os.stat("main.py"); print(oct(s.st_mode), s.st_size, s.st_nlink, open(__file__).read() == open("/workspace/main.py").read())',
  ),
  'the environment': python('import os; print(dict(os.environ), open("/proc/self/environ").read())'),
  'the command line': python('print(open("/proc/self/cmdline").read(), open("/proc/self/comm").read())'),
  descriptors: python(
    'import os\nfor fd in sorted(os.listdir("/proc/self/fd"), key=int): print(fd, os.readlink("/proc/self/fd/" + fd).split(":")[0])',
  ),
  'kinds of the streams': python(
    'import os, sys\nfor s in (sys.stdin, sys.stdout, sys.stderr): print(oct(os.fstat(s.fileno()).st_mode), s.encoding, s.errors, s.line_buffering, s.isatty(), s.seekable(), s.buffer.__class__, os.get_blocking(s.fileno()))',
  ),
  'signal dispositions': python(
    'import signal\nfor n in sorted(signal.valid_signals()): print(n, signal.getsignal(n))\nprint(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.sigpending())',
  ),
  // Without SigQ: it counts the signals that wait for any process of the user at that moment, sandbox-init included.
  'the status in /proc': python(
    'for line in open("/proc/self/status"):\n    if line.startswith(("Name", "Umask", "State", "TracerPid", "Gid", "FDSize", "Groups", "Threads", "SigPnd", "SigBlk", "SigIgn", "SigCgt", "Shd", "Cap", "NoNew", "Seccomp", "Cpus", "Mems", "CoreDumping")): print(line, end="")',
  ),
  limits: python(
    'import resource\nfor name in sorted(dir(resource)):\n    if name.startswith("RLIMIT"): print(name, resource.getrlimit(getattr(resource, name)))',
  ),
  scheduling: python(
    'import os; print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0), os.sched_getaffinity(0), open("/proc/self/oom_score_adj").read(), open("/proc/self/oom_score_adj").read())',
  ),
  'the session': python('import os; print(os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid(), os.getppid())'),
  'processes that it sees': python(
    'import os; print([open(f"/proc/{p}/comm").read() for p in sorted(os.listdir("/proc")) if p.isdigit()])',
  ),
  'the memory map': python(
    'print(sorted({line.split()[5] for line in open("/proc/self/maps") if len(line.split()) > 5}))',
  ),
  'a new file': python(
    'import os; open("x", "w").close(); print(oct(os.stat("x").st_mode)); os.mkdir("d"); print(oct(os.stat("d").st_mode))',
  ),
  'site and locale': python(
    'import site, locale, sys; print(site.ENABLE_USER_SITE, site.USER_SITE, site.getsitepackages(), locale.getlocale(), sys.getfilesystemencoding())',
  ),
  'hash seed is random': python('import sys; print(sys.flags.hash_randomization, hash("a") != 0)'),
  'garbage collector': python('import gc; print(gc.isenabled(), gc.get_threshold(), gc.get_freeze_count())'),
  'the frame of a program': python(
    'import sys; f = sys._getframe(); print(f.f_back, f.f_code.co_filename, f.f_lineno, f.f_code.co_name)',
  ),
  'threads at the start': python(
    'import threading; print(len(threading.enumerate()), threading.active_count(), threading.main_thread().name)',
  ),
  'clocks go on': python(
    'import time; a = time.monotonic(); time.sleep(0.01); print(0.01 <= time.monotonic() - a < 5, time.process_time() < 5)',
  ),
};

const END: Programs = {
  'an exit code': python('raise SystemExit(7)'),
  'an exit text': python('raise SystemExit("the reason")'),
  'sys.exit within a thread': python('import sys, threading; threading.Thread(target=sys.exit, args=(3,)).start()'),
  'os._exit': python('import os; print("lost?", end=""); os._exit(5)'),
  'an unhandled error': python('def f():\n    return 1 / 0\nprint("before")\nf()'),
  'a chain of errors': python('try:\n    {}["a"]\nexcept KeyError as e:\n    raise ValueError("second") from e'),
  'an error in a thread': python(
    'import threading\ndef f(): raise ValueError("x")\nt = threading.Thread(target=f, name="t"); t.start(); t.join()',
  ),
  'a syntax error': python('print("a"\nx = = 2'),
  'an encoding that does not exist': python('# -*- coding: nowhere -*-\nprint(1)'),
  'a byte order mark': python('\ufeffprint("bom")'),
  'other characters': python('print("äöü €😀", ascii("ä"))'),
  'surrogates on output': python('print("\\ud800")'),
  atexit: python('import atexit; atexit.register(print, "bye"); print("hi")'),
  'a destructor at the end': python('class A:\n    def __del__(self): print("gone")\na = A()\nprint("end")'),
  'a signal of its own': python('import os, signal; print("x", flush=True); os.kill(os.getpid(), signal.SIGTERM)'),
  'a crash': python('import ctypes; ctypes.string_at(0)'),
  'an abort': python('import os; os.abort()'),
  KeyboardInterrupt: python('import os, signal; os.kill(os.getpid(), signal.SIGINT); import time; time.sleep(5)'),
  'stop and continue': python(
    'import os, signal, sys\nsignal.signal(signal.SIGCONT, lambda *a: print("continued"))\nos.kill(os.getpid(), signal.SIGCONT)\nprint("end")',
  ),
  'a closed pipe': python(
    'import os, sys; r, w = os.pipe(); os.close(r)\ntry: os.write(w, b"x")\nexcept BrokenPipeError as e: print(e)',
  ),
  'recursion without end': python('def f(): f()\nf()'),
  'too slow': python('print("start")\nwhile True: pass', { timeout: 1 }),
  'too much memory': python('print("start")\nx = []\nwhile True: x.append(bytearray(1 << 20))'),
  'too much output': python('while True: print("x" * 1000)', { output_limit: 10_000 }),
};

const INSIDE: Programs = {
  'reading input': python('import sys; print(repr(sys.stdin.read()), sys.stdin.isatty())'),
  'input at its end': python('input()'),
  input: python('print(input()[::-1])', { stdin: 'abc\n' }),
  arguments: python('import sys; print(sys.argv)', { args: ['a', '-b', ''], own: true }),
  'a variable': python('import os; print(os.environ["A"])', { environment: { A: '1' }, own: true }),
  'a variable of the interpreter': python('import sys; print(sys.flags)', {
    environment: { PYTHONOPTIMIZE: '2' },
    own: true,
  }),
  'an unbuffered interpreter': python('import sys; print(sys.stdout.write_through)', {
    environment: { PYTHONUNBUFFERED: '1' },
    own: true,
  }),
  'an entrypoint': python('print("main")', {
    entrypoint: 'python3 -X utf8=0 -c "import sys; print(sys.argv, sys.flags.utf8_mode)"',
    own: true,
  }),
  'an entrypoint with the same command': python('import sys; print(sys.orig_argv)', {
    entrypoint: '/usr/bin/python3 main.py',
    own: true,
  }),
  'another main file': { files: { 'app.py': 'import sys; print(sys.argv, __file__)' }, own: true },
  'a package': {
    files: { 'app/__main__.py': 'from . import a', 'app/__init__.py': '', 'app/a.py': 'print(__name__, __package__)' },
    own: true,
  },
  'modules of its own': python('import a, p.b; print(a.x, p.b.y, a.__file__, p.__path__)', {
    files: { 'a.py': 'x = 1', 'p/__init__.py': '', 'p/b.py': 'y = 2' },
  }),
  'a module that hides one of the library': python('import random; print(random.x)', {
    files: { 'random.py': 'x = "mine"' },
  }),
  'a module named as one that is loaded': python('import os; print(os.__file__)', {
    files: { 'os.py': 'x = 1', 'site.py': 'print("site")' },
  }),
  'customization of its own': python('print("main")', {
    files: { 'sitecustomize.py': 'print("mine")', 'usercustomize.py': 'print("user")' },
  }),
  'a path file': python('import sys; print(sys.path)', {
    files: { 'x.pth': 'import os; print("pth")', 'pyvenv.cfg': 'home = /nowhere' },
  }),
  'main.py among the files': {
    files: { 'main.py': 'import data; print(data.x)', 'data.py': 'x = 5' },
  },
  'a module that does not exist': python('import nowhere'),
  'it imports itself': python(
    'import sys\nif __name__ == "__main__":\n    import main\n    print("main")\nelse: print(__name__)',
  ),
  sdk: python('import sdk; print(sdk.__file__)'),
  'a child': python(
    'import subprocess, sys; print(subprocess.run([sys.executable, "-c", "import sys; print(sys.argv)"], capture_output=True, text=True))',
  ),
  'a child that is the same program': python(
    'import subprocess, sys\nif "x" in sys.argv: print("child")\nelse: print(subprocess.run([sys.executable, "main.py", "x"], capture_output=True, text=True).stdout)',
  ),
  fork: python(
    'import os, sys\np = os.fork()\nif p == 0: print("child"); sys.stdout.flush(); os._exit(3)\nprint(os.waitpid(p, 0)[1])',
  ),
  'multiprocessing by fork': python(
    'import multiprocessing as m\ndef f(x): return x * x\nif __name__ == "__main__":\n    with m.get_context("fork").Pool(2) as p: print(p.map(f, range(5)))',
  ),
  'multiprocessing by spawn': python(
    'import multiprocessing as m\ndef f(x): return x * x\nif __name__ == "__main__":\n    with m.get_context("spawn").Pool(1) as p: print(p.map(f, range(5)))',
    { timeout: 20 },
  ),
  threads: python(
    'from concurrent.futures import ThreadPoolExecutor as T\nwith T(4) as t: print(list(t.map(lambda x: x + 1, range(9))))',
  ),
  asyncio: python(
    'import asyncio\nasync def main():\n    print(await asyncio.gather(*(asyncio.sleep(0, i) for i in range(3))))\nasyncio.run(main())',
  ),
  'a process of asyncio': python(
    'import asyncio\nasync def main():\n    p = await asyncio.create_subprocess_exec("echo", "hi", stdout=asyncio.subprocess.PIPE)\n    print(await p.communicate(), p.returncode)\nasyncio.run(main())',
  ),
  'an alarm': python(
    'import signal\nsignal.signal(signal.SIGALRM, lambda *a: print("alarm"))\nsignal.setitimer(signal.ITIMER_REAL, 0.05)\nsignal.pause()',
  ),
  tracing: python(
    'import sys\nprint(sys.gettrace(), sys.getprofile(), sys.getswitchinterval(), sys.getrecursionlimit())',
  ),
  warnings: python('import warnings; warnings.warn("careful"); print(warnings.filters)'),
  'reads its own source': python(
    'import inspect, linecache\ndef f():\n    return 1\nprint(inspect.getsource(f), linecache.getline("main.py", 1), linecache.getline(__file__, 3))',
  ),
  pickle: python('import pickle\nclass A: x = 1\nprint(pickle.loads(pickle.dumps(A())).x, A.__module__)'),
  sockets: python(
    'import socket; s = socket.create_server(("127.0.0.1", 0)); c = socket.create_connection(s.getsockname()); a, _ = s.accept(); c.send(b"x"); print(a.recv(1))',
  ),
  'a file to collect': python('open("out.txt", "w").write("result")', { output_files: ['out.txt'] }),
  runpy: python('import runpy; print(sorted(runpy.run_path("other.py")))', { files: { 'other.py': 'x = 1' } }),
  'the code module of __main__': python('import __main__; print(__main__.__dict__ is globals())'),
  'output of both streams': python('import sys\nfor i in range(100): print(i); print(-i, file=sys.stderr)'),
  'a megabyte of output': python('import sys; sys.stdout.write("x" * 1_000_000)'),
  'bytes that are no text': python('import sys; sys.stdout.buffer.write(bytes(range(256)))', {
    output_encoding: 'base64',
  }),
};

export const PYTHON_PROGRAMS: Programs = { ...START, ...END, ...INSIDE };
