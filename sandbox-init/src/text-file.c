#include "text-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"

void text_file_write(const char *path, const char *text) {
    size_t length = strlen(text);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) fail("system", "open %s: %s", path, strerror(errno));
    if (write(fd, text, length) != (ssize_t)length) fail("system", "write %s: %s", path, strerror(errno));
    close(fd);
}
