#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct queue {
    unsigned char *room;
    size_t size, first, count;
};

typedef void init(struct queue *queue, void *room, size_t size);
typedef size_t space(const struct queue *queue);
typedef size_t put(struct queue *queue, const void *bytes, size_t count);
typedef size_t peek(const struct queue *queue, size_t offset, void *bytes, size_t count);
typedef size_t skip(struct queue *queue, size_t count);
typedef size_t take(struct queue *queue, void *bytes, size_t count);
typedef size_t find(const struct queue *queue, unsigned char byte);
typedef long line(struct queue *queue, char *text, size_t size);
typedef int move(struct queue *queue, void *room, size_t size);

enum { MARGIN = 8 };

/* Words a result and the bytes that came with it. */
static char *with(long long result, const char *bytes, size_t count) {
    char *text = malloc(2 * count + 40);
    sprintf(text, "%lld %s", result, shown(bytes, count));
    return text;
}

/* Copies up to count bytes by one of two functions; what is written behind them shows. */
static char *copied(struct queue *queue, const size_t *offset, size_t count) {
    char *bytes = guarded(count + MARGIN, '#');
    size_t given = offset != NULL ? ((peek *)found("queue_peek"))(queue, *offset, bytes, count)
                                  : ((take *)found("queue_read"))(queue, bytes, count);
    return with((long long)given, bytes, count + MARGIN);
}

static char *step(struct queue *queue, const char *what) {
    const char *given = strchr(what, ' ') + 1;
    char *rest;
    size_t number_of = strtoul(given, &rest, 10), second = strtoul(rest, NULL, 10);
    switch (what[0]) {
    case 'w':
        return number((long long)((put *)found("queue_write"))(queue, given, strlen(given)));
    case 'r':
        return copied(queue, NULL, number_of);
    case 'p':
        return copied(queue, &number_of, second);
    case 's':
        if (what[1] == 'p') {
            return number((long long)((space *)found("queue_space"))(queue));
        }
        return number((long long)((skip *)found("queue_skip"))(queue, number_of));
    case 'f':
        return number((long long)((find *)found("queue_find"))(queue, (unsigned char)given[0]));
    case 'l': {
        char *text = guarded(number_of, '#');
        long length = ((line *)found("queue_line"))(queue, text, number_of);
        return with(length, text, number_of);
    }
    default:
        return number(((move *)found("queue_move"))(queue, guarded(number_of, 0), number_of));
    }
}

/* Calls: the size of the room, then what is done in it, step after step. */
size_t answer(char *const call[], size_t count, char *texts[MOST_TEXTS]) {
    struct queue queue;
    size_t size = strtoul(call[0], NULL, 10);
    ((init *)found("queue_init"))(&queue, guarded(size, 0), size);
    texts[0] = "made";
    for (size_t at = 1; at < count; at++) {
        texts[at] = step(&queue, call[at]);
    }
    return count;
}
