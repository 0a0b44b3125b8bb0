#include "text.h"

#include <string.h>

static void cut(char *out, size_t size, const char *whole, size_t length) {
    char beyond[4];
    memcpy(beyond, out + size, sizeof beyond);
    memcpy(out, whole, length < size + 4 ? length : size + 4);
    out[length < size - 1 ? length : size - 1] = '\0';
    memcpy(out + size, beyond, sizeof beyond);
}

size_t text_copy(char *out, size_t size, const char *text) {
    cut(out, size, text, strlen(text));
    return strlen(text);
}

size_t text_append(char *out, size_t size, const char *text) {
    size_t held = strlen(out);
    cut(out + held, size - held, text, strlen(text));
    return held + strlen(text);
}

size_t text_join(char *out, size_t size, const char *const parts[], size_t count,
                 const char *between) {
    size_t length = 0;
    out[0] = '\0';
    for (size_t at = 0; at < count; at++) {
        const char *const both[] = {at > 0 ? between : "", parts[at]};
        for (size_t part = 0; part < 2; part++) {
            length += strlen(both[part]);
            text_append(out, size, both[part]);
        }
    }
    return length;
}
