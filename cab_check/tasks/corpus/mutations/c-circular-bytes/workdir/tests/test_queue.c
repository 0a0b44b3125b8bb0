#include "queue.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;

static void check(const char *name, int holds) {
    if (holds) {
        printf("ok %s\n", name);
    } else {
        printf("FAIL %s\n", name);
        failures++;
    }
}

/* Takes up to count bytes and compares them. */
static int reads(struct queue *queue, size_t count, const char *wanted) {
    char bytes[32] = "";
    size_t given = queue_read(queue, bytes, count);
    return given == strlen(wanted) && memcmp(bytes, wanted, given) == 0;
}

int main(void) {
    unsigned char room[8], wide[12];
    char text[4];
    struct queue queue;

    queue_init(&queue, room, sizeof room);
    check("empty at first", queue_space(&queue) == 8 && reads(&queue, 3, ""));
    check("written and read", queue_write(&queue, "abcde", 5) == 5 && reads(&queue, 3, "abc"));
    check("goes on at the start", queue_write(&queue, "fghij", 5) == 5 && queue_space(&queue) == 1);
    check("read past the end", reads(&queue, 6, "defghi") && reads(&queue, 6, "j"));
    check("no more than there is space", queue_write(&queue, "0123456789", 10) == 8);
    check("full", queue_space(&queue) == 0 && queue_write(&queue, "x", 1) == 0);

    char seen[8] = "";
    check("peeks behind the oldest", queue_peek(&queue, 5, seen, 8) == 3 && memcmp(seen, "567", 3) == 0);
    check("peeks at nothing", queue_peek(&queue, 8, seen, 8) == 0);
    check("finds a byte", queue_find(&queue, '7') == 7 && queue_find(&queue, '8') == 8);
    check("skips", queue_skip(&queue, 6) == 6 && reads(&queue, 8, "67") && queue_skip(&queue, 1) == 0);

    queue_write(&queue, "one\ntwo", 7);
    check("a line", queue_line(&queue, text, sizeof text) == 3 && strcmp(text, "one") == 0);
    check("no whole line", queue_line(&queue, text, sizeof text) == QUEUE_NO_LINE);
    queue_write(&queue, "more\n", 5);
    check("a long line is cut", queue_line(&queue, text, sizeof text) == 7 && strcmp(text, "two") == 0);
    check("nothing is left of it", queue_space(&queue) == 8);

    queue_write(&queue, "abcdef", 6);
    check("moves to another room", queue_move(&queue, wide, sizeof wide) && queue_space(&queue) == 6);
    check("the bytes come along", reads(&queue, 12, "abcdef"));
    if (failures > 0) {
        printf("%d test(s) failed\n", failures);
        return 1;
    }
    printf("all tests passed\n");
    return 0;
}
