/* Mounting, every failure of which is fatal and names the place. */
#ifndef MOUNTS_H
#define MOUNTS_H

struct mount_point {
    const char *path;
    const char *type;
    unsigned long flags;
    const char *options; /* NULL: none */
};

void mount_fresh(const struct mount_point *mount);

/* Shows `from`, with all that is mounted beneath it, at `to`, too. */
void mount_again(const char *from, const char *to);

/* Makes what is mounted there read-only, with these flags. */
void mount_read_only(const char *path, unsigned long flags);

#endif
