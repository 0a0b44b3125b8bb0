#include "text.h"

#include <string.h>

size_t text_copy(char *out, size_t size, const char *text) {
    strncpy(out, text, size - 1);
    out[size - 1] = '\0';
    return strlen(text);
}

size_t text_append(char *out, size_t size, const char *text) {
    size_t held = strlen(out);
    strncat(out, text, size - held - 1);
    return held + strlen(text);
}

size_t text_join(char *out, size_t size, const char *const parts[], size_t count,
                 const char *between) {
    size_t length = 0;
    out[0] = '\0';
    for (size_t at = 0; at < count; at++) {
        if (at > 0) {
            length += strlen(between);
            strncat(out, between, size - strlen(out) - 1);
        }
        length += strlen(parts[at]);
        strncat(out, parts[at], size - strlen(out) - 1);
    }
    return length;
}
