#include "tables.h"

/* Return 2048 * log2 of a positive number, rounded down. */
static uint32_t logarithm(uint64_t value) {
    int whole = 0;
    while (value >> whole > 1) whole++;
    /* From 2^31 to 2^32 - 1. */
    uint64_t mantissa = whole > 31 ? value >> (whole - 31) : value << (31 - whole);
    uint32_t result = (uint32_t)whole;
    for (int i = 0; i < 11; i++) {
        mantissa = mantissa * mantissa >> 31;
        uint32_t bit = (uint32_t)(mantissa >> 32);
        result = 2 * result + bit;
        mantissa >>= bit;
    }
    return result;
}

static void make_paces(kmq_tables *tables, uint32_t start, uint32_t last) {
    for (uint32_t count = 0; count < 128; count++) {
        uint32_t visits = count < last ? count : last, below = 2 * visits + start;
        kmq_pace *pace = &tables->pace[count];
        uint32_t loss = logarithm(below) - logarithm(below - 2);
        for (int i = 0; i < 8; i++) pace->loss[i] = (int16_t)loss;
        pace->next = (uint16_t)(visits < last ? visits + 1 : last);
        pace->base = 5 * 2048 - logarithm(below) + loss + 512 * 32;
    }
}

/* gain[i] is 2048 * log2(1 + 2^x), with x = (2 * (i - 512) + 1) / 128. */
static void make_gains(kmq_tables *tables) {
    uint64_t power[64]; /* 2^30 * 2^((2 k + 1) / 128) */
    power[0] = 1079572136;
    for (int k = 1; k < 64; k++) power[k] = power[k - 1] * 1085434106 >> 30;
    for (int i = 0; i < 2048; i++) {
        int whole = i / 64 - 8;
        uint64_t value = power[i % 64];
        value = whole < 0 ? value >> -whole : value << whole; /* less than 2^55 */
        tables->gain[i] = (uint16_t)(logarithm(((uint64_t)1 << 30) + value) - 30 * 2048);
    }
}

static void make_levels(kmq_tables *tables) {
    static const int least[9] = {1, 8, 16, 28, 45, 70, 110, 170, 260};
    for (int activity = 0; activity < 3072; activity++) {
        uint8_t level = 0;
        for (int i = 0; i < 9; i++) level = (uint8_t)(level + (activity >= least[i]));
        tables->level[activity] = level;
    }
}

static void make_squash(kmq_tables *tables) {
    uint64_t g = (uint64_t)1 << 30;
    for (int v = 0; v < 2049; v++) {
        uint64_t upper = ((uint64_t)1 << 46) / (((uint64_t)1 << 30) + g);
        upper = upper < 65535 ? upper : 65535;
        if (v < 2048) tables->squash[2048 + v] = (uint16_t)upper;
        if (v > 0) tables->squash[2048 - v] = (uint16_t)(65536 - upper);
        g = g * 4172516 >> 22;
    }
    int v = 0;
    for (int i = 0; i < 4096; i++) {
        while (v < 4096 && tables->squash[v] < 16 * i + 8) v++;
        tables->stretch[i] = (int16_t)(v - 2048);
    }
}

void kmq_tables_make(kmq_tables *tables, uint32_t start, uint32_t last) {
    make_paces(tables, start, last);
    make_gains(tables);
    make_levels(tables);
    make_squash(tables);
    tables->logarithm[0] = 0;
    for (uint32_t i = 1; i < 17; i++) tables->logarithm[i] = (int16_t)logarithm(i);
    for (int i = 0; i < 128; i++) {
        tables->flat_rate[i] = (uint16_t)(40960 / (10 * i + 15));
    }
    for (int i = 0; i < 256; i++) tables->flat_pace[i] = (uint16_t)(2097 + 268432 / (16 + i));
    for (int i = 0; i < 17; i++) {
        for (int s = 0; s < 16; s++) {
            tables->below[i][s] = s < i ? 32767 : -32768;
            tables->others[i][s] = s == i ? -32768 : 32767;
        }
    }
    for (int s = 0; s < 16; s++) tables->ordinal[s] = (int16_t)(s + 1);
    for (int s = 0; s < 16; s++) tables->whole[s] = s == 15 ? 16384 : 0;
}
