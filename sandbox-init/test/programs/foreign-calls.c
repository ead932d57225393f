/* Calls getpid through the i386 gate and with an x32 number. Both must be refused with ENOSYS (38), else prlimit could be called the same way. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
#ifdef __x86_64__
    long result = 20; /* getpid of i386 */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    printf("i386: %ld\n", (long)(int)result);
    result = syscall(0x40000000 | 39); /* getpid of x32 */
    printf("x32: %ld\n", result < 0 ? -(long)errno : result);
#endif
    return 0;
}
