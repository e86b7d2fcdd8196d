# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""The index coder ``mixed`` (spec 6.3): context mixing of binary decisions, and a range coder.

A pixel's index, numbered in the order of the palette's tree, is a walk from the tree's root to a
leaf. Each decision's probability is mixed from adaptive ones, the *cells*, that contexts choose.
One function encodes, decodes and prices, so that the three cannot disagree.

The regions of ``cells`` and the rows of ``weights`` have their numbers where they are used, as the
specification has them; ``coding/mixing_tables.py`` adds up their sizes.
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
    """Return the weighted sum of n inputs, a multiple of 8, in units of the stretched domain (6.3.4)."""
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
            x = inputs[block + i] * 16
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
    bit: cython.int,
) -> cython.void:
    """Move n cells towards the bit, each at its own rate (spec 6.3.4)."""
    i: cython.Py_ssize_t
    count: cython.Py_ssize_t
    p: cython.longlong
    for i in range(n):
        count = states[i] & 1023
        p = states[i] >> 10
        p += ((((bit << 22) - p) >> 3) * rates[count]) >> 9
        cells[where[i]] = (p << 10) + count + (count < 127)


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
    """Predict the pixel's colour in several ways (spec 6.3.6); return the local activity."""
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
    """Encode a bit, or decode and return it (spec 5.4, 6.3.1).

    `coder` is the position, the low end (decoding: the code less it) and the range; `probability` that of a 1, in 1/65536, 1 to 65535.
    """
    bound: cython.ulonglong = (coder[2] * probability) >> 16
    at: cython.Py_ssize_t
    size: cython.ulonglong = stream.shape[0]
    if decoding:
        bit = coder[1] < bound
        if bit:
            coder[2] = bound
        else:
            coder[1] -= bound
            coder[2] -= bound
        while coder[2] < 0x1000000:
            coder[2] = coder[2] << 8
            coder[1] = coder[1] << 8
            if coder[0] < size:
                coder[1] = coder[1] | stream[coder[0]]
            coder[0] += 1
        return bit
    if bit:
        coder[2] = bound
    else:
        coder[1] += bound
        coder[2] -= bound
        if coder[1] >> 32:
            coder[1] = (coder[1] & 0x7FFFFFFF) | ((coder[1] >> 31 & 1) << 31)
            at = coder[0] - 1
            while stream[at] == 255:
                stream[at] = 0
                at -= 1
            stream[at] += 1
    while coder[2] < 0x1000000:
        coder[2] = coder[2] << 8
        stream[coder[0]] = coder[1] >> 24
        coder[1] = (coder[1] & 0xFFFFFF) << 8
        coder[0] += 1
    return bit


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _look(
    plane: cython.ushort[:, ::1],
    x: cython.Py_ssize_t,
    y: cython.Py_ssize_t,
    near: cython.p_Py_ssize_t,
) -> cython.bint:
    """Note the 12 leaves around a pixel (spec 6.3.3); return whether the nearest 6 are equal."""
    width: cython.Py_ssize_t = plane.shape[1] - 8
    i: cython.Py_ssize_t
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
    return (
        near[0] == near[1]
        and near[0] == near[2]
        and near[0] == near[3]
        and near[0] == near[4]
        and near[0] == near[5]
    )


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _look_up(
    near: cython.p_Py_ssize_t,
    matches: cython.const[cython.uint][::1],
    found: cython.p_Py_ssize_t,
    entries: cython.p_uint,
) -> cython.uint:
    """Look up what followed the 6 and the 12 nearest leaves last time (spec 6.3.7).

    An entry is the hash's high bits, 10 of them, how often it came true, 5, and a leaf, 16.
    """
    mask: cython.uint = matches.shape[0] - 1
    h: cython.uint = _hash(near[0] | (near[1] << 16), near[2] | (near[3] << 16))
    around: cython.uint = _hash(near[6] | (near[7] << 16), near[8] | (near[9] << 16))
    h = _hash(h, near[4] | (near[5] << 16))
    around = _hash(_hash(h, near[10] | (near[11] << 16)), around)
    found[0] = around & mask
    found[1] = h & mask
    entries[0] = matches[found[0]]
    entries[1] = matches[found[1]]
    if entries[0] >> 21 != around >> 21:
        entries[0] = (around >> 21 << 21) | near[0]
    if entries[1] >> 21 != h >> 21:
        entries[1] = (h >> 21 << 21) | near[0]
    return around


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _remember(
    matches: cython.uint[::1],
    found: cython.p_Py_ssize_t,
    entries: cython.p_uint,
    leaf: cython.uint,
) -> cython.void:
    """Note what followed this time."""
    i: cython.Py_ssize_t
    times: cython.uint
    for i in range(2):
        times = entries[i] >> 16 & 31
        times = times + (times < 31) if (entries[i] & 65535) == leaf else 1
        matches[found[i]] = (entries[i] >> 21 << 21) | (times << 16) | leaf


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _find_buckets(
    cells: cython.uint[::1],
    hashes: cython.p_uint,
    bucket: cython.p_Py_ssize_t,
    heap: cython.uint,
    log_size: cython.int,
    n_hashed: cython.Py_ssize_t,
    blank: cython.Py_ssize_t,
    pricing: cython.bint,
) -> cython.void:
    """Find the 15 cells of each context for the next 4 decisions (spec 6.3.6)."""
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    h: cython.uint
    mask: cython.uint = (1 << log_size) - 1
    wanted: cython.uint[26] = [0] * 26
    tags: cython.uint[26] = [0] * 26
    for i in range(n_hashed):
        h = _hash(hashes[i], heap)
        bucket[i] = (i << (log_size + 4)) + ((h & mask) << 4)
        wanted[i] = (h >> log_size) + 1
        tags[i] = cells[bucket[i]]
    for i in range(n_hashed):
        if tags[i] != wanted[i]:
            if pricing:
                bucket[i] = blank
            else:
                cells[bucket[i]] = wanted[i]
                for j in range(bucket[i] + 1, bucket[i] + 16):
                    cells[j] = cells[blank]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _flat_cells(
    near: cython.p_Py_ssize_t,
    x: cython.Py_ssize_t,
    y: cython.Py_ssize_t,
    calm: cython.Py_ssize_t,
    entry: cython.uint,
    where: cython.p_Py_ssize_t,
    first: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Choose the cells of the flat decision (spec 6.3.5); return the row of its weights."""
    same: cython.Py_ssize_t = near[0]
    equal: cython.Py_ssize_t = (
        (same == near[6])
        + 2 * (same == near[7])
        + 4 * (same == near[8])
        + 8 * (same == near[9])
        + 16 * (same == near[10])
        + 32 * (same == near[11])
    )
    i: cython.Py_ssize_t
    where[0] = same & 4095
    where[1] = _hash(same | (near[8] << 16), 1) & 4095
    where[2] = _hash(_hash(same | (near[6] << 16), near[7]), 2) & 4095
    where[3] = _hash(near[9] | (near[10] << 16), same | (near[11] << 16)) & 4095
    where[4] = equal << 6 | (calm if calm < 63 else 63)
    where[5] = x & 4095
    where[6] = y & 4095
    where[7] = (entry >> 16 & 31) << 1 | ((entry & 65535) == same)
    for i in range(8):
        where[i] += first + (i << 12)
    return equal


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _pattern(
    near: cython.p_Py_ssize_t,
    low: cython.Py_ssize_t,
    middle: cython.Py_ssize_t,
    high: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Return on which side of the decision the 4 nearest leaves are, each 0 if out of it."""
    return (
        ((low <= near[0]) & (near[0] < high)) * (1 + (near[0] >= middle))
        + ((low <= near[1]) & (near[1] < high)) * (1 + (near[1] >= middle)) * 3
        + ((low <= near[2]) & (near[2] < high)) * (1 + (near[2] >= middle)) * 9
        + ((low <= near[3]) & (near[3] < high)) * (1 + (near[3] >= middle)) * 27
    )


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _distance(
    predicted: cython.const[cython.int][::1],
    first: cython.Py_ssize_t,
    splits: cython.const[cython.short][:, ::1],
    node: cython.Py_ssize_t,
    levels: cython.const[cython.uchar][::1],
) -> cython.Py_ssize_t:
    """Return how far a predicted colour is from a node's split, 0 to 27 (spec 6.3.8)."""
    return levels[512 + 2 * predicted[first + splits[node, 0]] - splits[node, 1]]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _refine(
    refined: cython.const[cython.int][::1],
    at: cython.p_Py_ssize_t,
    total: cython.int,
    p: cython.int,
) -> cython.int:
    """Average a probability with what came true in two contexts near it (spec 6.3.9)."""
    share: cython.int = (total + 2048) & 127
    i: cython.Py_ssize_t
    q: cython.int = 2 * p + 2
    for i in range(2):
        at[i] += (total + 2048) >> 7
        q += ((refined[at[i]] >> 6) * (128 - share) + (refined[at[i] + 1] >> 6) * share) >> 7
        at[i] += share >> 6
    return q >> 2


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _code(
    plane: cython.ushort[:, ::1],
    colors: cython.const[cython.short][:, ::1],
    splits: cython.const[cython.short][:, ::1],
    stream: cython.uchar[::1],
    saved: cython.ulonglong[::1],
    cells: cython.uint[::1],
    weights: cython.short[::1],
    visits: cython.uchar[::1],
    matches: cython.uint[::1],
    refined: cython.int[::1],
    stretch: cython.const[cython.short][::1],
    squash: cython.const[cython.int][::1],
    rates: cython.const[cython.int][::1],
    steps: cython.const[cython.int][::1],
    levels: cython.const[cython.uchar][::1],
    predicted: cython.int[::1],
    choices: cython.const[cython.ushort][::1],
    prices: cython.int[::1],
    costs: cython.const[cython.int][::1],
    log_size: cython.int,
    stop: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
    decoding: cython.bint,
) -> cython.void:
    """Do what ``code_pixels`` says, for one model's numbers, so that it is compiled for them."""
    n_used: cython.Py_ssize_t = 6 if n == 8 else n
    n_hashed: cython.Py_ssize_t = 4 if n == 8 else 11 if n == 16 else 26
    n_sets: cython.Py_ssize_t = 2 if n == 8 else 3 if n == 16 else 4
    one_set: cython.int = 65536 // n_sets
    pattern_cells: cython.Py_ssize_t = n_hashed << (log_size + 4)
    distance_cells: cython.Py_ssize_t = pattern_cells + 2592
    match_cells: cython.Py_ssize_t = distance_cells + 13440
    node_cells: cython.Py_ssize_t = match_cells + 2080
    flat_cells: cython.Py_ssize_t = node_cells + 272
    blank_cells: cython.Py_ssize_t = flat_cells + 32768
    near: cython.Py_ssize_t[12] = [0] * 12
    hashes: cython.uint[26] = [0] * 26
    bucket: cython.Py_ssize_t[26] = [0] * 26
    where: cython.Py_ssize_t[32] = [0] * 32
    states: cython.uint[32] = [0] * 32
    inputs: cython.short[32] = [0] * 32
    rows: cython.Py_ssize_t[4] = [0] * 4
    sums: cython.int[4] = [0] * 4
    coder: cython.ulonglong[3] = [0] * 3
    found: cython.Py_ssize_t[2] = [0] * 2
    entries: cython.uint[2] = [0] * 2
    refined_at: cython.Py_ssize_t[2] = [0] * 2
    n_colors: cython.Py_ssize_t = colors.shape[0]
    width: cython.Py_ssize_t = plane.shape[1] - 8
    pricing: cython.bint = choices.shape[0] > 0
    calm: cython.Py_ssize_t = saved[4]
    turns: cython.Py_ssize_t = choices.shape[0]
    x: cython.Py_ssize_t = saved[3]
    y: cython.Py_ssize_t
    turn: cython.Py_ssize_t
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t
    flat: cython.bint
    escaped: cython.bint
    leaf: cython.Py_ssize_t = 0
    low: cython.Py_ssize_t
    high: cython.Py_ssize_t
    middle: cython.Py_ssize_t
    depth: cython.Py_ssize_t
    slot: cython.Py_ssize_t
    node: cython.Py_ssize_t
    pattern: cython.Py_ssize_t
    distance: cython.Py_ssize_t
    times: cython.Py_ssize_t
    heap: cython.uint
    around: cython.uint = 0
    level: cython.int
    total: cython.int
    p: cython.int
    bit: cython.int
    inputs[7] = 256
    for i in range(3):
        coder[i] = saved[i]
    if not pricing:
        turns = stop - x
    y = x // width
    x = x % width
    for turn in range(turns):
        flat = _look(plane, x, y, near)
        if pricing:
            leaf = choices[turn]
        elif not decoding:
            leaf = plane[y + 3, x + 4]
        if n > 8:
            around = _look_up(near, matches, found, entries)
        escaped = False
        if flat:
            rows[0] = _flat_cells(near, x, y, calm, entries[0], where, flat_cells)
            for i in range(8):
                states[i] = cells[where[i]]
                inputs[i] = stretch[states[i] >> 20]
            p = squash[_mix(inputs, weights, rows[0], 8) + 2048]
            if pricing:
                bit = leaf != near[0]
                prices[turn] += costs[(p if bit else 65536 - p) >> 4]
            else:
                bit = _code_bit(coder, stream, p, leaf != near[0], decoding)
                _train(inputs, weights, visits, steps, rows[0], 8, (bit << 16) - p)
                _learn(cells, where, states, rates, 8, bit)
                calm = 0 if bit else calm + 1
            escaped = bit
            inputs[6] = 0
            inputs[7] = 256
        elif not pricing:
            calm = 0
        low = near[0]
        high = low + 1
        if escaped or not flat:
            level = levels[1024 + _predict(colors, near, predicted, n)]
            _describe(near, predicted, x, y, level, around, hashes, n)
            low = 0
            high = n_colors
            depth = 0
            heap = 1
            slot = 1
        while high - low > 1:
            if escaped and high - low == 2 and low <= near[0] < high:
                low += low == near[0]
                break
            middle = low + ((high - low + 1) >> 1)
            node = heap if depth < 8 else 248 + depth
            if slot == 1:
                _find_buckets(cells, hashes, bucket, heap, log_size, n_hashed, blank_cells, pricing)
            for i in range(n_hashed):
                where[i] = bucket[i] + slot
            pattern = 81 * escaped + _pattern(near, low, middle, high)
            where[n_hashed] = pattern_cells + (pattern << 4) + depth
            distance = _distance(predicted, 0, splits, middle, levels)
            where[n_hashed + 1] = distance_cells + ((distance * 10 + level) << 4) + depth
            rows[0] = 64 + pattern
            rows[1] = 226 + node
            if n > 8:
                rows[2] = 490
                for i in range(2):
                    at = entries[i] & 65535
                    times = entries[i] >> 16 & 31
                    if low <= at < high:
                        at = times << 1 | (at >= middle)
                        rows[2] += (times if times < 15 else 15) << (4 - 4 * i)
                    else:
                        at = 64
                    where[n_hashed + 2 + i] = match_cells + 1040 * i + (at << 4) + depth
            if n == 16:
                where[n_hashed + 4] = node_cells + node
            if n == 32:
                for i in range(1, 3):
                    at = _distance(predicted, 4 + 4 * i, splits, middle, levels)
                    at = distance_cells + 4480 * i + ((at * 10 + level) << 4) + depth
                    where[n_hashed + 3 + i] = at
                rows[2] = 490 + (near[0] if n_colors <= 256 else near[0] >> 8)
                rows[3] = 746 + depth * 10 + level
            for i in range(n_used):
                states[i] = cells[where[i]]
                inputs[i] = stretch[states[i] >> 20]
            total = 0
            for i in range(n_sets):
                sums[i] = _mix(inputs, weights, rows[i], n)
                total += sums[i]
            total = (total * one_set) >> 16
            p = squash[total + 2048]
            if n > 8:
                refined_at[0] = node * 33
                refined_at[1] = 8712 + (distance * 162 + pattern) * 33
                p = _refine(refined, refined_at, total, p)
            if pricing:
                bit = leaf >= middle
                prices[turn] += costs[(p if bit else 65536 - p) >> 4]
            else:
                bit = _code_bit(coder, stream, p, leaf >= middle, decoding)
                for i in range(n_sets):
                    total = (bit << 16) - squash[sums[i] + 2048]
                    _train(inputs, weights, visits, steps, rows[i], n, total)
                _learn(cells, where, states, rates, n_used, bit)
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
            plane[y + 3, x + 4] = low
            if n > 8:
                _remember(matches, found, entries, low)
            x += 1
            if x == width:
                x = 0
                y += 1
    for i in range(3):
        saved[i] = coder[i]
    if not pricing:
        saved[3] = stop
        saved[4] = calm


def code_pixels(
    plane: cython.ushort[:, ::1],  # IN OUT (h + 3, w + 8): leaves, h x w of them from [3, 4] on
    colors: cython.const[cython.short][:, ::1],  # IN (K, 4): of each leaf
    splits: cython.const[cython.short][:, ::1],  # IN (K, 2): channel and sum, of each inner node
    stream: cython.uchar[::1],  # OUT or IN: the bytes
    saved: cython.ulonglong[::1],  # IN OUT (5,): position, low or code, range, next pixel, calm
    cells: cython.uint[::1],  # IN OUT: probabilities (22 bits) above counts (10 bits)
    weights: cython.short[::1],  # IN OUT (rows * inputs,)
    visits: cython.uchar[::1],  # IN OUT (rows,)
    matches: cython.uint[::1],  # IN OUT (a power of 2,): what followed a neighbourhood last time
    refined: cython.int[::1],  # IN OUT: probabilities of the last stage
    stretch: cython.const[cython.short][::1],  # IN (4096,)
    squash: cython.const[cython.int][::1],  # IN (4096,)
    rates: cython.const[cython.int][::1],  # IN (128,): of cells, by their counts
    steps: cython.const[cython.int][::1],  # IN (256,): of weights, by their row's visits
    levels: cython.const[cython.uchar][::1],  # IN (1024 + 3072,): of distances, of activities
    predicted: cython.int[::1],  # scratch (24,)
    model: cython.const[cython.int][::1],  # IN (2,): see below
    choices: cython.const[cython.ushort][::1],  # IN: leaves to price
    prices: cython.int[::1],  # IN OUT: of each choice, in 1/4096 bit, added up
    costs: cython.const[cython.int][::1],  # IN (4096,): of a bit, by its probability
    stop: cython.Py_ssize_t,  # the number of the pixel to stop before
    decoding: cython.bint,
):
    """Code pixels from where the last call stopped; or, with choices, price the next pixel.

    `model` is the number of inputs and the log2 of the buckets.
    """
    n: cython.Py_ssize_t = model[0]
    log_size: cython.int = model[1]
    # fmt: off
    with cython.nogil:
        if n == 8 and decoding:
            _code(plane, colors, splits, stream, saved, cells, weights, visits, matches, refined,
                  stretch, squash, rates, steps, levels, predicted, choices, prices, costs,
                  log_size, stop, 8, 1)
        elif n == 8:
            _code(plane, colors, splits, stream, saved, cells, weights, visits, matches, refined,
                  stretch, squash, rates, steps, levels, predicted, choices, prices, costs,
                  log_size, stop, 8, 0)
        elif n == 16 and decoding:
            _code(plane, colors, splits, stream, saved, cells, weights, visits, matches, refined,
                  stretch, squash, rates, steps, levels, predicted, choices, prices, costs,
                  log_size, stop, 16, 1)
        elif n == 16:
            _code(plane, colors, splits, stream, saved, cells, weights, visits, matches, refined,
                  stretch, squash, rates, steps, levels, predicted, choices, prices, costs,
                  log_size, stop, 16, 0)
        elif decoding:
            _code(plane, colors, splits, stream, saved, cells, weights, visits, matches, refined,
                  stretch, squash, rates, steps, levels, predicted, choices, prices, costs,
                  log_size, stop, 32, 1)
        else:
            _code(plane, colors, splits, stream, saved, cells, weights, visits, matches, refined,
                  stretch, squash, rates, steps, levels, predicted, choices, prices, costs,
                  log_size, stop, 32, 0)
    # fmt: on
