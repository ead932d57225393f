/* The ways out: every failure is one `error` frame for the service, one line on standard error, and the end. */
#ifndef FAIL_H
#define FAIL_H

/* One line of diagnostics; lost when nobody reads standard error. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);

/* Kills everything, sends `error` with this code, and exits with 1. The message must not hold content, arguments or environment. */
__attribute__((format(printf, 2, 3))) _Noreturn void fail(const char *code, const char *format, ...);

/* `fail("system", …)` for a system call that failed and should not; says why from errno. */
_Noreturn void fail_call(const char *call);

/* Ends the whole sandbox: the kernel kills every process when PID 1 exits. */
_Noreturn void leave(int status);

#endif
