/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs on the host: text of so many MiB for job-tools, always the same, about as compressible as a book. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 4096 };

static uint64_t state = 88172645463325252;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

int main(int argc, char **argv)
{
    static const char *const syllables[] = {"sto", "ne", "wa", "ter", "ri", "ver", "lan", "d", "si", "lent", "mo", "on",
                                            "bra", "nch", "le", "af", "gra", "ss", "he", "art", "fi", "re", "do", "or"};
    static char words[WORDS][16];
    long left = (argc > 1 ? atol(argv[1]) : 1) << 20;

    for (unsigned i = 0; i < WORDS; i++)
        snprintf(words[i], sizeof words[i], "%s%s%s", syllables[next() % 24], syllables[next() % 24],
                 next() % 2 ? syllables[next() % 24] : "");
    while (left > 0) {
        unsigned length = 6 + next() % 10;

        for (unsigned i = 0; i < length; i++) {
            /* Small numbers come more often than large ones. */
            uint64_t choice = next() % WORDS * (next() % WORDS) / WORDS * (next() % WORDS) / WORDS;

            left -= printf("%s%c", words[choice], i + 1 < length ? ' ' : '\n');
        }
    }
    return 0;
}
