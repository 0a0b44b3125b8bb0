#include <stddef.h>

/* How many texts a call or an answer may have. */
enum { MOST_TEXTS = 64 };

/* Works on one call: texts in, texts out. Returns how many came out. The task's main.c has it. */
size_t answer(char *const call[], size_t count, char *texts[MOST_TEXTS]);

/* Returns the agent's function of that name; the process ends where there is none. */
void *found(const char *name);

/* Returns room for size bytes, all of them fill, that ends right before a page without rights. */
char *guarded(size_t size, int fill);

/* Returns size bytes as a text in hexadecimal. */
char *shown(const char *bytes, size_t size);

/* Returns a number as a text. */
char *number(long long value);
