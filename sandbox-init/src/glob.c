#include "glob.h"

#include <stddef.h>
#include <string.h>

/*
 * Both levels match in the same way: on a mismatch, go back to the last star and let it match one more (byte or segment).
 * Earlier stars never need to be reconsidered, so the time is at most the product of the lengths.
 */

/* A piece of a pattern or path up to the next slash. */
struct segment {
    const char *text;
    size_t length;
};

static struct segment segment_at(const char *text) {
    return (struct segment){text, strcspn(text, "/")};
}

static const char *after(struct segment segment) {
    const char *end = segment.text + segment.length;
    return *end == '/' ? end + 1 : end;
}

bool glob_is_literal(const char *pattern) {
    return strpbrk(pattern, "*?[") == NULL;
}

static bool is_any_depth(struct segment pattern) {
    return pattern.length == 2 && memcmp(pattern.text, "**", 2) == 0;
}

static bool is_hidden(struct segment name) {
    return name.length > 0 && name.text[0] == '.';
}

/* The length of a bracket expression from `[` to `]`, or 0 if it is never closed. */
static size_t bracket_length(const char *pattern, size_t length) {
    size_t i = 1;
    if (i < length && (pattern[i] == '!' || pattern[i] == '^')) i++;
    for (i++; i < length; i++) {
        if (pattern[i] == ']') return i + 1;
    }
    return 0;
}

static bool bracket_matches(const char *bracket, size_t length, unsigned char byte) {
    size_t i = 1;
    bool negated = bracket[i] == '!' || bracket[i] == '^';
    bool found = false;
    if (negated) i++;
    while (i < length - 1) {
        unsigned char low = (unsigned char)bracket[i];
        bool range = i + 2 < length - 1 && bracket[i + 1] == '-';
        unsigned char high = range ? (unsigned char)bracket[i + 2] : low;
        if (byte >= low && byte <= high) found = true;
        i += range ? 3 : 1;
    }
    return found != negated;
}

/* Matches one byte against the first element of the pattern. Returns the element's length, or 0. */
static size_t element_matches(const char *pattern, size_t length, unsigned char byte) {
    if (length == 0) return 0;
    if (pattern[0] == '?') return 1;
    size_t bracket = pattern[0] == '[' ? bracket_length(pattern, length) : 0;
    if (bracket > 0) return bracket_matches(pattern, bracket, byte) ? bracket : 0;
    return (unsigned char)pattern[0] == byte ? 1 : 0;
}

static size_t skip_stars(struct segment pattern, size_t i) {
    while (i < pattern.length && pattern.text[i] == '*') i++;
    return i;
}

static bool bytes_match(struct segment pattern, struct segment name) {
    size_t p = 0;
    size_t after_star = 0; /* 0: none yet */
    size_t retry = 0;
    for (size_t n = 0; n < name.length;) {
        size_t used;
        if (p < pattern.length && pattern.text[p] == '*') {
            p = after_star = skip_stars(pattern, p);
            retry = n;
        } else if ((used = element_matches(pattern.text + p, pattern.length - p, (unsigned char)name.text[n])) > 0) {
            p += used;
            n++;
        } else if (after_star > 0) {
            p = after_star;
            n = ++retry;
        } else {
            return false;
        }
    }
    return skip_stars(pattern, p) == pattern.length;
}

static bool segment_matches(struct segment pattern, struct segment name) {
    if (is_hidden(name) && !is_hidden(pattern)) return false;
    return bytes_match(pattern, name);
}

bool glob_matches(const char *pattern, const char *path) {
    const char *after_star = NULL;
    const char *retry = NULL;
    while (*path) {
        struct segment wanted = segment_at(pattern);
        struct segment name = segment_at(path);
        if (is_any_depth(wanted)) {
            after_star = pattern = after(wanted);
            retry = path;
            if (*pattern == '\0' && is_hidden(name)) return false;
            if (*pattern == '\0') path = after(name); /* at the end, `**` matches at least one segment */
        } else if (*pattern && segment_matches(wanted, name)) {
            pattern = after(wanted);
            path = after(name);
        } else if (after_star && !is_hidden(segment_at(retry))) {
            pattern = after_star;
            path = retry = after(segment_at(retry));
        } else {
            return false;
        }
    }
    return *pattern == '\0';
}

/* Whether a pattern has a segment that starts with a dot. */
static bool has_hidden(const char *pattern) {
    for (; *pattern; pattern = after(segment_at(pattern))) {
        if (is_hidden(segment_at(pattern))) return true;
    }
    return false;
}

bool glob_reaches(const char *pattern, const char *directory) {
    for (; *directory; directory = after(segment_at(directory))) {
        struct segment wanted = segment_at(pattern);
        if (is_any_depth(wanted)) return !has_hidden(directory) || has_hidden(pattern);
        if (*pattern == '\0' || !segment_matches(wanted, segment_at(directory))) return false;
        pattern = after(wanted);
    }
    return *pattern != '\0';
}
