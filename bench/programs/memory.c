/* SPDX-License-Identifier: BSD-2-Clause */
/* Page faults, mappings, and memory itself. */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { PAGES = 512, SMALL = 64 << 10, LARGE = 64 << 20, STRIDE = 16 << 10, COPY = 8 << 20 };

static const char path[] = "/tmp/bench-mapped";
static int file;
static char *area, *source;

static void *map(uint64_t bytes, int flags, int from)
{
    void *mapped = mmap(0, bytes, PROT_READ | PROT_WRITE, flags, from, 0);

    must(mapped != MAP_FAILED, "mmap");
    return mapped;
}

/* A store and no more: what also reads may fault twice. */
static int64_t write_pages(char *pages, uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++)
        *(volatile char *)(pages + i * PAGE) = 3;
    return now() - start;
}

static int64_t read_pages(const char *pages, uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++)
        work += *(volatile const unsigned char *)(pages + i * PAGE);
    return now() - start;
}

static uint64_t portion(uint64_t count)
{
    return count < PAGES ? count : PAGES;
}

/* The first write to an anonymous page; making and unmapping the area does not count. */
static int64_t run_fault_anon(uint64_t count)
{
    int64_t took = 0;

    for (uint64_t pages; count > 0; count -= pages) {
        char *fresh = map(PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

        pages = portion(count);
        took += write_pages(fresh, pages);
        work += fresh[0] + fresh[(pages - 1) * PAGE];
        munmap(fresh, PAGES * PAGE);
    }
    return took;
}

static void make_mapped_file(void)
{
    file = make_file(path, PAGES * PAGE);
}

static void remove_file(void)
{
    close(file);
    unlink(path);
}

/* The first read of a page of a file, which is in memory. */
static int64_t run_fault_file(uint64_t count)
{
    int64_t took = 0;

    for (uint64_t pages; count > 0; count -= pages) {
        char *mapped = map(PAGES * PAGE, MAP_SHARED, file);

        pages = portion(count);
        took += read_pages(mapped, pages);
        munmap(mapped, PAGES * PAGE);
    }
    return took;
}

static void make_private_pages(void)
{
    area = map(PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    write_pages(area, PAGES);
}

static void make_few_pages(void)
{
    area = map(SMALL, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    write_pages(area, SMALL / PAGE);
}

static void hold(void *unused)
{
    (void)unused;
    pause();
}

/* The first write to a page after a fork: it is copied, as the child still has it. */
static int64_t run_fault_cow(uint64_t count)
{
    int64_t took = 0;

    for (uint64_t pages; count > 0; count -= pages) {
        pid_t child = start_child(hold, 0);

        pages = portion(count);
        took += write_pages(area, pages);
        end_child(child);
    }
    work += area[0];
    return took;
}

extern const char store_end[];

/* A write to a page that may only be read, and a handler of the signal that goes on behind the write. */
static void skip_store(int number, siginfo_t *info, void *context)
{
    (void)number;
    must(info->si_addr == area, "SIGSEGV elsewhere");
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = (greg_t)store_end;
    work++;
}

static void make_read_only_page(void)
{
    struct sigaction action = {.sa_sigaction = skip_store, .sa_flags = SA_SIGINFO};

    area = map(PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    area[0] = 1;
    must(mprotect(area, PAGE, PROT_READ) == 0 && sigaction(SIGSEGV, &action, 0) == 0, "mprotect");
}

static __attribute__((noinline)) void store(void)
{
    asm volatile("movb $2, (%0)\n\t.globl store_end\nstore_end:" : : "r"(area) : "memory");
}

static int64_t run_fault_prot(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++)
        store();
    return now() - start;
}

/* Map a file, read a byte of every fourth page, unmap. */
static int64_t map_and_read(uint64_t bytes, uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++) {
        char *mapped = map(bytes, MAP_SHARED, file);

        for (uint64_t at = 0; at < bytes; at += STRIDE)
            work += *(volatile unsigned char *)(mapped + at);
        munmap(mapped, bytes);
    }
    return now() - start;
}

static void make_small_file(void)
{
    file = make_file(path, SMALL);
}

static int64_t run_mmap_64k(uint64_t count)
{
    return map_and_read(SMALL, count);
}

static void make_large_file(void)
{
    file = make_file(path, LARGE);
}

static int64_t run_mmap_64m(uint64_t count)
{
    return map_and_read(LARGE, count);
}

/* Sixteen pages: only to be read, to be written again, and a write to one of them. */
static int64_t run_mprotect(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++) {
        work += mprotect(area, SMALL, PROT_READ) == 0;
        work += mprotect(area, SMALL, PROT_READ | PROT_WRITE) == 0;
        *(volatile char *)area = i;
    }
    return now() - start;
}

static void make_copy_areas(void)
{
    area = map(COPY, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    source = map(COPY, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memset(source, 3, COPY);
}

static int64_t run_copy(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++) {
        memcpy(area, source, COPY);
        work += *(volatile char *)(area + COPY - 1);
    }
    return now() - start;
}

const struct benchmark memory_benchmarks[] = {
    {"fault-anon", run_fault_anon, .fixed = 2048},
    {"fault-file", run_fault_file, make_mapped_file, remove_file, .fixed = 16384},
    {"fault-cow", run_fault_cow, make_private_pages, .fixed = 4096},
    {"fault-prot", run_fault_prot, make_read_only_page, .fixed = 1000},
    {"mmap-64k", run_mmap_64k, make_small_file, remove_file, .fixed = 3000},
    {"mmap-64m", run_mmap_64m, make_large_file, remove_file, .fixed = 4},
    {"mprotect", run_mprotect, make_few_pages, .fixed = 2000},
    {"mem-bandwidth", run_copy, make_copy_areas, .fixed = 4, .bytes = COPY},
    {0},
};
