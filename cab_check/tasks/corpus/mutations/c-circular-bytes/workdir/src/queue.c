#include "queue.h"

#include <string.h>

static size_t least(size_t one, size_t other) {
    return one < other ? one : other;
}

/* Returns where in the room a byte lies that is so far behind the oldest one. */
static size_t place(const struct queue *queue, size_t offset) {
    return (queue->first + offset) % queue->size;
}

/* Copies bytes into the room, from a place on and past its end to its start. */
static void copy_in(struct queue *queue, size_t at, const unsigned char *bytes, size_t count) {
    size_t whole = least(count, queue->size - at);
    memcpy(queue->room + at, bytes, whole);
    memcpy(queue->room, bytes + whole, count - whole);
}

/* Copies bytes out of the room in the same way. */
static void copy_out(const struct queue *queue, size_t at, unsigned char *bytes, size_t count) {
    size_t whole = least(count, queue->size - at);
    memcpy(bytes, queue->room + at, whole);
    memcpy(bytes + whole, queue->room, count - whole);
}

void queue_init(struct queue *queue, void *room, size_t size) {
    queue->room = room;
    queue->size = size;
    queue->first = 0;
    queue->count = 0;
}

size_t queue_space(const struct queue *queue) {
    return queue->size - queue->count;
}

size_t queue_write(struct queue *queue, const void *bytes, size_t count) {
    size_t taken = least(count, queue_space(queue));
    if (taken > 0) {
        copy_in(queue, place(queue, queue->count), bytes, taken);
        queue->count += taken;
    }
    return taken;
}

size_t queue_peek(const struct queue *queue, size_t offset, void *bytes, size_t count) {
    if (offset >= queue->count) {
        return 0;
    }
    size_t given = least(count, queue->count - offset);
    copy_out(queue, place(queue, offset), bytes, given);
    return given;
}

size_t queue_skip(struct queue *queue, size_t count) {
    size_t gone = least(count, queue->count);
    if (gone > 0) {
        queue->first = gone % queue->size;
        queue->count -= gone;
    }
    return gone;
}

size_t queue_read(struct queue *queue, void *bytes, size_t count) {
    size_t given = queue_peek(queue, 0, bytes, count);
    return queue_skip(queue, given);
}

size_t queue_find(const struct queue *queue, unsigned char byte) {
    for (size_t offset = 0; offset < queue->count; offset++) {
        if (queue->room[place(queue, offset)] == byte) {
            return offset;
        }
    }
    return queue->count;
}

long queue_line(struct queue *queue, char *text, size_t size) {
    size_t length = queue_find(queue, '\n');
    if (length == queue->count) {
        return QUEUE_NO_LINE;
    }
    size_t given = queue_peek(queue, 0, text, least(length, size - 1));
    text[given] = '\0';
    queue_skip(queue, length + 1);
    return (long)length;
}

int queue_move(struct queue *queue, void *room, size_t size) {
    if (size < queue->count) {
        return 0;
    }
    queue_peek(queue, 0, room, queue->count);
    queue->room = room;
    queue->size = size;
    queue->first = 0;
    return 1;
}
