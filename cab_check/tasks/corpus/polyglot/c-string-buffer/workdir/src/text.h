#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* Each writes into the size bytes at out and returns the length of the whole text, cut or not. */

size_t text_copy(char *out, size_t size, const char *text);

size_t text_append(char *out, size_t size, const char *text);

size_t text_join(char *out, size_t size, const char *const parts[], size_t count,
                 const char *between);

#endif
