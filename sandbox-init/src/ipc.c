#include "ipc.h"

#include <errno.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "fail.h"

/* List an object whatever its permissions are. Some libcs lack the names. */
enum { STAT_ANY_SHM = 15, STAT_ANY_SEM = 20, STAT_ANY_MSG = 13 };

union semaphore_argument {
    int value;
    struct semid_ds *status;
    struct seminfo *info;
};

/* How to count a kind of object, find it by its index in the kernel's table, and remove it. Each returns -1 on failure. */
struct kind {
    const char *name;
    int (*highest)(void); /* the highest index in use */
    int (*id_at)(int place);
    int (*remove)(int id);
};

static int shm_highest(void) {
    struct shm_info info;
    return shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info);
}

static int shm_id_at(int place) {
    struct shmid_ds status;
    return shmctl(place, STAT_ANY_SHM, &status);
}

static int shm_remove(int id) {
    return shmctl(id, IPC_RMID, NULL);
}

static int sem_highest(void) {
    struct seminfo info;
    return semctl(0, 0, SEM_INFO, (union semaphore_argument){.info = &info});
}

static int sem_id_at(int place) {
    struct semid_ds status;
    return semctl(place, 0, STAT_ANY_SEM, (union semaphore_argument){.status = &status});
}

static int sem_remove(int id) {
    return semctl(id, 0, IPC_RMID);
}

static int msg_highest(void) {
    struct msginfo info;
    return msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)&info);
}

static int msg_id_at(int place) {
    struct msqid_ds status;
    return msgctl(place, STAT_ANY_MSG, &status);
}

static int msg_remove(int id) {
    return msgctl(id, IPC_RMID, NULL);
}

static const struct kind kinds[] = {
    {"shared memory", shm_highest, shm_id_at, shm_remove},
    {"semaphores", sem_highest, sem_id_at, sem_remove},
    {"message queues", msg_highest, msg_id_at, msg_remove},
};

/* Removes every object of a kind. Returns how many there were. */
static int remove_kind(const struct kind *kind) {
    int found = 0;
    int highest = kind->highest();
    if (highest < 0 && errno != ENOSYS) fail("reset_failed", "%s: %s", kind->name, strerror(errno));
    for (int place = 0; place <= highest; place++) {
        int id = kind->id_at(place);
        if (id < 0) continue;
        found++;
        if (kind->remove(id) < 0) fail("reset_failed", "remove %s: %s", kind->name, strerror(errno));
    }
    return found;
}

void ipc_remove_all(void) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (remove_kind(&kinds[i]) > 0 && remove_kind(&kinds[i]) > 0) fail("reset_failed", "%s are left", kinds[i].name);
    }
}
