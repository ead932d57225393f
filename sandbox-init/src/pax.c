#include "pax.h"

#include <string.h>

/* Reads digits up to a terminator that is not a digit. Returns the number of bytes read, or 0. */
static size_t read_number(const char *text, size_t length, uint64_t *number) {
    size_t i = 0;
    *number = 0;
    for (; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        if (*number >> 59) return 0;
        *number = *number * 10 + (uint64_t)(text[i] - '0');
    }
    return i;
}

bool pax_set_path(struct pax_attributes *attributes, const char *path, size_t length) {
    if (length == 0 || length >= sizeof attributes->path || memchr(path, '\0', length)) return false;
    memcpy(attributes->path, path, length);
    attributes->path[length] = '\0';
    return true;
}

static bool set_size(struct pax_attributes *attributes, const char *value, size_t length) {
    attributes->has_size = true;
    return length > 0 && read_number(value, length, &attributes->size) == length;
}

/* Parses one record without its length and final newline. */
static bool take_record(const char *record, size_t length, struct pax_attributes *attributes) {
    const char *equals = memchr(record, '=', length);
    if (!equals) return false;
    size_t key_length = (size_t)(equals - record);
    const char *value = equals + 1;
    size_t value_length = length - key_length - 1;
    if (key_length == 4 && memcmp(record, "path", 4) == 0) return pax_set_path(attributes, value, value_length);
    if (key_length == 4 && memcmp(record, "size", 4) == 0) return set_size(attributes, value, value_length);
    return true;
}

bool pax_parse(const char *records, size_t length, struct pax_attributes *attributes) {
    while (length > 0) {
        uint64_t bytes;
        size_t digits = read_number(records, length, &bytes);
        if (digits == 0 || digits == length || records[digits] != ' ') return false;
        if (bytes > length || bytes < digits + 2 || records[bytes - 1] != '\n') return false;
        if (!take_record(records + digits + 1, (size_t)bytes - digits - 2, attributes)) return false;
        records += bytes;
        length -= (size_t)bytes;
    }
    return true;
}
