#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>

/*
 * Bytes that wait, the oldest first, in a room of fixed size that is used in a circle. What is
 * written goes behind the newest byte; where the room ends it goes on at the start.
 */
struct queue {
    unsigned char *room;
    size_t size;
    size_t first;
    size_t count;
};

enum { QUEUE_NO_LINE = -1 };

/* Makes a queue, empty, of a room of so many bytes. */
void queue_init(struct queue *queue, void *room, size_t size);

/* Returns how many bytes can still be written. */
size_t queue_space(const struct queue *queue);

/* Writes as many of the bytes as there is space for; returns how many. */
size_t queue_write(struct queue *queue, const void *bytes, size_t count);

/* Copies up to count bytes from offset behind the oldest on, without taking them; how many. */
size_t queue_peek(const struct queue *queue, size_t offset, void *bytes, size_t count);

/* Takes up to count bytes away, the oldest first; returns how many. */
size_t queue_skip(struct queue *queue, size_t count);

/* Takes up to count bytes and copies them; returns how many. */
size_t queue_read(struct queue *queue, void *bytes, size_t count);

/* Returns how far behind the oldest byte the first one of that value is; the count if none is. */
size_t queue_find(const struct queue *queue, unsigned char byte);

/*
 * Takes a line, its end included, and returns its length without that; QUEUE_NO_LINE while none is
 * whole, and then takes nothing. As much of it as fits is copied to the size bytes at text, a '\0'
 * at the end always; size is at least 1.
 */
long queue_line(struct queue *queue, char *text, size_t size);

/* Moves all bytes to another room that does not overlap; 0 and no change if it is too small. */
int queue_move(struct queue *queue, void *room, size_t size);

#endif
