/* How sandbox-init ends: every failure sends one `error` frame to the service, prints one line to standard error, and exits. */
#ifndef FAIL_H
#define FAIL_H

/* Prints one line of diagnostics. It is lost if nobody reads standard error. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);

/* Kills everything, sends `error` with this code, and exits with 1. The message must not contain file content, arguments or environment. */
__attribute__((format(printf, 2, 3))) _Noreturn void fail(const char *code, const char *format, ...);

/* `fail("system", …)` for a system call that failed unexpectedly. Adds the reason from errno. */
_Noreturn void fail_call(const char *call);

/* Ends the whole sandbox: the kernel kills every process when PID 1 exits. */
_Noreturn void leave(int status);

#endif
