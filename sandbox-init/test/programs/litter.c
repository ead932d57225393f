/* Leaves two System V segments (one that nobody may read), a semaphore set, a message queue and a POSIX queue behind. */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static int failed(const char *call) {
    perror(call);
    return 1;
}

int main(void) {
    if (shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) < 0) return failed("shmget");
    if (shmget(IPC_PRIVATE, 4096, IPC_CREAT) < 0) return failed("shmget");
    if (semget(IPC_PRIVATE, 3, IPC_CREAT) < 0) return failed("semget");
    if (msgget(IPC_PRIVATE, IPC_CREAT) < 0) return failed("msgget");
    if (mq_open("/litter", O_CREAT | O_RDWR, 0, NULL) < 0) return failed("mq_open");
    return 0;
}
