#include "cases.h"

#include <stdlib.h>
#include <string.h>

enum { LEAD = 16 };

typedef size_t put(char *out, size_t size, const char *text);
typedef size_t join(char *out, size_t size, const char *const parts[], size_t count,
                    const char *between);

/*
 * Calls: copy SIZE TEXT, append SIZE HELD TEXT, join SIZE BETWEEN PARTS...; out is full of signs
 * before. Answers: the result, the signs before out, what out holds up to its end, and whether it
 * has one.
 */
size_t answer(char *const call[], size_t count, char *texts[MOST_TEXTS]) {
    size_t size = strtoul(call[1], NULL, 10);
    char *out = guarded(LEAD + size, '#') + LEAD;
    size_t length;
    if (strcmp(call[0], "copy") == 0) {
        length = ((put *)found("text_copy"))(out, size, call[2]);
    } else if (strcmp(call[0], "append") == 0) {
        size_t held = strlen(call[2]) + 1;
        memcpy(out, call[2], held < size ? held : size);
        length = ((put *)found("text_append"))(out, size, call[3]);
    } else {
        const char *const *parts = (const char *const *)(call + 3);
        length = ((join *)found("text_join"))(out, size, parts, count - 3, call[2]);
    }
    size_t end = strnlen(out, size);
    texts[0] = number((long long)length);
    texts[1] = shown(out - LEAD, LEAD);
    texts[2] = shown(out, end);
    texts[3] = end < size ? "ends" : "has no end";
    return 4;
}
