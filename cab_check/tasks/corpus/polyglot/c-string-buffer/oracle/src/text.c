#include "text.h"

#include <string.h>

static size_t put(char *out, size_t size, size_t held, const char *text) {
    size_t length = strlen(text);
    if (held < size) {
        size_t room = size - held - 1;
        size_t kept = length < room ? length : room;
        memcpy(out + held, text, kept);
        out[held + kept] = '\0';
    }
    return held + length;
}

size_t text_copy(char *out, size_t size, const char *text) {
    return put(out, size, 0, text);
}

size_t text_append(char *out, size_t size, const char *text) {
    const char *end = size > 0 ? memchr(out, '\0', size) : NULL;
    return put(out, size, end == NULL ? size : (size_t)(end - out), text);
}

size_t text_join(char *out, size_t size, const char *const parts[], size_t count,
                 const char *between) {
    size_t length = put(out, size, 0, "");
    for (size_t at = 0; at < count; at++) {
        if (at > 0) {
            length = put(out, size, length, between);
        }
        length = put(out, size, length, parts[at]);
    }
    return length;
}
