/* Eight numbers of 16 bits at once: SSSE3, NEON, WebAssembly, or plain C. Part of a variant.
 *
 * Names say what happens to each lane. "q15" is (a * b + 2^14) >> 15; no caller multiplies -32768
 * by itself. "sat" ends at -32768 and 32767. Addresses are divisible by 16.
 */
#if KMQ_SIMD == KMQ_SSSE3 || KMQ_SIMD == KMQ_AVX2
typedef __m128i v8;

KMQ_HOT v8 v8_load(const int16_t *p) { return _mm_load_si128((const __m128i *)(const void *)p); }
KMQ_HOT void v8_store(int16_t *p, v8 a) { _mm_store_si128((__m128i *)(void *)p, a); }
KMQ_HOT v8 v8_all(int16_t a) { return _mm_set1_epi16(a); }
KMQ_HOT v8 v8_add(v8 a, v8 b) { return _mm_add_epi16(a, b); }
KMQ_HOT v8 v8_sub(v8 a, v8 b) { return _mm_sub_epi16(a, b); }
KMQ_HOT v8 v8_add_sat(v8 a, v8 b) { return _mm_adds_epi16(a, b); }
KMQ_HOT v8 v8_sub_sat(v8 a, v8 b) { return _mm_subs_epi16(a, b); }
KMQ_HOT v8 v8_min(v8 a, v8 b) { return _mm_min_epi16(a, b); }
KMQ_HOT v8 v8_max(v8 a, v8 b) { return _mm_max_epi16(a, b); }
KMQ_HOT v8 v8_abs(v8 a) { return _mm_abs_epi16(a); }
KMQ_HOT v8 v8_and(v8 a, v8 b) { return _mm_and_si128(a, b); }
KMQ_HOT v8 v8_equal(v8 a, v8 b) { return _mm_cmpeq_epi16(a, b); }
/* Wherever these are called, n is a constant. */
KMQ_HOT v8 v8_halve(v8 a, const int n) { return _mm_srai_epi16(a, n); } /* n times, rounding down */
KMQ_HOT v8 v8_left(v8 a, const int n) { return _mm_slli_epi16(a, n); }
KMQ_HOT v8 v8_right(v8 a, const int n) { return _mm_srli_epi16(a, n); } /* zeros come in */
KMQ_HOT v8 v8_left_by(v8 a, int n) { return _mm_sll_epi16(a, _mm_cvtsi32_si128(n)); }
KMQ_HOT v8 v8_up1(v8 a) { return _mm_slli_si128(a, 2); } /* lane i is i - 1, and lane 0 is 0 */
KMQ_HOT v8 v8_up2(v8 a) { return _mm_slli_si128(a, 4); }
KMQ_HOT v8 v8_up4(v8 a) { return _mm_slli_si128(a, 8); }
KMQ_HOT uint32_t v8_last(v8 a) { return (uint32_t)_mm_extract_epi16(a, 7); }
KMQ_HOT v8 v8_largest(v8 a) { /* in all lanes */
    a = _mm_max_epi16(a, _mm_shuffle_epi32(a, 0x4e));
    a = _mm_max_epi16(a, _mm_shuffle_epi32(a, 0xb1));
    return _mm_max_epi16(a, _mm_shufflehi_epi16(_mm_shufflelo_epi16(a, 0xb1), 0xb1));
}
KMQ_HOT v8 v8_load_halves(const int16_t *p, const int16_t *q) { /* divisible by 8 */
    __m128i low = _mm_loadl_epi64((const __m128i *)(const void *)p);
    return _mm_unpacklo_epi64(low, _mm_loadl_epi64((const __m128i *)(const void *)q));
}
KMQ_HOT v8 v8_swap_halves(v8 a) { return _mm_shuffle_epi32(a, 0x4e); }
/* How many of the 16 lanes, which ascend, are at most v, which is in all lanes. */
KMQ_HOT uint32_t v8_count_not_above(v8 a, v8 b, v8 v) {
    v8 above = _mm_packs_epi16(_mm_cmpgt_epi16(a, v), _mm_cmpgt_epi16(b, v));
    return (uint32_t)__builtin_ctz((uint32_t)_mm_movemask_epi8(above) | 0x10000u);
}
KMQ_HOT v8 v8_q15(v8 a, v8 b) { return _mm_mulhrs_epi16(a, b); }
KMQ_HOT v8 v8_up1_from(v8 a, v8 before) { return _mm_alignr_epi8(a, before, 14); }
KMQ_HOT v8 v8_lane(v8 a, const int n) { /* in all lanes */
    return _mm_shuffle_epi8(a, _mm_set1_epi16((int16_t)(0x0100 + 0x0202 * n)));
}
KMQ_HOT v8 v8_last_in_all(v8 a) { return v8_lane(a, 7); }
KMQ_HOT v8 v8_right_by(v8 a, int n) { return _mm_srl_epi16(a, _mm_cvtsi32_si128(n)); }
KMQ_HOT v8 v8_of_leaves(const uint16_t *four, const uint16_t *a, const uint16_t *b,
                        const uint16_t *c, const uint16_t *d) { /* four side by side, and four */
    v8 leaves = _mm_loadl_epi64((const __m128i *)(const void *)four);
    leaves = _mm_insert_epi16(_mm_insert_epi16(leaves, (int16_t)*a, 4), (int16_t)*b, 5);
    return _mm_insert_epi16(_mm_insert_epi16(leaves, (int16_t)*c, 6), (int16_t)*d, 7);
}
KMQ_HOT v8 v8_lanes(v8 a, v8 lanes) { /* those numbers of lanes */
    v8 twice = _mm_add_epi16(lanes, lanes);
    twice = _mm_or_si128(twice, _mm_slli_epi16(twice, 8));
    return _mm_shuffle_epi8(a, _mm_add_epi16(twice, _mm_set1_epi16(0x0100)));
}
KMQ_HOT v8 v8_of(int16_t a, int16_t b, int16_t c, int16_t d, int16_t e, int16_t f, int16_t g,
                 int16_t h) {
    return _mm_setr_epi16(a, b, c, d, e, f, g, h);
}
KMQ_HOT uint32_t v8_which_equal(v8 a, v8 b) { /* one bit of each lane */
    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(_mm_cmpeq_epi16(a, b), v8_all(0)));
}
/* Round q / 2^(3 + (d >> 8)), for d from 0 and q from 0. */
KMQ_HOT v8 v8_scale_down(v8 q, v8 d) {
    const v8 high = _mm_setr_epi8(1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
    const v8 powers = _mm_setr_epi8(0, 0, 0, 0, 0, -128, 64, 32, 16, 8, 4, 2, 1, 0, 0, 0);
    v8 index = _mm_adds_epu8(_mm_shuffle_epi8(d, high), _mm_set1_epi16(0x7870));
    return _mm_mulhrs_epi16(q, _mm_shuffle_epi8(powers, index));
}
typedef __m128i b16; /* 16 bytes without signs */
KMQ_HOT b16 b16_load(const uint8_t *p) { return _mm_load_si128((const __m128i *)(const void *)p); }
KMQ_HOT b16 b16_all(uint8_t a) { return _mm_set1_epi8((char)a); }
KMQ_HOT b16 b16_add_sat(b16 a, b16 b) { return _mm_adds_epu8(a, b); }
KMQ_HOT b16 b16_distance(b16 a, b16 b) {
    return _mm_or_si128(_mm_subs_epu8(a, b), _mm_subs_epu8(b, a));
}
/* -128 times the lower or the higher eight. */
KMQ_HOT v8 b16_low(b16 a) {
    v8 wide = _mm_unpacklo_epi8(_mm_setzero_si128(), a);
    return _mm_sub_epi16(_mm_setzero_si128(), _mm_srli_epi16(wide, 1));
}
KMQ_HOT v8 b16_high(b16 a) {
    v8 wide = _mm_unpackhi_epi8(_mm_setzero_si128(), a);
    return _mm_sub_epi16(_mm_setzero_si128(), _mm_srli_epi16(wide, 1));
}
typedef __m128i v4; /* four numbers of 32 bits */
KMQ_HOT v4 v8_dot(v8 a, v8 b) { return _mm_madd_epi16(a, b); }
KMQ_HOT int32_t v4_sum(v4 a) {
    a = _mm_add_epi32(a, _mm_shuffle_epi32(a, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(a, _mm_shuffle_epi32(a, 0xb1)));
}
KMQ_HOT v4 v4_add(v4 a, v4 b) { return _mm_add_epi32(a, b); }
KMQ_HOT v4 v4_zero(void) { return _mm_setzero_si128(); }
KMQ_HOT v4 v4_sums(v4 a, v4 b, v4 c, v4 d) { /* the sum of each */
    v4 x = _mm_add_epi32(_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
    v4 y = _mm_add_epi32(_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
    return _mm_add_epi32(_mm_unpacklo_epi64(x, y), _mm_unpackhi_epi64(x, y));
}
KMQ_HOT v8 v8_of_sums(v4 a, v4 b) { /* shifted right by 14, saturated */
    return _mm_packs_epi32(_mm_srai_epi32(a, 14), _mm_srai_epi32(b, 14));
}

#elif KMQ_SIMD == KMQ_WASM
typedef v128_t v8;
typedef v128_t v4;

KMQ_HOT v8 v8_load(const int16_t *p) { return wasm_v128_load(p); }
KMQ_HOT void v8_store(int16_t *p, v8 a) { wasm_v128_store(p, a); }
KMQ_HOT v8 v8_all(int16_t a) { return wasm_i16x8_splat(a); }
KMQ_HOT v8 v8_add(v8 a, v8 b) { return wasm_i16x8_add(a, b); }
KMQ_HOT v8 v8_sub(v8 a, v8 b) { return wasm_i16x8_sub(a, b); }
KMQ_HOT v8 v8_add_sat(v8 a, v8 b) { return wasm_i16x8_add_sat(a, b); }
KMQ_HOT v8 v8_sub_sat(v8 a, v8 b) { return wasm_i16x8_sub_sat(a, b); }
KMQ_HOT v8 v8_q15(v8 a, v8 b) { return wasm_i16x8_q15mulr_sat(a, b); }
KMQ_HOT v8 v8_min(v8 a, v8 b) { return wasm_i16x8_min(a, b); }
KMQ_HOT v8 v8_max(v8 a, v8 b) { return wasm_i16x8_max(a, b); }
KMQ_HOT v8 v8_abs(v8 a) { return wasm_i16x8_abs(a); }
KMQ_HOT v8 v8_and(v8 a, v8 b) { return wasm_v128_and(a, b); }
KMQ_HOT v8 v8_equal(v8 a, v8 b) { return wasm_i16x8_eq(a, b); }
KMQ_HOT v8 v8_halve(v8 a, const int n) { return wasm_i16x8_shr(a, (uint32_t)n); }
KMQ_HOT v8 v8_left(v8 a, const int n) { return wasm_i16x8_shl(a, (uint32_t)n); }
KMQ_HOT v8 v8_right(v8 a, const int n) { return wasm_u16x8_shr(a, (uint32_t)n); }
KMQ_HOT v8 v8_left_by(v8 a, int n) { return wasm_i16x8_shl(a, (uint32_t)n); }
KMQ_HOT v8 v8_up1_from(v8 a, v8 before) {
    return wasm_i16x8_shuffle(before, a, 7, 8, 9, 10, 11, 12, 13, 14);
}
KMQ_HOT v8 v8_up1(v8 a) { return v8_up1_from(a, wasm_i16x8_splat(0)); }
KMQ_HOT v8 v8_up2(v8 a) {
    return wasm_i16x8_shuffle(wasm_i16x8_splat(0), a, 0, 0, 8, 9, 10, 11, 12, 13);
}
KMQ_HOT v8 v8_up4(v8 a) {
    return wasm_i16x8_shuffle(wasm_i16x8_splat(0), a, 0, 0, 0, 0, 8, 9, 10, 11);
}
KMQ_HOT v8 v8_lane(v8 a, const int n) {
    return wasm_i8x16_swizzle(a, wasm_i16x8_splat((int16_t)(0x0100 + 0x0202 * n)));
}
KMQ_HOT v8 v8_load_halves(const int16_t *p, const int16_t *q) {
    return wasm_v128_load64_lane(q, wasm_v128_load64_zero(p), 1);
}
KMQ_HOT v8 v8_swap_halves(v8 a) { return wasm_i64x2_shuffle(a, a, 1, 0); }
KMQ_HOT v8 v8_right_by(v8 a, int n) { return wasm_u16x8_shr(a, (uint32_t)n); }
KMQ_HOT v8 v8_of_leaves(const uint16_t *four, const uint16_t *a, const uint16_t *b,
                        const uint16_t *c, const uint16_t *d) {
    v8 leaves = wasm_v128_load16_lane(a, wasm_v128_load64_zero(four), 4);
    leaves = wasm_v128_load16_lane(c, wasm_v128_load16_lane(b, leaves, 5), 6);
    return wasm_v128_load16_lane(d, leaves, 7);
}
KMQ_HOT v8 v8_lanes(v8 a, v8 lanes) {
    v8 places = wasm_i16x8_mul(lanes, wasm_i16x8_splat(0x0202));
    return wasm_i8x16_swizzle(a, wasm_i16x8_add(places, wasm_i16x8_splat(0x0100)));
}
KMQ_HOT v8 v8_of(int16_t a, int16_t b, int16_t c, int16_t d, int16_t e, int16_t f, int16_t g,
                 int16_t h) {
    return wasm_i16x8_make(a, b, c, d, e, f, g, h);
}
KMQ_HOT uint32_t v8_which_equal(v8 a, v8 b) { return wasm_i16x8_bitmask(wasm_i16x8_eq(a, b)); }
KMQ_HOT uint32_t v8_last(v8 a) { return wasm_u16x8_extract_lane(a, 7); }
KMQ_HOT v8 v8_last_in_all(v8 a) { return wasm_i16x8_shuffle(a, a, 7, 7, 7, 7, 7, 7, 7, 7); }
KMQ_HOT v8 v8_largest(v8 a) {
    a = wasm_i16x8_max(a, wasm_i16x8_shuffle(a, a, 4, 5, 6, 7, 0, 1, 2, 3));
    a = wasm_i16x8_max(a, wasm_i16x8_shuffle(a, a, 2, 3, 0, 1, 6, 7, 4, 5));
    return wasm_i16x8_max(a, wasm_i16x8_shuffle(a, a, 1, 0, 3, 2, 5, 4, 7, 6));
}
KMQ_HOT uint32_t v8_count_not_above(v8 a, v8 b, v8 v) {
    v8 above = wasm_i8x16_narrow_i16x8(wasm_i16x8_gt(a, v), wasm_i16x8_gt(b, v));
    return (uint32_t)__builtin_ctz(wasm_i8x16_bitmask(above) | 0x10000u);
}
KMQ_HOT v8 v8_scale_down(v8 q, v8 d) {
    const v8 powers = wasm_i8x16_const(0, 0, 0, 0, 0, -128, 64, 32, 16, 8, 4, 2, 1, 0, 0, 0);
    v8 high = wasm_i8x16_shuffle(d, d, 1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
    v8 index = wasm_i8x16_add(high, wasm_i16x8_splat(0x0800)); /* swizzle gives 0 from 16 on */
    return wasm_i16x8_q15mulr_sat(q, wasm_i8x16_swizzle(powers, index));
}
typedef v128_t b16;
KMQ_HOT b16 b16_load(const uint8_t *p) { return wasm_v128_load(p); }
KMQ_HOT b16 b16_all(uint8_t a) { return wasm_u8x16_splat(a); }
KMQ_HOT b16 b16_add_sat(b16 a, b16 b) { return wasm_u8x16_add_sat(a, b); }
KMQ_HOT b16 b16_distance(b16 a, b16 b) {
    return wasm_v128_or(wasm_u8x16_sub_sat(a, b), wasm_u8x16_sub_sat(b, a));
}
KMQ_HOT v8 b16_low(b16 a) {
    return wasm_i16x8_neg(wasm_i16x8_shl(wasm_u16x8_extend_low_u8x16(a), 7));
}
KMQ_HOT v8 b16_high(b16 a) {
    return wasm_i16x8_neg(wasm_i16x8_shl(wasm_u16x8_extend_high_u8x16(a), 7));
}
KMQ_HOT v4 v8_dot(v8 a, v8 b) { return wasm_i32x4_dot_i16x8(a, b); }
KMQ_HOT int32_t v4_sum(v4 a) {
    a = wasm_i32x4_add(a, wasm_i32x4_shuffle(a, a, 2, 3, 0, 1));
    return wasm_i32x4_extract_lane(wasm_i32x4_add(a, wasm_i32x4_shuffle(a, a, 1, 0, 3, 2)), 0);
}
KMQ_HOT v4 v4_add(v4 a, v4 b) { return wasm_i32x4_add(a, b); }
KMQ_HOT v4 v4_zero(void) { return wasm_i32x4_splat(0); }
KMQ_HOT v4 v4_sums(v4 a, v4 b, v4 c, v4 d) {
    v4 x = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), x2 = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7);
    v4 y = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), y2 = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    x = wasm_i32x4_add(x, x2);
    y = wasm_i32x4_add(y, y2);
    return wasm_i32x4_add(wasm_i64x2_shuffle(x, y, 0, 2), wasm_i64x2_shuffle(x, y, 1, 3));
}
KMQ_HOT v8 v8_of_sums(v4 a, v4 b) {
    return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(a, 14), wasm_i32x4_shr(b, 14));
}

#elif KMQ_SIMD == KMQ_NEON
typedef int16x8_t v8;
typedef int32x4_t v4;

KMQ_HOT v8 v8_load(const int16_t *p) { return vld1q_s16(p); }
KMQ_HOT void v8_store(int16_t *p, v8 a) { vst1q_s16(p, a); }
KMQ_HOT v8 v8_all(int16_t a) { return vdupq_n_s16(a); }
KMQ_HOT v8 v8_add(v8 a, v8 b) { return vaddq_s16(a, b); }
KMQ_HOT v8 v8_sub(v8 a, v8 b) { return vsubq_s16(a, b); }
KMQ_HOT v8 v8_add_sat(v8 a, v8 b) { return vqaddq_s16(a, b); }
KMQ_HOT v8 v8_sub_sat(v8 a, v8 b) { return vqsubq_s16(a, b); }
KMQ_HOT v8 v8_q15(v8 a, v8 b) { return vqrdmulhq_s16(a, b); }
KMQ_HOT v8 v8_min(v8 a, v8 b) { return vminq_s16(a, b); }
KMQ_HOT v8 v8_max(v8 a, v8 b) { return vmaxq_s16(a, b); }
KMQ_HOT v8 v8_abs(v8 a) { return vabsq_s16(a); }
KMQ_HOT v8 v8_and(v8 a, v8 b) { return vandq_s16(a, b); }
KMQ_HOT v8 v8_equal(v8 a, v8 b) { return vreinterpretq_s16_u16(vceqq_s16(a, b)); }
KMQ_HOT v8 v8_halve(v8 a, const int n) { return vshlq_s16(a, vdupq_n_s16((int16_t)-n)); }
KMQ_HOT v8 v8_left(v8 a, const int n) { return vshlq_s16(a, vdupq_n_s16((int16_t)n)); }
KMQ_HOT v8 v8_right(v8 a, const int n) {
    return vreinterpretq_s16_u16(vshlq_u16(vreinterpretq_u16_s16(a), vdupq_n_s16((int16_t)-n)));
}
KMQ_HOT v8 v8_left_by(v8 a, int n) { return vshlq_s16(a, vdupq_n_s16((int16_t)n)); }
KMQ_HOT v8 v8_up1_from(v8 a, v8 before) { return vextq_s16(before, a, 7); }
KMQ_HOT v8 v8_up1(v8 a) { return vextq_s16(vdupq_n_s16(0), a, 7); }
KMQ_HOT v8 v8_up2(v8 a) { return vextq_s16(vdupq_n_s16(0), a, 6); }
KMQ_HOT v8 v8_up4(v8 a) { return vextq_s16(vdupq_n_s16(0), a, 4); }
KMQ_HOT v8 v8_lane(v8 a, const int n) {
    uint8x16_t places = vreinterpretq_u8_s16(vdupq_n_s16((int16_t)(0x0100 + 0x0202 * n)));
    return vreinterpretq_s16_u8(vqtbl1q_u8(vreinterpretq_u8_s16(a), places));
}
KMQ_HOT v8 v8_load_halves(const int16_t *p, const int16_t *q) {
    return vcombine_s16(vld1_s16(p), vld1_s16(q));
}
KMQ_HOT v8 v8_swap_halves(v8 a) { return vextq_s16(a, a, 4); }
KMQ_HOT v8 v8_right_by(v8 a, int n) { return v8_right(a, n); }
KMQ_HOT v8 v8_of_leaves(const uint16_t *four, const uint16_t *a, const uint16_t *b,
                        const uint16_t *c, const uint16_t *d) {
    uint16x8_t leaves = vcombine_u16(vld1_u16(four), vdup_n_u16(*a));
    leaves = vld1q_lane_u16(c, vld1q_lane_u16(b, leaves, 5), 6);
    return vreinterpretq_s16_u16(vld1q_lane_u16(d, leaves, 7));
}
KMQ_HOT v8 v8_lanes(v8 a, v8 lanes) {
    v8 places = vaddq_s16(vmulq_n_s16(lanes, 0x0202), vdupq_n_s16(0x0100));
    return vreinterpretq_s16_u8(vqtbl1q_u8(vreinterpretq_u8_s16(a), vreinterpretq_u8_s16(places)));
}
KMQ_HOT v8 v8_of(int16_t a, int16_t b, int16_t c, int16_t d, int16_t e, int16_t f, int16_t g,
                 int16_t h) {
    const int16_t lanes[8] = {a, b, c, d, e, f, g, h};
    return vld1q_s16(lanes);
}
KMQ_HOT uint32_t v8_which_equal(v8 a, v8 b) {
    v8 bits = v8_and(v8_equal(a, b), v8_of(1, 2, 4, 8, 16, 32, 64, 128));
    return (uint32_t)vaddvq_s16(bits);
}
KMQ_HOT uint32_t v8_last(v8 a) { return (uint16_t)vgetq_lane_s16(a, 7); }
KMQ_HOT v8 v8_last_in_all(v8 a) { return vdupq_laneq_s16(a, 7); }
KMQ_HOT v8 v8_largest(v8 a) { return vdupq_n_s16(vmaxvq_s16(a)); }
KMQ_HOT uint32_t v8_count_not_above(v8 a, v8 b, v8 v) { /* a lane that is not above counts -1 */
    return (uint32_t)-vaddvq_s16(vreinterpretq_s16_u16(vcleq_s16(a, v)))
         + (uint32_t)-vaddvq_s16(vreinterpretq_s16_u16(vcleq_s16(b, v)));
}
KMQ_HOT v8 v8_scale_down(v8 q, v8 d) {
    int16x8_t places = vshrq_n_s16(d, 8); /* a rounding shift by 16 or more gives 0, as q < 2^15 */
    return vrshlq_s16(q, vsubq_s16(vdupq_n_s16(-3), vminq_s16(places, vdupq_n_s16(13))));
}
typedef uint8x16_t b16;
KMQ_HOT b16 b16_load(const uint8_t *p) { return vld1q_u8(p); }
KMQ_HOT b16 b16_all(uint8_t a) { return vdupq_n_u8(a); }
KMQ_HOT b16 b16_add_sat(b16 a, b16 b) { return vqaddq_u8(a, b); }
KMQ_HOT b16 b16_distance(b16 a, b16 b) { return vabdq_u8(a, b); }
KMQ_HOT v8 b16_low(b16 a) {
    return vnegq_s16(vreinterpretq_s16_u16(vshll_n_u8(vget_low_u8(a), 7)));
}
KMQ_HOT v8 b16_high(b16 a) { return vnegq_s16(vreinterpretq_s16_u16(vshll_high_n_u8(a, 7))); }
KMQ_HOT v4 v8_dot(v8 a, v8 b) {
    return vpaddq_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b));
}
KMQ_HOT int32_t v4_sum(v4 a) { return vaddvq_s32(a); }
KMQ_HOT v4 v4_add(v4 a, v4 b) { return vaddq_s32(a, b); }
KMQ_HOT v4 v4_zero(void) { return vdupq_n_s32(0); }
KMQ_HOT v4 v4_sums(v4 a, v4 b, v4 c, v4 d) {
    return vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d));
}
KMQ_HOT v8 v8_of_sums(v4 a, v4 b) {
    return vqmovn_high_s32(vqmovn_s32(vshrq_n_s32(a, 14)), vshrq_n_s32(b, 14));
}

#else
typedef struct { uint8_t at[16]; } b16;
typedef struct { int16_t at[8]; } v8;
typedef struct { int32_t at[4]; } v4;

#define KMQ_EACH8(expression) \
    v8 result; \
    for (int i = 0; i < 8; i++) result.at[i] = (int16_t)(expression); \
    return result
#define KMQ_EACH16(expression) \
    b16 result; \
    for (int i = 0; i < 16; i++) result.at[i] = (uint8_t)(expression); \
    return result
#define KMQ_EACH4(expression) \
    v4 result; \
    for (int i = 0; i < 4; i++) result.at[i] = (expression); \
    return result

KMQ_HOT int32_t kmq_saturated(int32_t a) { return a < -32768 ? -32768 : a > 32767 ? 32767 : a; }
KMQ_HOT v8 v8_load(const int16_t *p) { KMQ_EACH8(p[i]); }
KMQ_HOT void v8_store(int16_t *p, v8 a) { memcpy(p, a.at, sizeof a.at); }
KMQ_HOT v8 v8_all(int16_t a) { KMQ_EACH8(a); }
KMQ_HOT v8 v8_add(v8 a, v8 b) { KMQ_EACH8((uint16_t)(a.at[i] + b.at[i])); }
KMQ_HOT v8 v8_sub(v8 a, v8 b) { KMQ_EACH8((uint16_t)(a.at[i] - b.at[i])); }
KMQ_HOT v8 v8_add_sat(v8 a, v8 b) { KMQ_EACH8(kmq_saturated(a.at[i] + b.at[i])); }
KMQ_HOT v8 v8_sub_sat(v8 a, v8 b) { KMQ_EACH8(kmq_saturated(a.at[i] - b.at[i])); }
KMQ_HOT v8 v8_q15(v8 a, v8 b) { KMQ_EACH8((a.at[i] * b.at[i] + 16384) >> 15); }
KMQ_HOT v8 v8_min(v8 a, v8 b) { KMQ_EACH8(a.at[i] < b.at[i] ? a.at[i] : b.at[i]); }
KMQ_HOT v8 v8_max(v8 a, v8 b) { KMQ_EACH8(a.at[i] > b.at[i] ? a.at[i] : b.at[i]); }
KMQ_HOT v8 v8_abs(v8 a) { KMQ_EACH8(a.at[i] < 0 ? -a.at[i] : a.at[i]); }
KMQ_HOT v8 v8_and(v8 a, v8 b) { KMQ_EACH8(a.at[i] & b.at[i]); }
KMQ_HOT v8 v8_equal(v8 a, v8 b) { KMQ_EACH8(a.at[i] == b.at[i] ? -1 : 0); }
KMQ_HOT v8 v8_halve(v8 a, int n) { KMQ_EACH8(a.at[i] >> n); }
KMQ_HOT v8 v8_left(v8 a, int n) { KMQ_EACH8((uint16_t)((uint32_t)(uint16_t)a.at[i] << n)); }
KMQ_HOT v8 v8_right(v8 a, int n) { KMQ_EACH8((uint16_t)a.at[i] >> n); }
KMQ_HOT v8 v8_left_by(v8 a, int n) { return v8_left(a, n); }
KMQ_HOT v8 v8_up1_from(v8 a, v8 before) { KMQ_EACH8(i < 1 ? before.at[7] : a.at[i - 1]); }
KMQ_HOT v8 v8_up1(v8 a) { KMQ_EACH8(i < 1 ? 0 : a.at[i - 1]); }
KMQ_HOT v8 v8_up2(v8 a) { KMQ_EACH8(i < 2 ? 0 : a.at[i - 2]); }
KMQ_HOT v8 v8_up4(v8 a) { KMQ_EACH8(i < 4 ? 0 : a.at[i - 4]); }
KMQ_HOT v8 v8_lane(v8 a, int n) { KMQ_EACH8(a.at[n]); }
KMQ_HOT v8 v8_load_halves(const int16_t *p, const int16_t *q) {
    KMQ_EACH8(i < 4 ? p[i & 3] : q[i & 3]);
}
KMQ_HOT v8 v8_swap_halves(v8 a) { KMQ_EACH8(a.at[i ^ 4]); }
KMQ_HOT v8 v8_right_by(v8 a, int n) { return v8_right(a, n); }
KMQ_HOT v8 v8_of_leaves(const uint16_t *four, const uint16_t *a, const uint16_t *b,
                        const uint16_t *c, const uint16_t *d) {
    const uint16_t *of[8] = {four, four + 1, four + 2, four + 3, a, b, c, d};
    KMQ_EACH8(*of[i]);
}
KMQ_HOT v8 v8_lanes(v8 a, v8 lanes) { KMQ_EACH8(a.at[lanes.at[i]]); }
KMQ_HOT v8 v8_of(int16_t a, int16_t b, int16_t c, int16_t d, int16_t e, int16_t f, int16_t g,
                 int16_t h) {
    v8 result = {{a, b, c, d, e, f, g, h}};
    return result;
}
KMQ_HOT uint32_t v8_which_equal(v8 a, v8 b) {
    uint32_t bits = 0;
    for (int i = 0; i < 8; i++) bits |= (uint32_t)(a.at[i] == b.at[i]) << i;
    return bits;
}
KMQ_HOT uint32_t v8_last(v8 a) { return (uint16_t)a.at[7]; }
KMQ_HOT v8 v8_last_in_all(v8 a) { KMQ_EACH8(a.at[7]); }
KMQ_HOT v8 v8_largest(v8 a) {
    int16_t most = a.at[0];
    for (int i = 1; i < 8; i++) most = a.at[i] > most ? a.at[i] : most;
    return v8_all(most);
}
KMQ_HOT uint32_t v8_count_not_above(v8 a, v8 b, v8 v) {
    uint32_t n = 0;
    for (int i = 0; i < 8; i++) {
        n += (uint32_t)(a.at[i] <= v.at[0]) + (uint32_t)(b.at[i] <= v.at[0]);
    }
    return n;
}
KMQ_HOT v8 v8_scale_down(v8 q, v8 d) {
    KMQ_EACH8((q.at[i] * (d.at[i] >> 8 > 12 ? 0 : 4096 >> (d.at[i] >> 8)) + 16384) >> 15);
}
KMQ_HOT b16 b16_load(const uint8_t *p) { KMQ_EACH16(p[i]); }
KMQ_HOT b16 b16_all(uint8_t a) { KMQ_EACH16(a); }
KMQ_HOT b16 b16_add_sat(b16 a, b16 b) {
    KMQ_EACH16(a.at[i] + b.at[i] > 255 ? 255 : a.at[i] + b.at[i]);
}
KMQ_HOT b16 b16_distance(b16 a, b16 b) {
    KMQ_EACH16(a.at[i] > b.at[i] ? a.at[i] - b.at[i] : b.at[i] - a.at[i]);
}
KMQ_HOT v8 b16_low(b16 a) { KMQ_EACH8(-128 * a.at[i]); }
KMQ_HOT v8 b16_high(b16 a) { KMQ_EACH8(-128 * a.at[8 + i]); }
KMQ_HOT v4 v8_dot(v8 a, v8 b) {
    KMQ_EACH4(a.at[2 * i] * b.at[2 * i] + a.at[2 * i + 1] * b.at[2 * i + 1]);
}
KMQ_HOT v4 v4_add(v4 a, v4 b) { KMQ_EACH4(a.at[i] + b.at[i]); }
KMQ_HOT v4 v4_zero(void) { KMQ_EACH4(0); }
KMQ_HOT int32_t v4_sum(v4 a) { return a.at[0] + a.at[1] + a.at[2] + a.at[3]; }
KMQ_HOT v4 v4_sums(v4 a, v4 b, v4 c, v4 d) {
    v4 sums = {{v4_sum(a), v4_sum(b), v4_sum(c), v4_sum(d)}};
    return sums;
}
KMQ_HOT v8 v8_of_sums(v4 a, v4 b) {
    KMQ_EACH8(kmq_saturated((i < 4 ? a.at[i & 3] : b.at[i & 3]) >> 14));
}
#endif

/* The sum of all eight products. */
KMQ_HOT int32_t v8_dot_all(v8 a, v8 b) { return v4_sum(v8_dot(a, b)); }
