#include "crc32.h"

#define POLYNOMIAL 0xedb88320u
#define LONG_ENOUGH 4096u /* for tables to be worth making */

/* tables[k][b] is what the polynomial makes of a byte b with k more bytes after it. */
static void fill_tables(uint32_t tables[4][256]) {
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t crc = b;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        tables[0][b] = crc;
    }
    for (int k = 1; k < 4; k++) {
        for (int b = 0; b < 256; b++) {
            uint32_t crc = tables[k - 1][b];
            tables[k][b] = tables[0][crc & 255] ^ crc >> 8;
        }
    }
}

/* Take four bytes at a time, as long as there are four; return how many bytes that were. */
static size_t take_fours(uint32_t *crc, const uint8_t *data, size_t size) {
    uint32_t tables[4][256];
    size_t i = 0;
    fill_tables(tables);
    for (; i + 4 <= size; i += 4) {
        uint32_t word = *crc ^ (data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 |
                                (uint32_t)data[i + 3] << 24);
        *crc = tables[3][word & 255] ^ tables[2][word >> 8 & 255] ^ tables[1][word >> 16 & 255] ^
               tables[0][word >> 24];
    }
    return i;
}

uint32_t kmq_crc32(uint32_t before, const uint8_t *data, size_t size) {
    uint32_t crc = ~before;
    size_t i = size < LONG_ENOUGH ? 0 : take_fours(&crc, data, size);
    for (; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
    }
    return ~crc;
}
