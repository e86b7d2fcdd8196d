/* What the decoder needs where there is nothing but WebAssembly's memory, and how kmq.mjs opens a file.
 *
 * An instance serves one file and is then dropped, with its memory. So a stack of blocks is enough
 * of an allocator: a block that is released is used again once those above it are released, too.
 */
#include "kmq.h"

#define EXPORT(name) __attribute__((export_name(#name))) name
#define ALIGNMENT 16u
#define PAGE 65536u

/* Stands before each allocation. */
typedef struct block {
    struct block *below;
    int is_released;
} block;

extern unsigned char __heap_base;
static block *top;           /* the last block, or NULL */
static uintptr_t stack_end; /* where the next block begins; 0 before the first */

static uintptr_t align(uintptr_t at) { return (at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

/* Make the memory end at `end` or later; return whether there is so much. */
static int reach(uint64_t end) {
    uint64_t pages = (end + PAGE - 1) / PAGE, present = __builtin_wasm_memory_size(0);
    if (pages > UINT32_MAX / PAGE) return 0; /* so that no address overflows */
    return pages <= present || __builtin_wasm_memory_grow(0, (size_t)(pages - present)) != SIZE_MAX;
}

void *EXPORT(allocate)(size_t size) {
    if (stack_end == 0) stack_end = align((uintptr_t)&__heap_base);
    uint64_t end = (uint64_t)stack_end + ALIGNMENT + size + ALIGNMENT - 1;
    if (!reach(end)) return NULL;
    block *new = (block *)stack_end;
    *new = (block){top, 0};
    top = new;
    stack_end = (uintptr_t)end / ALIGNMENT * ALIGNMENT;
    return (unsigned char *)new + ALIGNMENT;
}

void EXPORT(release)(void *pointer) {
    if (pointer == NULL) return;
    ((block *)((unsigned char *)pointer - ALIGNMENT))->is_released = 1;
    for (; top != NULL && top->is_released; top = top->below) stack_end = (uintptr_t)top;
}

static void *allocate_for_core(void *user, size_t size) {
    (void)user;
    return allocate(size);
}

static void release_for_core(void *user, void *pointer) {
    (void)user;
    release(pointer);
}

/* Numbers are doubles as in JavaScript: counts below 2^53 are exact. */
__attribute__((import_module("kmq"), import_name("progress"))) int ask(double done, double total);

static int progress(void *user, uint64_t done, uint64_t total) {
    (void)user;
    return ask((double)done, (double)total);
}

/* Open a file; limits of 0 are the defaults. */
kmq_file *EXPORT(open)(const void *data, size_t size, double max_pixels, double max_bytes, double max_memory,
                       kmq_error *error) {
    kmq_options options = {
        .max_pixels = (uint64_t)max_pixels,
        .max_bytes = (uint64_t)max_bytes,
        .max_memory = (uint64_t)max_memory,
        .progress = progress,
        .allocate = allocate_for_core,
        .release = release_for_core,
    };
    return kmq_open(data, size, &options, error);
}

/* Compilers turn the first two into instructions of WebAssembly. */
void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    return __builtin_memcpy(to, from, size);
}

void *memset(void *to, int value, size_t size) { return __builtin_memset(to, value, size); }

int memcmp(const void *a, const void *b, size_t size) {
    const unsigned char *x = a, *y = b;
    for (; size > 0; x++, y++, size--) {
        if (*x != *y) return *x < *y ? -1 : 1;
    }
    return 0;
}
