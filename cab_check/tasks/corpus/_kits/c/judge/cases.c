#define _GNU_SOURCE
#include "cases.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *agent;

static void *needed(void *memory) {
    if (memory == NULL || memory == MAP_FAILED) {
        _exit(70);
    }
    return memory;
}

void *found(const char *name) {
    return needed(dlsym(agent, name));
}

char *guarded(size_t size, int fill) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (size + page - 1) / page * page;
    char *start = needed(mmap(NULL, room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (room > 0 && mprotect(start + page, room, PROT_READ | PROT_WRITE) != 0) {
        _exit(70);
    }
    memset(start + page, fill, room);
    return start + page + (room - size);
}

char *shown(const char *bytes, size_t size) {
    static const char digits[] = "0123456789abcdef";
    char *text = needed(malloc(2 * size + 1));
    for (size_t at = 0; at < size; at++) {
        text[2 * at] = digits[(unsigned char)bytes[at] >> 4];
        text[2 * at + 1] = digits[(unsigned char)bytes[at] & 15];
    }
    text[2 * size] = '\0';
    return text;
}

char *number(long long value) {
    char *text = needed(malloc(32));
    snprintf(text, 32, "%lld", value);
    return text;
}

static int digit(char sign) {
    return sign <= '9' ? sign - '0' : sign - 'a' + 10;
}

/* Turns hexadecimal into the text it stands for, right before a page without rights. */
static char *unpacked(const char *hex) {
    size_t size = strlen(hex) / 2;
    char *text = guarded(size + 1, 0);
    for (size_t at = 0; at < size; at++) {
        text[at] = (char)(digit(hex[2 * at]) << 4 | digit(hex[2 * at + 1]));
    }
    return text;
}

static void print(const char *nonce, char *const texts[], size_t count) {
    printf("\n%s value ", nonce);
    for (size_t at = 0; at < count; at++) {
        printf("%s%s", at > 0 ? "," : "", shown(texts[at], strlen(texts[at])));
    }
    printf("\n");
    fflush(stdout);
}

int main(void) {
    char *line = NULL, *nonce = NULL;
    size_t size = 0;
    agent = needed(dlopen("./agent.so", RTLD_NOW | RTLD_LOCAL));
    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (nonce == NULL) {
            nonce = needed(strdup(line));
            continue;
        }
        char *call[MOST_TEXTS], *texts[MOST_TEXTS] = {NULL}, *rest = line, *text;
        size_t count = 0;
        while (count < MOST_TEXTS && (text = strsep(&rest, ",")) != NULL) {
            call[count++] = unpacked(text);
        }
        print(nonce, texts, answer(call, count, texts));
    }
    _exit(0);
}
