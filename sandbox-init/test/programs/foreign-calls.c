/* Tries getpid by the i386 gate and by an x32 number: both must be refused with ENOSYS (38), or prlimit could be reached by them. */
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
