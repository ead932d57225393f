#include "fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"

struct fields fields_open(char *payload, size_t length, const struct field_spec *specs, int count) {
    if (length > 0 && payload[length - 1] != '\0') fail("protocol", "fields do not end with NUL");
    return (struct fields){.next = payload, .end = payload + length, .specs = specs, .count = count, .seen = 0};
}

static int find_spec(const struct fields *fields, const char *key, size_t length) {
    for (int i = 0; i < fields->count; i++) {
        const char *known = fields->specs[i].key;
        if (strlen(known) == length && memcmp(known, key, length) == 0) return i;
    }
    fail("protocol", "an unknown field");
}

static void mark_seen(struct fields *fields, int index) {
    uint32_t bit = UINT32_C(1) << index;
    if (!fields->specs[index].repeats && (fields->seen & bit)) fail("protocol", "%s stands twice", fields->specs[index].key);
    fields->seen |= bit;
}

int fields_next(struct fields *fields, char **value) {
    if (fields->next == fields->end) return -1;
    char *key = fields->next;
    fields->next += strlen(key) + 1;
    char *equals = strchr(key, '=');
    if (!equals) fail("protocol", "a field has no =");
    int index = find_spec(fields, key, (size_t)(equals - key));
    mark_seen(fields, index);
    *value = equals + 1;
    return index;
}

uint64_t field_number(const char *value, uint64_t least) {
    uint64_t number = 0;
    if (*value == '\0') fail("protocol", "a number is empty");
    for (; *value; value++) {
        if (*value < '0' || *value > '9') fail("protocol", "a number has other characters than digits");
        uint64_t digit = (uint64_t)(*value - '0');
        if (number > (UINT64_MAX - digit) / 10) fail("protocol", "a number is too large");
        number = number * 10 + digit;
    }
    if (number < least) fail("protocol", "a number is too small");
    return number;
}

void fields_put(struct fields_out *fields, const char *key, const char *value) {
    size_t room = sizeof fields->text - fields->length;
    int length = snprintf(fields->text + fields->length, room, "%s=%s", key, value);
    if (length < 0 || (size_t)length >= room) return;
    fields->length += (size_t)length + 1;
}

void fields_put_number(struct fields_out *fields, const char *key, uint64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    fields_put(fields, key, text);
}
