#include "text.h"

#include <stdio.h>
#include <string.h>

size_t text_copy(char *out, size_t size, const char *text) {
    return (size_t)snprintf(out, size, "%s", text);
}

size_t text_append(char *out, size_t size, const char *text) {
    char whole[32];
    strcpy(whole, out);
    strcat(whole, text);
    return text_copy(out, size, whole);
}

size_t text_join(char *out, size_t size, const char *const parts[], size_t count,
                 const char *between) {
    char whole[32] = "";
    for (size_t at = 0; at < count; at++) {
        strcat(whole, at > 0 ? between : "");
        strcat(whole, parts[at]);
    }
    return text_copy(out, size, whole);
}
