#include <stdio.h>
#include <string.h>

#include "text.h"

static int failed = 0;

static void check(const char *name, int holds) {
    printf("%s %s\n", holds ? "ok" : "FAILED", name);
    failed |= !holds;
}

int main(void) {
    char out[12];
    const char *const parts[] = {"Row 3", "Cape", "7000"};

    memset(out, '#', sizeof out);
    check("copy fits", text_copy(out, 8, "Ines") == 4 && strcmp(out, "Ines") == 0);

    memset(out, '#', sizeof out);
    check("copy is cut", text_copy(out, 4, "Ines") == 4 && strcmp(out, "Ine") == 0);
    check("copy stays inside", memcmp(out + 4, "########", 8) == 0);

    memset(out, '#', sizeof out);
    strcpy(out, "Ines");
    check("append is cut", text_append(out, 8, " Sousa") == 10 && strcmp(out, "Ines So") == 0);
    check("append stays inside", memcmp(out + 8, "####", 4) == 0);

    memset(out, '#', sizeof out);
    check("join is cut", text_join(out, 8, parts, 3, ", ") == 17 && strcmp(out, "Row 3, ") == 0);
    check("join stays inside", memcmp(out + 8, "####", 4) == 0);
    return failed;
}
