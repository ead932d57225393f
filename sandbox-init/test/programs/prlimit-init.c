/* Tries to take away PID 1's descriptors and processes by lowering its limits. Exits with 0 if the kernel allows it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/resource.h>

int main(void) {
    struct rlimit none = {0, 0};
    if (prlimit(1, RLIMIT_NOFILE, &none, NULL) < 0) {
        perror("prlimit");
        return 1;
    }
    return 0;
}
