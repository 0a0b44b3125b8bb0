#include "cases.h"

#include <stdlib.h>

typedef int clamp(int number, int low, int high);

/* A call is the number and its bounds; the answer is what clamp returns. */
size_t answer(char *const call[], size_t count, char *texts[MOST_TEXTS]) {
    int numbers[3] = {0};
    for (size_t at = 0; at < count && at < 3; at++) {
        numbers[at] = atoi(call[at]);
    }
    texts[0] = number(((clamp *)found("clamp"))(numbers[0], numbers[1], numbers[2]));
    return 1;
}
