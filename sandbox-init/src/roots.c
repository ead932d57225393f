#include "roots.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "fail.h"

static struct root roots[ROOTS] = {
    [ROOT_WORKSPACE] = {"/workspace", -1, 0},
    [ROOT_TMP] = {"/tmp", -1, 0},
    [ROOT_SHM] = {"/dev/shm", -1, 0},
    [ROOT_MQUEUE] = {"/dev/mqueue", -1, 0},
};

static void open_root(struct root *root) {
    struct stat status;
    root->fd = open(root->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (root->fd < 0) return;
    if (fstat(root->fd, &status) < 0) fail_call("fstat");
    root->mode = status.st_mode & 07777;
}

void roots_open(void) {
    for (int i = 0; i < ROOTS; i++) open_root(&roots[i]);
    if (roots[ROOT_WORKSPACE].fd < 0) fail_call("open /workspace");
    if (roots[ROOT_TMP].fd < 0) fail_call("open /tmp");
}

const struct root *root_at(int index) {
    return &roots[index];
}
