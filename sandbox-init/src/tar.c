#include "tar.h"

#include <stdio.h>
#include <string.h>

enum {
    MODE_AT = 100, OWNER_AT = 108, GROUP_AT = 116, SIZE_AT = 124, TIME_AT = 136, SUM_AT = 148, TYPE_AT = 156,
    MAGIC_AT = 257, PREFIX_AT = 345,
    SHORT_NUMBER = 8, LONG_NUMBER = 12, MAGIC_BYTES = 5, PREFIX_BYTES = 155,
    PERMISSIONS = 0777,
};

static const uint64_t LARGEST_OCTAL = UINT64_C(077777777777);

static bool parse_base256(const unsigned char *field, size_t length, uint64_t *number) {
    if (field[0] != 0x80) return false;
    *number = 0;
    for (size_t i = 1; i < length; i++) {
        if (*number >> 55) return false;
        *number = *number << 8 | field[i];
    }
    return true;
}

static bool parse_octal(const unsigned char *field, size_t length, uint64_t *number) {
    size_t i = 0;
    *number = 0;
    while (i < length && field[i] == ' ') i++;
    for (; i < length && field[i] >= '0' && field[i] <= '7'; i++) *number = *number << 3 | (uint64_t)(field[i] - '0');
    return i == length || field[i] == '\0' || field[i] == ' ';
}

static bool parse_number(const unsigned char *field, size_t length, uint64_t *number) {
    return field[0] & 0x80 ? parse_base256(field, length, number) : parse_octal(field, length, number);
}

/* The sum of the header's bytes, with the checksum field counted as spaces. */
static uint32_t sum(const unsigned char block[TAR_BLOCK]) {
    uint32_t total = SHORT_NUMBER * ' ';
    for (int i = 0; i < TAR_BLOCK; i++) {
        if (i < SUM_AT || i >= SUM_AT + SHORT_NUMBER) total += block[i];
    }
    return total;
}

static void parse_name(const unsigned char block[TAR_BLOCK], struct tar_header *header) {
    const char *name = (const char *)block;
    const char *prefix = name + PREFIX_AT;
    size_t prefix_length = block[MAGIC_AT + MAGIC_BYTES] == '\0' ? strnlen(prefix, PREFIX_BYTES) : 0;
    size_t name_length = strnlen(name, TAR_NAME);
    char *to = header->name;
    memcpy(to, prefix, prefix_length);
    to += prefix_length;
    if (prefix_length > 0) *to++ = '/';
    memcpy(to, name, name_length);
    to[name_length] = '\0';
}

const char *tar_parse(const unsigned char block[TAR_BLOCK], struct tar_header *header) {
    uint64_t expected;
    uint64_t mode;
    if (!parse_number(block + SUM_AT, SHORT_NUMBER, &expected) || expected != sum(block)) return "bad checksum";
    if (memcmp(block + MAGIC_AT, "ustar", MAGIC_BYTES) != 0) return "not a ustar header";
    if (!parse_number(block + MODE_AT, SHORT_NUMBER, &mode)) return "bad mode";
    if (!parse_number(block + SIZE_AT, LONG_NUMBER, &header->size)) return "bad size";
    header->mode = (uint32_t)mode & PERMISSIONS;
    header->type = (char)block[TYPE_AT];
    parse_name(block, header);
    return NULL;
}

bool tar_is_zero(const unsigned char block[TAR_BLOCK]) {
    static const unsigned char zero[TAR_BLOCK];
    return memcmp(block, zero, TAR_BLOCK) == 0;
}

size_t tar_padding(uint64_t size) {
    return (size_t)(-size & (TAR_BLOCK - 1));
}

/* Writes octal digits that fill the whole field except its last byte, which stays NUL. */
static void put_octal(unsigned char *field, size_t length, uint64_t number) {
    for (size_t i = length - 1; i-- > 0; number >>= 3) field[i] = (unsigned char)('0' + (number & 7));
}

static void put_base256(unsigned char *field, size_t length, uint64_t number) {
    for (size_t i = length; i-- > 1; number >>= 8) field[i] = (unsigned char)number;
    field[0] = 0x80;
}

static void put_long(unsigned char *field, uint64_t number) {
    if (number <= LARGEST_OCTAL) put_octal(field, LONG_NUMBER, number);
    else put_base256(field, LONG_NUMBER, number);
}

void tar_build(unsigned char block[TAR_BLOCK], char type, const char *name, uint32_t mode, uint64_t size, int64_t mtime) {
    memset(block, 0, TAR_BLOCK);
    memcpy(block, name, strnlen(name, TAR_NAME));
    put_octal(block + MODE_AT, SHORT_NUMBER, mode & PERMISSIONS);
    put_octal(block + OWNER_AT, SHORT_NUMBER, 0);
    put_octal(block + GROUP_AT, SHORT_NUMBER, 0);
    put_long(block + SIZE_AT, size);
    put_long(block + TIME_AT, mtime > 0 ? (uint64_t)mtime : 0);
    block[TYPE_AT] = (unsigned char)type;
    memcpy(block + MAGIC_AT, "ustar  ", 8);
    put_octal(block + SUM_AT, SHORT_NUMBER - 1, sum(block));
    block[SUM_AT + SHORT_NUMBER - 1] = ' ';
}
