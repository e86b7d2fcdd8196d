# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""The index coder ``mixed`` (spec 6.3): context mixing of binary decisions, and a range coder.

A pixel's index, numbered in the order of the palette's tree, is a walk from the tree's root to a
leaf. Each decision's probability is mixed from adaptive ones, the *cells*, that contexts choose.
One function encodes, decodes and prices, so that the three cannot disagree.

All arrays that are read or written in the inner loop are flat; constants at the top name the
regions of ``cells`` and the rows of ``weights``.
"""

from __future__ import annotations

try:
    import cython
except ImportError:
    from kmcodec._kernels import _shadow as cython


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _hash(a: cython.uint, b: cython.uint) -> cython.uint:
    """Return 31 bits that depend on both numbers (spec 6.3.4)."""
    h: cython.uint = (a * 0x2C9277B5 + b * 0x1E3779B1 + 0x3F4A7C15) & 0x7FFFFFFF
    h = ((h ^ (h >> 15)) * 0x35EBCA6B) & 0x7FFFFFFF
    return h ^ (h >> 13)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _mix(
    inputs: cython.p_short,
    weights: cython.const[cython.short][::1],
    row: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
) -> cython.int:
    """Return the weighted sum of n inputs, a multiple of 8, in units of the stretched domain."""
    at: cython.Py_ssize_t = row * n
    i: cython.Py_ssize_t
    total: cython.int = (
        (inputs[0] * weights[at] + inputs[1] * weights[at + 1])
        + (inputs[2] * weights[at + 2] + inputs[3] * weights[at + 3])
        + (inputs[4] * weights[at + 4] + inputs[5] * weights[at + 5])
        + (inputs[6] * weights[at + 6] + inputs[7] * weights[at + 7])
    )
    for i in range(8, n):
        total += inputs[i] * weights[at + i]
    total >>= 14
    return 2047 if total > 2047 else -2047 if total < -2047 else total


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _train(
    inputs: cython.p_short,
    weights: cython.short[::1],
    visits: cython.uchar[::1],
    steps: cython.const[cython.int][::1],
    row: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
    error: cython.int,
) -> cython.void:
    """Move the weights of a row towards less error, in smaller steps with every visit."""
    block: cython.Py_ssize_t
    at: cython.Py_ssize_t = row * n
    i: cython.Py_ssize_t
    step: cython.short = (error * steps[visits[row]]) >> 16
    x: cython.short
    w: cython.short
    if visits[row] < 255:
        visits[row] += 1
    for block in range(0, n, 8):
        for i in range(8):
            x = inputs[block + i] << 4
            x = (x * step) >> 16
            x = (x + 1) >> 1
            w = weights[at + block + i] + x
            w = w if w < 24000 else 24000
            weights[at + block + i] = w if w > -24000 else -24000


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _learn(
    cells: cython.uint[::1],
    where: cython.p_Py_ssize_t,
    states: cython.p_uint,
    rates: cython.const[cython.int][::1],
    n: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    bit: cython.int,
) -> cython.void:
    """Move the first 8 and then up to n cells towards the bit, each at its own rate."""
    i: cython.Py_ssize_t
    count: cython.Py_ssize_t
    p: cython.longlong
    for i in range(n):
        count = states[i] & 1023
        p = states[i] >> 10
        p += ((((bit << 22) - p) >> 3) * rates[count]) >> 9
        cells[where[i]] = (p << 10) + count + (count < limit)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _clamp(value: cython.int) -> cython.int:
    """Return the nearest number from 0 to 255."""
    return 0 if value < 0 else 255 if value > 255 else value


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _pack(v: cython.const[cython.int][::1], at: cython.Py_ssize_t, bits: cython.int) -> cython.uint:
    """Return the highest bits of four 8-bit numbers, side by side."""
    down: cython.int = 8 - bits
    k: cython.uint = v[at] >> down
    k = (k << bits) | (v[at + 1] >> down)
    k = (k << bits) | (v[at + 2] >> down)
    return (k << bits) | (v[at + 3] >> down)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _predict(
    colors: cython.const[cython.short][:, ::1],
    near: cython.p_Py_ssize_t,
    predicted: cython.int[::1],
    n: cython.Py_ssize_t,
) -> cython.int:
    """Predict the pixel's colour in several ways (spec 6.3.5); return the local activity."""
    w: cython.int
    up: cython.int
    nw: cython.int
    ne: cython.int
    ww: cython.int
    nn: cython.int
    low: cython.int
    high: cython.int
    middle: cython.int
    c: cython.Py_ssize_t
    activity: cython.int = 0
    for c in range(4):
        w = colors[near[0], c]
        up = colors[near[1], c]
        nw = colors[near[2], c]
        ne = colors[near[3], c]
        low = w if w < up else up
        high = w + up - low
        middle = w + up - nw
        predicted[c] = low if middle < low else high if middle > high else middle
        predicted[4 + c] = _clamp(up + ne - colors[near[6], c])
        activity += abs(w - nw) + abs(up - nw) + abs(up - ne)
        if n > 16:
            ww = colors[near[4], c]
            nn = colors[near[5], c]
            predicted[8 + c] = (3 * w + 3 * up + 2 * ne + 4) >> 3
            predicted[12 + c] = _clamp((w + up + ((ne - nw) >> 1)) >> 1)
            predicted[16 + c] = (2 * w + 2 * up + nw + ne + ww + nn) >> 3
            predicted[20 + c] = _clamp(2 * w - ww)
    return activity


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _describe(
    near: cython.p_Py_ssize_t,
    predicted: cython.const[cython.int][::1],
    x: cython.Py_ssize_t,
    y: cython.Py_ssize_t,
    level: cython.int,
    around: cython.uint,
    hashes: cython.p_uint,
    n: cython.Py_ssize_t,
) -> cython.void:
    """Hash the contexts of a pixel (spec 6.3.6), as many as a model of n inputs has."""
    w: cython.uint = near[0]
    up: cython.uint = near[1]
    nw: cython.uint = near[2]
    ne: cython.uint = near[3]
    ww: cython.uint = near[4]
    nn: cython.uint = near[5]
    cross: cython.uint = w | (up << 16)
    equal: cython.uint
    hashes[0] = _hash(_pack(predicted, 4, 5), 0)
    hashes[1] = _hash(w, 1)
    hashes[2] = _hash(w | (ww << 16), 2)
    hashes[3] = _hash(up, 3)
    if n == 8:
        return
    hashes[4] = around
    hashes[5] = _hash(up | (nn << 16), 5 + (near[10] << 8))
    hashes[6] = _hash(cross, 6 + (near[8] << 8))
    hashes[7] = _hash(x, 7)
    hashes[8] = _hash(ne, 8)
    hashes[9] = _hash(_pack(predicted, 0, 5), 9)
    hashes[10] = _hash(y, 10)
    if n == 16:
        return
    equal = (w == up) + 2 * (up == nw) + 4 * (up == ne) + 8 * (w == nw) + 16 * (w == ww)
    hashes[11] = _hash(_hash(cross, nw | (ne << 16)), 11)
    hashes[12] = _hash(cross, 12 + (ne << 8))
    hashes[13] = _hash(_hash(hashes[11], ww | (nn << 16)), 13)
    hashes[14] = _hash(up | (nn << 16), 14)
    hashes[15] = _hash(nw | (ne << 16), 15)
    hashes[16] = _hash(_hash(cross, ww | (nn << 16)), 16)
    hashes[17] = _hash(_pack(predicted, 8, 6), 17)
    hashes[18] = _hash(_pack(predicted, 8, 5), 18 + (level << 8))
    hashes[19] = _hash(_pack(predicted, 16, 6), 19)
    hashes[20] = _hash(ne | (w << 16), 20)
    hashes[21] = _hash(_hash((w >> 2) | (up >> 2 << 16), (nw >> 3) | (ne >> 3 << 16)), 21)
    hashes[22] = _hash((w >> 1) | (up >> 1 << 16), 22 + (equal << 8))
    hashes[23] = _hash(_pack(predicted, 20, 5), 23)
    hashes[24] = _hash(_pack(predicted, 0, 4) | (w << 16), 24)
    hashes[25] = _hash(w | (ww << 16), 25 + (near[9] << 8))


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _code_bit(
    coder: cython.p_ulonglong,
    stream: cython.uchar[::1],
    probability: cython.int,
    bit: cython.int,
    decoding: cython.bint,
) -> cython.int:
    """Encode a bit, or decode and return it (spec 6.3.1).

    `coder` is position, low, range, code; `probability` that of a 1, in 1/65536, 1 to 65535.
    """
    bound: cython.ulonglong = (coder[2] * probability) >> 16
    at: cython.Py_ssize_t
    size: cython.ulonglong = stream.shape[0]
    if decoding:
        bit = coder[3] < bound
    if bit:
        coder[2] = bound
    else:
        coder[1] += bound
        coder[2] -= bound
        coder[3] -= bound
    if not decoding and coder[1] >> 32:
        coder[1] = (coder[1] & 0x7FFFFFFF) | ((coder[1] >> 31 & 1) << 31)
        at = coder[0] - 1
        while stream[at] == 255:
            stream[at] = 0
            at -= 1
        stream[at] += 1
    while coder[2] < 0x1000000:
        coder[2] = coder[2] << 8
        if decoding:
            coder[3] = coder[3] << 8
            if coder[0] < size:
                coder[3] = coder[3] | stream[coder[0]]
        else:
            stream[coder[0]] = coder[1] >> 24
            coder[1] = (coder[1] & 0xFFFFFF) << 8
        coder[0] += 1
    return bit


def code_pixels(
    plane: cython.ushort[:, ::1],  # IN OUT (h + 3, w + 8): leaves, h x w of them from [3, 4] on
    colors: cython.const[cython.short][:, ::1],  # IN (K, 4): of each leaf
    splits: cython.const[cython.short][:, ::1],  # IN (K, 2): channel and sum, of each inner node
    stream: cython.uchar[::1],  # OUT or IN: the bytes
    saved: cython.ulonglong[::1],  # IN OUT (6,): position, low, range, code, next pixel, calm
    cells: cython.uint[::1],  # IN OUT: probabilities (22 bits) above counts (10 bits)
    weights: cython.short[::1],  # IN OUT (rows * inputs,)
    visits: cython.uchar[::1],  # IN OUT (rows,)
    matches: cython.uint[::1],  # IN OUT (a power of 2,): what followed a neighbourhood last time
    refined: cython.int[::1],  # IN OUT: probabilities of the last stage
    stretch: cython.const[cython.short][::1],  # IN (4096,)
    squash: cython.const[cython.int][::1],  # IN (4096,)
    rates: cython.const[cython.int][::1],  # IN (256,): of cells, by their counts
    steps: cython.const[cython.int][::1],  # IN (256,): of weights, by their row's visits
    levels: cython.const[cython.uchar][::1],  # IN (1024 + 3072,): of distances, of activities
    predicted: cython.int[::1],  # scratch (24,)
    model: cython.const[cython.int][::1],  # IN (7,): see below
    choices: cython.const[cython.ushort][::1],  # IN: leaves to price
    prices: cython.int[::1],  # IN OUT: of each choice, in 1/4096 bit, added up
    costs: cython.const[cython.int][::1],  # IN (4096,): of a bit, by its probability
    stop: cython.Py_ssize_t,  # the number of the pixel to stop before
    decoding: cython.bint,
):
    """Code pixels from where the last call stopped; or, with choices, price the next pixel.

    `model` has the number of inputs, hashed contexts and distances, the log2 of the buckets,
    the largest count of a cell, the number of weight sets and 65536 divided by it.
    """
    n: cython.Py_ssize_t = model[0]
    n_hashed: cython.Py_ssize_t = model[1]
    n_distances: cython.Py_ssize_t = model[2]
    log_size: cython.int = model[3]
    limit: cython.Py_ssize_t = model[4]
    n_sets: cython.Py_ssize_t = model[5]
    pattern_cells: cython.Py_ssize_t = n_hashed << (log_size + 4)
    distance_cells: cython.Py_ssize_t = pattern_cells + 2592
    match_cells: cython.Py_ssize_t = distance_cells + 13440
    node_cells: cython.Py_ssize_t = match_cells + 2080
    flat_cells: cython.Py_ssize_t = node_cells + 272
    blank_cells: cython.Py_ssize_t = flat_cells + 32768
    near: cython.Py_ssize_t[12] = [0] * 12
    hashes: cython.uint[26] = [0] * 26
    bucket: cython.Py_ssize_t[26] = [0] * 26
    wanted: cython.uint[26] = [0] * 26
    tags: cython.uint[26] = [0] * 26
    where: cython.Py_ssize_t[32] = [0] * 32
    states: cython.uint[32] = [0] * 32
    inputs: cython.short[32] = [0] * 32
    rows: cython.Py_ssize_t[4] = [0] * 4
    sums: cython.int[4] = [0] * 4
    coder: cython.ulonglong[4] = [0] * 4
    found: cython.Py_ssize_t[2] = [0] * 2
    n_colors: cython.Py_ssize_t = colors.shape[0]
    width: cython.Py_ssize_t = plane.shape[1] - 8
    pricing: cython.bint = choices.shape[0] > 0
    pixel: cython.Py_ssize_t = saved[4]
    calm: cython.Py_ssize_t = saved[5]
    turns: cython.Py_ssize_t = choices.shape[0] if pricing else stop - pixel
    x: cython.Py_ssize_t = pixel % width
    y: cython.Py_ssize_t = pixel // width
    turn: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    at: cython.Py_ssize_t
    flat: cython.bint
    escaped: cython.bint
    equal: cython.Py_ssize_t
    same: cython.Py_ssize_t
    leaf: cython.Py_ssize_t = 0
    low: cython.Py_ssize_t
    high: cython.Py_ssize_t
    middle: cython.Py_ssize_t
    depth: cython.Py_ssize_t
    heap: cython.uint
    slot: cython.Py_ssize_t
    pattern: cython.Py_ssize_t
    node: cython.Py_ssize_t
    level: cython.int = 0
    around: cython.uint = 0
    h: cython.uint
    entry: cython.uint
    match_mask: cython.uint = matches.shape[0] - 1
    mask: cython.uint = (1 << log_size) - 1
    total: cython.int
    p: cython.int
    q: cython.int
    share: cython.int
    refined_at: cython.Py_ssize_t[2] = [0] * 2
    bit: cython.int
    with cython.nogil:
        for i in range(4):
            coder[i] = saved[i]
        for turn in range(turns):
            if x == 0:
                for i in range(4):
                    plane[y + 3, i] = plane[y + 2, 4]
                    plane[y + 2, width + 4 + i] = plane[y + 2, width + 3]
            near[0] = plane[y + 3, x + 3]
            near[1] = plane[y + 2, x + 4]
            near[2] = plane[y + 2, x + 3]
            near[3] = plane[y + 2, x + 5]
            near[4] = plane[y + 3, x + 2]
            near[5] = plane[y + 1, x + 4]
            near[6] = plane[y + 1, x + 5]
            near[7] = plane[y + 2, x + 2]
            near[8] = plane[y + 2, x + 6]
            near[9] = plane[y + 3, x + 1]
            near[10] = plane[y, x + 4]
            near[11] = plane[y + 1, x + 3]
            if pricing:
                leaf = choices[turn]
            elif not decoding:
                leaf = plane[y + 3, x + 4]
            same = near[0]
            flat = same == near[1] and same == near[2] and same == near[3]
            flat = flat and same == near[4] and same == near[5]
            if n > 8:
                h = _hash(near[0] | (near[1] << 16), near[2] | (near[3] << 16))
                h = _hash(h, near[4] | (near[5] << 16))
                around = _hash(near[6] | (near[7] << 16), near[8] | (near[9] << 16))
                around = _hash(_hash(h, near[10] | (near[11] << 16)), around)
                found[0] = around & match_mask
                found[1] = h & match_mask
                if not pricing:
                    if matches[found[0]] >> 21 != around >> 21:
                        matches[found[0]] = (around >> 21 << 21) | same
                    if matches[found[1]] >> 21 != h >> 21:
                        matches[found[1]] = (h >> 21 << 21) | same
            escaped = False
            if flat:
                equal = (same == near[6]) + 2 * (same == near[7]) + 4 * (same == near[8])
                equal += 8 * (same == near[9]) + 16 * (same == near[10]) + 32 * (same == near[11])
                where[0] = same & 4095
                where[1] = _hash(same | (near[8] << 16), 1) & 4095
                where[2] = _hash(_hash(same | (near[6] << 16), near[7]), 2) & 4095
                where[3] = _hash(near[9] | (near[10] << 16), same | (near[11] << 16)) & 4095
                where[4] = equal << 6 | (calm if calm < 63 else 63)
                where[5] = x & 4095
                where[6] = y & 4095
                where[7] = 0
                if n > 8:
                    entry = matches[found[0]]
                    where[7] = ((entry >> 16) & 31) << 1 | ((entry & 65535) == same)
                for i in range(8):
                    where[i] += flat_cells + (i << 12)
                    states[i] = cells[where[i]]
                    inputs[i] = stretch[states[i] >> 20]
                total = _mix(inputs, weights, equal, 8)
                p = squash[total + 2048]
                if pricing:
                    bit = leaf != same
                    prices[turn] += costs[(p if bit else 65536 - p) >> 4]
                else:
                    bit = _code_bit(coder, stream, p, leaf != same, decoding)
                    _train(inputs, weights, visits, steps, equal, 8, (bit << 16) - p)
                    _learn(cells, where, states, rates, 8, limit, bit)
                    calm = 0 if bit else calm + 1
                escaped = bit
            if flat and not escaped:
                leaf = same
            else:
                calm = calm if pricing else 0
                level = _predict(colors, near, predicted, n)
                level = levels[1024 + level]
                _describe(near, predicted, x, y, level, around, hashes, n)
                low = 0
                high = n_colors
                depth = 0
                heap = 1
                slot = 1
                while high - low > 1:
                    if escaped and high - low == 2 and low <= same < high:
                        low += low == same
                        high = low + 1
                        break
                    middle = low + ((high - low + 1) >> 1)
                    if slot == 1:
                        for i in range(n_hashed):
                            h = _hash(hashes[i], heap)
                            bucket[i] = (i << (log_size + 4)) + ((h & mask) << 4)
                            wanted[i] = (h >> log_size) + 1
                            tags[i] = cells[bucket[i]]
                        for i in range(n_hashed):
                            if tags[i] != wanted[i]:
                                if pricing:
                                    bucket[i] = blank_cells
                                else:
                                    cells[bucket[i]] = wanted[i]
                                    for j in range(bucket[i] + 1, bucket[i] + 16):
                                        cells[j] = cells[blank_cells + 1]
                    for i in range(n_hashed):
                        where[i] = bucket[i] + slot
                    pattern = ((low <= near[0]) & (near[0] < high)) * (1 + (near[0] >= middle))
                    pattern += ((low <= near[1]) & (near[1] < high)) * (1 + (near[1] >= middle)) * 3
                    pattern += ((low <= near[2]) & (near[2] < high)) * (1 + (near[2] >= middle)) * 9
                    pattern += ((low <= near[3]) & (near[3] < high)) * (1 + (near[3] >= middle)) * 27
                    pattern += 81 * escaped
                    node = heap if depth < 8 else 248 + depth
                    where[n_hashed] = pattern_cells + (pattern << 4) + depth
                    at = levels[512 + 2 * predicted[splits[middle, 0]] - splits[middle, 1]]
                    at = ((at * 10 + level) << 4) + depth
                    where[n_hashed + 1] = distance_cells + at
                    rows[0] = 64 + pattern
                    rows[1] = 226 + node
                    if n > 8:
                        rows[2] = 490
                        for i in range(2):
                            entry = matches[found[i]]
                            at = entry & 65535
                            share = entry >> 16 & 31
                            if low <= at < high:
                                at = share << 1 | (at >= middle)
                            else:
                                at = 64
                                share = 0
                            where[n_hashed + 2 + i] = match_cells + 1040 * i + (at << 4) + depth
                            rows[2] += (share if share < 15 else 15) << (4 - 4 * i)
                        at = n_hashed + 4
                        if n == 16:
                            where[at] = node_cells + node
                        else:
                            rows[3] = 746 + depth * 10 + level
                            for i in range(1, 3):
                                share = predicted[4 + 4 * i + splits[middle, 0]]
                                share = levels[512 + 2 * share - splits[middle, 1]]
                                where[at] = distance_cells + 4480 * i + ((share * 10 + level) << 4) + depth
                                at += 1
                    else:
                        where[6] = node_cells + node
                        share = predicted[4 + splits[middle, 0]]
                        share = levels[512 + 2 * share - splits[middle, 1]]
                        where[7] = distance_cells + 4480 + ((share * 10 + level) << 4) + depth
                    for i in range(n):
                        states[i] = cells[where[i]]
                        inputs[i] = stretch[states[i] >> 20]
                    total = 0
                    for i in range(n_sets):
                        sums[i] = _mix(inputs, weights, rows[i], n)
                        total += sums[i]
                    total = (total * model[6]) >> 16
                    p = squash[total + 2048]
                    if n > 8:
                        total += 2048
                        share = total & 127
                        h = _hash(near[0] | (near[1] << 16), heap) & 4095
                        refined_at[0] = node * 33 + (total >> 7)
                        refined_at[1] = 8712 + h * 33 + (total >> 7)
                        q = 2
                        for i in range(2):
                            at = refined_at[i]
                            q += ((refined[at] >> 6) * (128 - share) + (refined[at + 1] >> 6) * share) >> 7
                            refined_at[i] += share >> 6
                        q = (2 * p + q) >> 2
                    else:
                        q = p
                    if pricing:
                        bit = leaf >= middle
                        prices[turn] += costs[(q if bit else 65536 - q) >> 4]
                    else:
                        bit = _code_bit(coder, stream, q, leaf >= middle, decoding)
                        for i in range(n_sets):
                            p = squash[sums[i] + 2048]
                            _train(inputs, weights, visits, steps, rows[i], n, (bit << 16) - p)
                        _learn(cells, where, states, rates, n, limit, bit)
                        if n > 8:
                            for i in range(2):
                                refined[refined_at[i]] += ((bit << 22) - refined[refined_at[i]]) >> 6
                    if bit:
                        low = middle
                    else:
                        high = middle
                    heap = heap * 2 + bit
                    slot = slot * 2 + bit
                    if slot > 15:
                        slot = 1
                    depth += 1
                if not pricing:
                    leaf = low
            if not pricing:
                plane[y + 3, x + 4] = leaf
                if n > 8:
                    for i in range(2):
                        entry = matches[found[i]]
                        share = entry >> 16 & 31
                        if (entry & 65535) == leaf:
                            share += share < 31
                        else:
                            share = 1
                        matches[found[i]] = (entry >> 21 << 21) | (share << 16) | leaf
                x += 1
                if x == width:
                    x = 0
                    y += 1
        for i in range(4):
            saved[i] = coder[i]
        if not pricing:
            saved[4] = stop
            saved[5] = calm
