"""Makes system calls of other ABIs, which a filter for x86_64 may overlook: i386 through int 0x80 and x32 numbers."""
import ctypes
import mmap

from attempt import attempt, call, report

memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))


def int80(number, ebx=0, ecx=0, edx=0, esi=0):
    # push rbx; mov eax,n; mov ebx,..; mov ecx,..; mov edx,..; mov esi,..; int 0x80; cdqe; pop rbx; ret
    code = b"\x53\x56" + b"\xb8" + number.to_bytes(4, "little") + b"\xbb" + ebx.to_bytes(4, "little")
    code += b"\xb9" + ecx.to_bytes(4, "little") + b"\xba" + edx.to_bytes(4, "little") + b"\xbe" + esi.to_bytes(4, "little")
    code += b"\xcd\x80\x48\x98\x5e\x5b\xc3"
    memory.seek(0)
    memory.write(code)
    result = ctypes.CFUNCTYPE(ctypes.c_long)(address)()
    if -4096 < result < 0:
        raise OSError(-result, "int 0x80")
    return result


X32 = 0x40000000
attempt("i386 getpid", lambda: int80(20))
attempt("i386 ptrace PID 1", lambda: int80(26, 16, 1))
attempt("i386 prlimit64 PID 1", lambda: int80(340, 1, 7, 0, 0))
attempt("i386 unshare", lambda: int80(310, 0x10000000))
attempt("x32 getpid", lambda: call(X32 | 39))
attempt("x32 prlimit64 PID 1", lambda: call(X32 | 302, 1, 7, 0, 0))
attempt("x32 ptrace", lambda: call(X32 | 521, 16, 1, 0, 0))
report()
