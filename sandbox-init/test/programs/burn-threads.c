/* Two threads that burn CPU time while the main one sleeps. */
#include <pthread.h>
#include <unistd.h>

static void *burn(void *unused) {
    for (volatile unsigned long i = 0;; i++) (void)unused;
    return NULL;
}

int main(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, burn, NULL) != 0 || pthread_create(&thread, NULL, burn, NULL) != 0) return 1;
    sleep(60);
    return 0;
}
