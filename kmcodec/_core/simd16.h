/* Sixteen numbers of 16 bits at once, a row: one vector of AVX2, or else two of simd.h, whose names
 * these functions have. Part of a variant.
 */
#if KMQ_SIMD == KMQ_AVX2
typedef __m256i v16;
typedef __m256i v16_parts; /* eight sums of two products */

KMQ_HOT v16 v16_load(const int16_t *p) { return _mm256_loadu_si256((const void *)p); }
KMQ_HOT void v16_store(int16_t *p, v16 a) { _mm256_storeu_si256((void *)p, a); }
KMQ_HOT v16 v16_all(int16_t a) { return _mm256_set1_epi16(a); }
KMQ_HOT v16 v16_twice(v8 a) { return _mm256_broadcastsi128_si256(a); }
KMQ_HOT v16 v16_add(v16 a, v16 b) { return _mm256_add_epi16(a, b); }
KMQ_HOT v16 v16_sub(v16 a, v16 b) { return _mm256_sub_epi16(a, b); }
KMQ_HOT v16 v16_add_sat(v16 a, v16 b) { return _mm256_adds_epi16(a, b); }
KMQ_HOT v16 v16_sub_sat(v16 a, v16 b) { return _mm256_subs_epi16(a, b); }
KMQ_HOT v16 v16_q15(v16 a, v16 b) { return _mm256_mulhrs_epi16(a, b); }
KMQ_HOT v16 v16_min(v16 a, v16 b) { return _mm256_min_epi16(a, b); }
KMQ_HOT v16 v16_max(v16 a, v16 b) { return _mm256_max_epi16(a, b); }
KMQ_HOT v16 v16_and(v16 a, v16 b) { return _mm256_and_si256(a, b); }
KMQ_HOT v16 v16_equal(v16 a, v16 b) { return _mm256_cmpeq_epi16(a, b); }
KMQ_HOT v16 v16_halve(v16 a, const int n) { return _mm256_srai_epi16(a, n); }
KMQ_HOT v16 v16_left(v16 a, const int n) { return _mm256_slli_epi16(a, n); }
KMQ_HOT v16 v16_right(v16 a, const int n) { return _mm256_srli_epi16(a, n); }
KMQ_HOT v16 v16_left_by(v16 a, int n) { return _mm256_sll_epi16(a, _mm_cvtsi32_si128(n)); }
KMQ_HOT v16 v16_lane(v16 a, const int n) { /* of each half, in all its lanes */
    return _mm256_shuffle_epi8(a, _mm256_set1_epi16((int16_t)(0x0100 + 0x0202 * n)));
}
KMQ_HOT v16 v16_below(v16 a) { return _mm256_permute2x128_si256(a, a, 0x08); } /* 0, lower half */
KMQ_HOT v16 v16_up1(v16 a) { return _mm256_alignr_epi8(a, v16_below(a), 14); }
KMQ_HOT v16 v16_running_sum(v16 a) {
    a = _mm256_add_epi16(a, _mm256_slli_si256(a, 2));
    a = _mm256_add_epi16(a, _mm256_slli_si256(a, 4));
    a = _mm256_add_epi16(a, _mm256_slli_si256(a, 8));
    return _mm256_add_epi16(a, v16_lane(v16_below(a), 7));
}
KMQ_HOT uint32_t v16_last(v16 a) {
    return (uint32_t)_mm_extract_epi16(_mm256_extracti128_si256(a, 1), 7);
}
KMQ_HOT v16 v16_largest(v16 a) { /* the least number without sign, turned round */
    const __m128i turn = _mm_set1_epi16(32767);
    __m128i most = _mm_max_epi16(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    most = _mm_xor_si128(_mm_minpos_epu16(_mm_xor_si128(most, turn)), turn);
    return _mm256_broadcastw_epi16(most);
}
KMQ_HOT uint32_t v16_count_not_above(v16 a, v16 v) {
    uint32_t above = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi16(a, v));
    return (uint32_t)__builtin_ctzll(above | UINT64_C(1) << 32) >> 1;
}
KMQ_HOT v16 v16_scale_down(v16 q, v16 d) {
    const __m128i powers = _mm_setr_epi8(0, 0, 0, 0, 0, -128, 64, 32, 16, 8, 4, 2, 1, 0, 0, 0);
    const __m128i high = _mm_setr_epi8(1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
    v16 index = _mm256_shuffle_epi8(d, v16_twice(high));
    index = _mm256_adds_epu8(index, _mm256_set1_epi16(0x7870));
    return _mm256_mulhrs_epi16(q, _mm256_shuffle_epi8(v16_twice(powers), index));
}
KMQ_HOT v16 v16_of_bytes(b16 a) {
    v16 wide = _mm256_slli_epi16(_mm256_cvtepu8_epi16(a), 7);
    return _mm256_sub_epi16(_mm256_setzero_si256(), wide);
}
KMQ_HOT v16_parts v16_dot(v16 a, v16 b) { return _mm256_madd_epi16(a, b); }
KMQ_HOT v4 v16_sums(v16_parts a, v16_parts b, v16_parts c, v16_parts d) {
    __m256i x = _mm256_add_epi32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    __m256i y = _mm256_add_epi32(_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    x = _mm256_add_epi32(_mm256_unpacklo_epi64(x, y), _mm256_unpackhi_epi64(x, y));
    return _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
}

#else
typedef struct { v8 low, high; } v16;
typedef v4 v16_parts;

#define KMQ_PAIR(low, high) \
    v16 pair = {low, high}; \
    return pair
#define KMQ_OF_ONE(name) \
    KMQ_HOT v16 v16_##name(v16 a, const int n) { \
        KMQ_PAIR(v8_##name(a.low, n), v8_##name(a.high, n)); \
    }
#define KMQ_OF_TWO(name) \
    KMQ_HOT v16 v16_##name(v16 a, v16 b) { \
        KMQ_PAIR(v8_##name(a.low, b.low), v8_##name(a.high, b.high)); \
    }

KMQ_OF_TWO(add)
KMQ_OF_TWO(sub)
KMQ_OF_TWO(add_sat)
KMQ_OF_TWO(sub_sat)
KMQ_OF_TWO(q15)
KMQ_OF_TWO(min)
KMQ_OF_TWO(max)
KMQ_OF_TWO(and)
KMQ_OF_TWO(equal)
KMQ_OF_TWO(scale_down)
KMQ_OF_ONE(halve)
KMQ_OF_ONE(left)
KMQ_OF_ONE(right)
KMQ_OF_ONE(left_by)
KMQ_OF_ONE(lane)
KMQ_HOT v16 v16_load(const int16_t *p) { KMQ_PAIR(v8_load(p), v8_load(p + 8)); }
KMQ_HOT void v16_store(int16_t *p, v16 a) { v8_store(p, a.low), v8_store(p + 8, a.high); }
KMQ_HOT v16 v16_twice(v8 a) { KMQ_PAIR(a, a); }
KMQ_HOT v16 v16_all(int16_t a) { return v16_twice(v8_all(a)); }
KMQ_HOT v16 v16_up1(v16 a) { KMQ_PAIR(v8_up1(a.low), v8_up1_from(a.high, a.low)); }
KMQ_HOT v8 v8_running_sum(v8 a) {
    a = v8_add(a, v8_up1(a));
    a = v8_add(a, v8_up2(a));
    return v8_add(a, v8_up4(a));
}
KMQ_HOT v16 v16_running_sum(v16 a) {
    v8 low = v8_running_sum(a.low);
    KMQ_PAIR(low, v8_add(v8_running_sum(a.high), v8_last_in_all(low)));
}
KMQ_HOT uint32_t v16_last(v16 a) { return v8_last(a.high); }
KMQ_HOT v16 v16_largest(v16 a) { return v16_twice(v8_largest(v8_max(a.low, a.high))); }
KMQ_HOT uint32_t v16_count_not_above(v16 a, v16 v) {
    return v8_count_not_above(a.low, a.high, v.low);
}
KMQ_HOT v16 v16_of_bytes(b16 a) { KMQ_PAIR(b16_low(a), b16_high(a)); }
KMQ_HOT v16_parts v16_dot(v16 a, v16 b) {
    return v4_add(v8_dot(a.low, b.low), v8_dot(a.high, b.high));
}
KMQ_HOT v4 v16_sums(v16_parts a, v16_parts b, v16_parts c, v16_parts d) {
    return v4_sums(a, b, c, d);
}
#endif
