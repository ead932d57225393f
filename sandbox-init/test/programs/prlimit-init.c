/* Takes PID 1's descriptors and processes away by lowering its limits. Exits with 0 when the kernel let it. */
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
