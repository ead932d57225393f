#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "path.h"
#include "pax.h"
#include "tar.h"

enum { EXTENSION_MAX = 16 * 1024, DIRECTORY_LEAST = 0700 };

enum state {
    AT_HEADER,    /* collecting a header block */
    IN_CONTENT,   /* of a regular file */
    IN_EXTENSION, /* of a pax header or a GNU long name */
    IN_PADDING,
    AT_LAST,      /* collecting the second of the two zero blocks */
    AFTER_END,    /* only zeros may follow */
};

static struct {
    int root; /* of the archive that is open; -1: none is */
    enum state state;
    unsigned char block[TAR_BLOCK];
    size_t filled;
    uint64_t left;  /* bytes left of the content or extension */
    size_t padding; /* bytes left of the padding */
    int fd;         /* the file being written */
    char extension_type;
    size_t extension_length;
    struct pax_attributes next; /* what extended headers say about the next entry */
    struct tar_header header;
} tar = {.root = -1, .fd = -1};

static char extension[EXTENSION_MAX + 1];

_Noreturn static void refuse(const char *why) {
    fail("archive", "%s: %s", why, tar.next.path[0] ? tar.next.path : tar.header.name);
}

/* Reports what a failed call means for the archive. */
_Noreturn static void refuse_call(const char *call) {
    switch (errno) {
    case ENOSPC:
    case EDQUOT: fail("no_space", "%s: the archive does not fit", call);
    case ELOOP: refuse("a parent is a link");
    case ENOTDIR: refuse("a parent is not a directory");
    case EEXIST: refuse("something else is in the way");
    default: fail_call(call);
    }
}

/* Removes a leading `./` and a trailing `/`. The result is empty for `./`, the root itself. */
static char *trim(char *path) {
    if (path[0] == '\0') refuse("an empty name");
    if (path[0] == '.' && path[1] == '/') path += 2;
    size_t length = strlen(path);
    if (length > 1 && path[length - 1] == '/') path[length - 1] = '\0';
    return path;
}

static int create(int dir, const char *name) {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    struct stat status;
    int fd = openat(dir, name, flags, tar.header.mode);
    if (fd >= 0 || errno != EEXIST) return fd;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    if (!S_ISREG(status.st_mode)) return errno = EEXIST, -1;
    if (unlinkat(dir, name, 0) < 0) return -1;
    return openat(dir, name, flags, tar.header.mode);
}

static void begin_file(const char *path) {
    const char *name;
    int dir = path_open_parent(tar.root, path, true, &name);
    if (dir < 0) refuse_call("open parent");
    tar.fd = create(dir, name);
    if (tar.fd < 0) refuse_call("create");
    path_close(dir, tar.root);
    tar.left = tar.header.size;
    tar.padding = tar_padding(tar.header.size);
    tar.state = IN_CONTENT;
}

static void set_directory_mode(int dir, const char *name) {
    struct stat status;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) refuse_call("stat");
    if (!S_ISDIR(status.st_mode)) refuse("something else is in the way");
    if (fchmodat(dir, name, tar.header.mode | DIRECTORY_LEAST, 0) < 0) refuse_call("chmod");
}

static void make_directory(const char *path) {
    const char *name;
    int dir = path_open_parent(tar.root, path, true, &name);
    if (dir < 0) refuse_call("open parent");
    if (mkdirat(dir, name, tar.header.mode | DIRECTORY_LEAST) < 0) {
        if (errno != EEXIST) refuse_call("mkdir");
        set_directory_mode(dir, name);
    }
    path_close(dir, tar.root);
}

static void begin_directory(const char *path) {
    if (tar.header.size != 0) refuse("a directory with content");
    if (path[0] != '\0') {
        if (!path_is_plain(path)) refuse("forbidden name");
        make_directory(path);
    }
    tar.state = AT_HEADER;
}

static void begin_extension(void) {
    if (tar.header.size > EXTENSION_MAX) refuse("extended header too large");
    tar.extension_type = tar.header.type;
    tar.extension_length = 0;
    tar.left = tar.header.size;
    tar.padding = tar_padding(tar.header.size);
    tar.state = IN_EXTENSION;
}

static void begin_entry(void) {
    if (tar.next.has_size) tar.header.size = tar.next.size;
    char *path = trim(tar.next.path[0] ? tar.next.path : tar.header.name);
    switch (tar.header.type) {
    case TAR_REGULAR:
    case TAR_REGULAR_OLD:
        if (!path_is_plain(path)) refuse("forbidden name");
        begin_file(path);
        break;
    case TAR_DIRECTORY: begin_directory(path); break;
    default: refuse("forbidden type of entry");
    }
    tar.next.path[0] = '\0';
    tar.next.has_size = false;
}

static void take_header(void) {
    const char *wrong = tar_parse(tar.block, &tar.header);
    if (wrong) fail("archive", "%s", wrong);
    if (tar.header.type == TAR_PAX || tar.header.type == TAR_LONG_NAME) begin_extension();
    else begin_entry();
}

static void take_block(void) {
    bool zero = tar_is_zero(tar.block);
    if (tar.state == AT_LAST) {
        if (!zero) fail("archive", "a lone zero block");
        tar.state = AFTER_END;
    } else if (zero) {
        if (tar.next.path[0] || tar.next.has_size) fail("archive", "an extended header without entry");
        tar.state = AT_LAST;
    } else {
        take_header();
    }
}

static size_t feed_block(const char *bytes, size_t length) {
    size_t missing = TAR_BLOCK - tar.filled;
    size_t used = length < missing ? length : missing;
    memcpy(tar.block + tar.filled, bytes, used);
    tar.filled += used;
    if (tar.filled == TAR_BLOCK) {
        tar.filled = 0;
        take_block();
    }
    return used;
}

static void write_all(const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(tar.fd, bytes, length);
        if (written < 0) refuse_call("write");
        bytes += written;
        length -= (size_t)written;
    }
}

static void take_extension(void) {
    bool good = tar.extension_type == TAR_PAX ? pax_parse(extension, tar.extension_length, &tar.next)
                                              : pax_set_path(&tar.next, extension, strnlen(extension, tar.extension_length));
    if (!good) fail("archive", "malformed extended header");
}

/* Called when the content or extension is complete. */
static void end_content(void) {
    if (tar.state == IN_EXTENSION) {
        take_extension();
    } else {
        if (close(tar.fd) < 0) refuse_call("close");
        tar.fd = -1;
    }
    tar.state = tar.padding > 0 ? IN_PADDING : AT_HEADER;
}

static size_t feed_content(const char *bytes, size_t length) {
    size_t used = length < tar.left ? length : (size_t)tar.left;
    if (tar.state == IN_EXTENSION) {
        memcpy(extension + tar.extension_length, bytes, used);
        tar.extension_length += used;
    } else {
        write_all(bytes, used);
    }
    tar.left -= used;
    return used;
}

static size_t feed_padding(size_t length) {
    size_t used = length < tar.padding ? length : tar.padding;
    tar.padding -= used;
    if (tar.padding == 0) tar.state = AT_HEADER;
    return used;
}

static size_t feed_end(const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != '\0') fail("archive", "bytes after the end");
    }
    return length;
}

static size_t feed_some(const char *bytes, size_t length) {
    switch (tar.state) {
    case IN_CONTENT:
    case IN_EXTENSION: return feed_content(bytes, length);
    case IN_PADDING: return feed_padding(length);
    case AFTER_END: return feed_end(bytes, length);
    default: return feed_block(bytes, length);
    }
}

void unpack_feed(int root, const char *bytes, size_t length) {
    tar.root = root;
    while (length > 0) {
        size_t used = feed_some(bytes, length);
        bytes += used;
        length -= used;
        if ((tar.state == IN_CONTENT || tar.state == IN_EXTENSION) && tar.left == 0) end_content();
    }
}

void unpack_end(void) {
    if (tar.state != AFTER_END) fail("archive", "the archive ends early");
    tar.state = AT_HEADER;
    tar.root = -1;
}

int unpack_open_root(void) {
    return tar.root;
}
