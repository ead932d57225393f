/* Payloads of NUL-terminated `key=value` strings. */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct field_spec {
    const char *key;
    bool repeats;
};

/* A walk over a payload that must outlive it; values are pointers into the payload. */
struct fields {
    char *next;
    char *end;
    const struct field_spec *specs;
    int count;
    uint32_t seen;
};

/* Starts a walk. A payload that does not end with NUL is `error protocol`. */
struct fields fields_open(char *payload, size_t length, const struct field_spec *specs, int count);

/* The index in specs of the next field, or -1 at the end. Unknown, malformed or forbidden repetition is `error protocol`. */
int fields_next(struct fields *fields, char **value);

/* An unsigned decimal of at least this much; anything else is `error protocol`. */
uint64_t field_number(const char *value, uint64_t least);

enum { FIELDS_OUT_MAX = 24 * 1024 };

/* Fields to send. Fields that do not fit are left out. */
struct fields_out {
    size_t length;
    char text[FIELDS_OUT_MAX];
};

void fields_put(struct fields_out *fields, const char *key, const char *value);
void fields_put_number(struct fields_out *fields, const char *key, uint64_t value);

#endif
