/* The 512-byte header of the tar format. */
#ifndef TAR_H
#define TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAR_BLOCK = 512, TAR_NAME = 100, TAR_NAME_MAX = 256 };

enum {
    TAR_REGULAR = '0',
    TAR_REGULAR_OLD = '\0',
    TAR_DIRECTORY = '5',
    TAR_PAX = 'x',
    TAR_LONG_NAME = 'L',
};

struct tar_header {
    char type;
    uint32_t mode;
    uint64_t size;
    char name[TAR_NAME_MAX + 1]; /* with its ustar prefix */
};

/* Parses a header. Returns NULL, or what is wrong with it. */
const char *tar_parse(const unsigned char block[TAR_BLOCK], struct tar_header *header);

bool tar_is_zero(const unsigned char block[TAR_BLOCK]);

/* Number of padding bytes after content of this size. */
size_t tar_padding(uint64_t size);

/* Writes a GNU header. A name over TAR_NAME is cut; the long-name entry before it has the whole name. */
void tar_build(unsigned char block[TAR_BLOCK], char type, const char *name, uint32_t mode, uint64_t size, int64_t mtime);

#endif
