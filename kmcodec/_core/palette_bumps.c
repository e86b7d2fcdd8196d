#include "palette_bumps.h"

#define REACH 510 /* of WIDTH t on both sides */

/* Return the height of WIDTH t at offset d, at most 65536. */
static uint32_t bump_height(int t, uint32_t d) {
    uint64_t a = ((uint32_t)1 << (16 + t)) / (((uint32_t)1 << t) + 4 * d * d);
    return (uint32_t)((a * a >> 16) * a >> 16);
}

static void fill_width(kmq_bump_row row, int t) {
    uint32_t masses[REACH + 1], all = bump_height(t, 0); /* all: less than 2^27 */
    for (uint32_t d = 1; d <= REACH; d++) {
        masses[d] = bump_height(t, d);
        all += 2 * masses[d];
    }
    masses[0] = bump_height(t, 0);
    for (int d = 0; d <= REACH; d++) masses[d] = masses[d] * 16384 / all;
    uint32_t sum = 0;
    row[0] = 0;
    row[1] = 0;
    for (int d = -REACH; d <= REACH; d++) {
        row[KMQ_BUMP_ORIGIN + d] = (int32_t)sum;
        sum += masses[d < 0 ? -d : d];
    }
    row[KMQ_BUMP_ORIGIN + REACH + 1] = (int32_t)sum;
}

void kmq_fill_bumps(kmq_bump_row *rows) {
    for (int t = 0; t <= KMQ_LARGEST_WIDTH; t++) fill_width(rows[t], t);
    for (int d = -512; d < 512; d++) {
        rows[KMQ_EXACT][KMQ_BUMP_ORIGIN + d] = d > 0 ? 16384 : 0;
        rows[KMQ_EVEN][KMQ_BUMP_ORIGIN + d] = 64 * (d < 0 ? 0 : d > 256 ? 256 : d);
    }
}

void kmq_fill_gaps(kmq_bump_row row, int lowest, uint32_t n) {
    uint32_t rest = 0x1000000;
    for (int v = 0; v <= lowest; v++) row[KMQ_BUMP_ORIGIN + v] = 0;
    for (int v = lowest; v < 256; v++) {
        rest = (uint32_t)((uint64_t)rest * (uint32_t)(255 - v) / ((uint32_t)(255 - v) + n));
        row[KMQ_BUMP_ORIGIN + v + 1] = (int32_t)(0x1000000 - rest) >> 10;
    }
}

void kmq_fill_seen(kmq_bump_row row, const uint16_t seen[257], uint32_t n) {
    for (int v = 0; v < 257; v++) {
        row[KMQ_BUMP_ORIGIN + v] = (int32_t)(((uint32_t)seen[v] << 14) / n);
    }
}
