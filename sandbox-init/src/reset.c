#include "reset.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "clock.h"
#include "fail.h"
#include "input.h"
#include "ipc.h"
#include "residue.h"
#include "restore.h"
#include "roots.h"
#include "snapshot.h"
#include "wipe.h"

#define KILL_TIMEOUT (2 * NS_PER_S)

/* For tests that show what each part does: `make WITHOUT=FILES` leaves that part out. */
enum { NONE, PROCESSES, NETWORK, ROOTS_STATE, FILES, IPC, SNAPSHOT, TIMES, DEVICES };
#ifndef WITHOUT
#define WITHOUT NONE
#endif

/* Kills every process, whether it is our child or not, until the kernel reports that there are no others. */
static void end_everything(void) {
    const struct timespec pause = {.tv_nsec = NS_PER_MS};
    uint64_t deadline = clock_now() + KILL_TIMEOUT;
    while (kill(-1, SIGKILL) == 0) {
        while (waitpid(-1, NULL, WNOHANG | __WALL) > 0) continue;
        if (clock_now() >= deadline) fail("reset_failed", "processes are left");
        in_check_alive();
        nanosleep(&pause, NULL);
    }
    if (errno != ESRCH) fail("reset_failed", "kill: %s", strerror(errno));
}

void reset(void) {
    if (snapshot_store() < 0) fail("protocol", "reset without a snapshot");
    if (WITHOUT != PROCESSES) end_everything();
    if (WITHOUT != NETWORK) residue_check_network();
    if (WITHOUT != ROOTS_STATE) roots_restore();
    if (WITHOUT != FILES) wipe();
    if (WITHOUT != IPC) ipc_remove_all();
    if (WITHOUT != SNAPSHOT) restore_snapshot();
    if (WITHOUT != TIMES) roots_restore_times();
    if (WITHOUT != DEVICES) residue_touch_devices();
}
