#include "clamp.h"

#include <stdio.h>

static int check(const char *name, int got, int wanted) {
    printf("%s %s\n", got == wanted ? "ok" : "FAIL", name);
    return got != wanted;
}

int main(void) {
    int failures = check("above", clamp(12, 0, 10), 10);
    failures += check("below", clamp(-3, 0, 10), -3);
    failures += check("within", clamp(4, 0, 10), 4);
    return failures > 0;
}
