# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Palettes by a mixture of experts and a range coder (spec 5.4): one function for both ways.

Roles and experts have the specification's numbers. A part is one bump of one expert. A row holds at
``ORIGIN`` + d the mass of a bump, of 16384, that lies at offsets below d; row t is ``WIDTH`` t.

Shared arrays: ``parts`` (160, 5), ``rows`` (20, 1024), ``seen`` (C, 257): entries so far below each
value, ``weights`` and ``learnt`` (9, 13): P + L and L, ``coder`` (4,), ``near`` (32, 2).
"""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads


ROLES = cython.declare(cython.const[cython.int], 9)
EXPERTS = cython.declare(cython.const[cython.int], 13)
SHARE = cython.declare(cython.const[cython.int], 1024)  # of a whole expert
LARGEST_WIDTH = cython.declare(cython.const[cython.int], 15)  # rows 0 to 15 are WIDTH t
EXACT = cython.declare(cython.const[cython.int], 16)
EVEN = cython.declare(cython.const[cython.int], 17)
GAPS = cython.declare(cython.const[cython.int], 18)  # filled for each value
SEEN = cython.declare(cython.const[cython.int], 19)  # filled for each value
ORIGIN = cython.declare(cython.const[cython.int], 512)  # of the offsets in a row
STEPS = cython.declare(cython.const[cython.int], 8)  # of expert 4, at most
NEAR = cython.declare(cython.const[cython.int], 32)  # entries that experts 9 to 12 look at, at most
# Columns of parts
PART_WEIGHT = cython.declare(cython.const[cython.int], 0)  # the expert's weight times its share
PART_CENTRE = cython.declare(cython.const[cython.int], 1)
PART_ROW = cython.declare(cython.const[cython.int], 2)
PART_EXPERT = cython.declare(cython.const[cython.int], 3)
PART_SHARE = cython.declare(cython.const[cython.int], 4)
# Places in coder
LOW = cython.declare(cython.const[cython.int], 0)
RANGE = cython.declare(cython.const[cython.int], 1)
CODE = cython.declare(cython.const[cython.int], 2)
POSITION = cython.declare(cython.const[cython.int], 3)
# What the result says of a stream
IMPOSSIBLE = cython.declare(cython.const[cython.int], -1)
NOT_CANONICAL = cython.declare(cython.const[cython.int], -2)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _mass(
    parts: cython.longlong[:, ::1],
    n_parts: cython.Py_ssize_t,
    rows: cython.longlong[:, ::1],
    end: cython.Py_ssize_t,
) -> cython.longlong:
    """Return the mass of the values below `end`."""
    i: cython.Py_ssize_t
    total: cython.longlong = 0
    for i in range(n_parts):
        total += (
            parts[i, PART_WEIGHT] * rows[parts[i, PART_ROW], ORIGIN + end - parts[i, PART_CENTRE]]
        )
    return total


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _add(
    parts: cython.longlong[:, ::1],
    n_parts: cython.Py_ssize_t,
    weights: cython.longlong[:, ::1],
    role: cython.Py_ssize_t,
    expert: cython.Py_ssize_t,
    share: cython.longlong,
    centre: cython.Py_ssize_t,
    row: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Add a part, unless its expert has no say in this role; return the number of parts."""
    if weights[role, expert] == 0 or share == 0:
        return n_parts
    parts[n_parts, PART_WEIGHT] = weights[role, expert] * share
    parts[n_parts, PART_CENTRE] = centre
    parts[n_parts, PART_ROW] = row
    parts[n_parts, PART_EXPERT] = expert
    parts[n_parts, PART_SHARE] = share
    return n_parts + 1


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _carry(stream: cython.uchar[::1], position: cython.Py_ssize_t) -> cython.void:
    """Add one to the number that the bytes before `position` are."""
    i: cython.Py_ssize_t = position - 1
    while stream[i] == 255:
        stream[i] = 0
        i -= 1
    stream[i] += 1


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _code_bit(
    coder: cython.longlong[::1],
    stream: cython.uchar[::1],
    size: cython.Py_ssize_t,
    decoding: cython.int,
    chance: cython.longlong,  # of a 1, in 1/65536
    bit: cython.int,
) -> cython.int:
    """Write a bit, or read one."""
    bound: cython.longlong = (coder[RANGE] * chance) >> 16
    if decoding:
        bit = 1 if coder[CODE] < bound else 0
    if bit:
        coder[RANGE] = bound
    else:
        coder[RANGE] -= bound
        if decoding:
            coder[CODE] -= bound
        else:
            coder[LOW] += bound
            if coder[LOW] >> 32:
                coder[LOW] -= (coder[LOW] >> 32) << 32
                _carry(stream, coder[POSITION])
    while coder[RANGE] < 0x1000000:
        coder[RANGE] <<= 8
        if decoding:
            coder[CODE] <<= 8
            if coder[POSITION] < size:
                coder[CODE] |= stream[coder[POSITION]]
        else:
            stream[coder[POSITION]] = coder[LOW] >> 24
            coder[LOW] = (coder[LOW] & 0xFFFFFF) << 8
        coder[POSITION] += 1
    return bit


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _last_word(low: cython.longlong, span: cython.longlong) -> cython.longlong:
    """Return the number in [low, low + span) that ends with the most bits of zero."""
    zeros: cython.int = 32
    one: cython.longlong = 1
    word: cython.longlong = ((low + (one << zeros) - 1) >> zeros) << zeros
    while word >= low + span:
        zeros -= 1
        word = ((low + (one << zeros) - 1) >> zeros) << zeros
    return word


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _start(
    coder: cython.longlong[::1],
    stream: cython.uchar[::1],
    size: cython.Py_ssize_t,
    decoding: cython.int,
) -> cython.void:
    """Begin the range coder; a decoder reads four bytes."""
    k: cython.Py_ssize_t
    coder[LOW] = 0
    coder[RANGE] = 0xFFFFFFFF
    coder[CODE] = 0
    coder[POSITION] = 0
    if decoding:
        for k in range(4):
            coder[CODE] <<= 8
            if k < size:
                coder[CODE] |= stream[k]
        coder[POSITION] = 4


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _finish(
    coder: cython.longlong[::1],
    stream: cython.uchar[::1],
    size: cython.Py_ssize_t,
    decoding: cython.int,
) -> cython.Py_ssize_t:
    """End the stream, or check its end; return its bytes or ``NOT_CANONICAL``."""
    k: cython.Py_ssize_t
    result: cython.Py_ssize_t = size
    word: cython.longlong = 0
    if decoding:
        for k in range(coder[POSITION] - 4, coder[POSITION]):
            word <<= 8
            if k < size:
                word |= stream[k]
        if size > coder[POSITION] or _last_word(word - coder[CODE], coder[RANGE]) != word:
            result = NOT_CANONICAL
    else:
        word = _last_word(coder[LOW], coder[RANGE])
        if word >> 32:
            _carry(stream, coder[POSITION])
        result = coder[POSITION] + 4
        for k in range(4):
            stream[coder[POSITION] + k] = (word >> (24 - 8 * k)) & 255
        while result > 0 and stream[result - 1] == 0:
            result -= 1
    return result


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _add_constant(
    parts: cython.longlong[:, ::1],
    weights: cython.longlong[:, ::1],
    rows: cython.longlong[:, ::1],
    seen: cython.longlong[:, ::1],
    role: cython.Py_ssize_t,
    c: cython.Py_ssize_t,
    i: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Begin the parts with the experts 0 to 3, which look at no single entry; return how many."""
    k: cython.Py_ssize_t
    n_parts: cython.Py_ssize_t = _add(parts, 0, weights, role, 0, SHARE, 0, EVEN)
    n_parts = _add(parts, n_parts, weights, role, 1, SHARE, 0, EXACT)
    n_parts = _add(parts, n_parts, weights, role, 2, SHARE, 255, EXACT)
    if i > 0 and role != 3:
        for k in range(257):
            rows[SEEN, ORIGIN + k] = (seen[c, k] << 14) // i
        n_parts = _add(parts, n_parts, weights, role, 3, SHARE, 0, SEEN)
    return n_parts


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _fill_gaps(
    rows: cython.longlong[:, ::1], lowest: cython.Py_ssize_t, n: cython.Py_ssize_t
) -> cython.void:
    """Fill the row ``GAPS``, with n entries to come."""
    v: cython.Py_ssize_t
    r: cython.longlong = 0x1000000
    for v in range(lowest + 1):
        rows[GAPS, ORIGIN + v] = 0
    for v in range(lowest, 256):
        r = r * (255 - v) // (255 - v + n)
        rows[GAPS, ORIGIN + v + 1] = (0x1000000 - r) >> 10


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _add_steps(
    parts: cython.longlong[:, ::1],
    n_parts: cython.Py_ssize_t,
    weights: cython.longlong[:, ::1],
    rows: cython.longlong[:, ::1],
    entries: cython.uchar[:, ::1],
    role: cython.Py_ssize_t,
    c: cython.Py_ssize_t,
    i: cython.Py_ssize_t,
    lowest: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Add the experts 4 and 5, which continue from the entry before; return the number of parts."""
    j: cython.Py_ssize_t
    m: cython.Py_ssize_t = i - 1 if i < STEPS + 1 else STEPS
    before: cython.Py_ssize_t = entries[i - 1, c] if i > 0 else 0
    centre: cython.Py_ssize_t
    for j in range(1, m + 1):
        centre = before + entries[i - j, c] - entries[i - j - 1, c]
        n_parts = _add(parts, n_parts, weights, role, 4, SHARE // m, centre, 1)
    if role == 0 or role == 4:
        _fill_gaps(rows, lowest, entries.shape[0] - i)
        n_parts = _add(parts, n_parts, weights, role, 5, SHARE, 0, GAPS)
    elif i > 0:
        n_parts = _add(parts, n_parts, weights, role, 5, SHARE, before, 10)
    return n_parts


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _rate_near(
    near: cython.longlong[:, ::1],
    entries: cython.uchar[:, ::1],
    order: cython.const[cython.int][::1],
    i: cython.Py_ssize_t,
    q: cython.Py_ssize_t,
) -> cython.longlong:
    """Write 1 + a^3 // 2^24 and t of the entries before, last first; return S."""
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t
    t: cython.Py_ssize_t
    own: cython.Py_ssize_t
    other: cython.Py_ssize_t
    far: cython.longlong
    a: cython.longlong
    total: cython.longlong = 0
    for j in range(i if i < NEAR else NEAR):
        far = 0
        for k in range(q):
            own = entries[i, order[k]]
            other = entries[i - 1 - j, order[k]]
            far += own - other if own > other else other - own
        a = 4096 * 24 // (24 + far)
        near[j, 0] = 1 + ((a * a * a) >> 24)
        total += near[j, 0]
        far = (10 + far) * (10 + far) // 32
        t = 0
        while far > 0:
            far >>= 1
            t += 1
        near[j, 1] = t if t < LARGEST_WIDTH else LARGEST_WIDTH
    return total


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _add_near(
    parts: cython.longlong[:, ::1],
    n_parts: cython.Py_ssize_t,
    weights: cython.longlong[:, ::1],
    near: cython.longlong[:, ::1],
    entries: cython.uchar[:, ::1],
    order: cython.const[cython.int][::1],
    role: cython.Py_ssize_t,
    i: cython.Py_ssize_t,
    q: cython.Py_ssize_t,
    one: cython.Py_ssize_t,
    two: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Add the experts 9 to 12, which look at near entries; return the number of parts."""
    c: cython.Py_ssize_t = order[q]
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t
    t: cython.Py_ssize_t
    wide: cython.Py_ssize_t
    y: cython.Py_ssize_t
    centre: cython.Py_ssize_t
    own: cython.Py_ssize_t
    other: cython.Py_ssize_t
    share: cython.longlong
    total: cython.longlong = _rate_near(near, entries, order, i, q)
    for j in range(i if i < NEAR else NEAR):
        share = SHARE * near[j, 0] // total
        t = near[j, 1]
        wide = t + 6 if t + 6 < LARGEST_WIDTH else LARGEST_WIDTH
        k = i - 1 - j
        y = centre = entries[k, c]
        n_parts = _add(parts, n_parts, weights, role, 9, share, y, EXACT)
        if role != 2:
            own = entries[i, one]
            other = entries[k, one]
            centre += own - other
            if role > 6:
                own += entries[i, two]
                other += entries[k, two]
            if other > 0:
                y = (2 * y * own + other) // (2 * other)
            n_parts = _add(parts, n_parts, weights, role, 11, share, y if y < 255 else 255, t)
        n_parts = _add(parts, n_parts, weights, role, 10, share, centre, t)
        n_parts = _add(parts, n_parts, weights, role, 12, share, centre, wide)
    return n_parts


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _code_value(
    parts: cython.longlong[:, ::1],
    n_parts: cython.Py_ssize_t,
    rows: cython.longlong[:, ::1],
    coder: cython.longlong[::1],
    stream: cython.uchar[::1],
    size: cython.Py_ssize_t,
    decoding: cython.int,
    lowest: cython.Py_ssize_t,
    value: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Write a value by its decisions, or read one; return it."""
    begin: cython.Py_ssize_t = 0
    middle: cython.Py_ssize_t
    end: cython.Py_ssize_t = 256
    at_begin: cython.longlong = _mass(parts, n_parts, rows, lowest)
    at_middle: cython.longlong
    at_end: cython.longlong = _mass(parts, n_parts, rows, 256)
    chance: cython.longlong
    while end - begin > 1:
        middle = (begin + end) >> 1
        if middle <= lowest:
            begin = middle
            continue
        at_middle = _mass(parts, n_parts, rows, middle)
        chance = ((at_end - at_middle) << 16) // (at_end - at_begin)
        chance = 1 if chance < 1 else 65535 if chance > 65535 else chance
        if _code_bit(coder, stream, size, decoding, chance, 1 if value >= middle else 0):
            begin = middle
            at_begin = at_middle
        else:
            end = middle
            at_end = at_middle
    return begin


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _learn(
    parts: cython.longlong[:, ::1],
    n_parts: cython.Py_ssize_t,
    rows: cython.longlong[:, ::1],
    priors: cython.const[cython.int][:, ::1],
    learnt: cython.longlong[:, ::1],
    weights: cython.longlong[:, ::1],
    votes: cython.longlong[::1],
    role: cython.Py_ssize_t,
    value: cython.Py_ssize_t,
) -> cython.void:
    """Change the weights of a role by the experts' parts in the mass of the value."""
    e: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t
    row: cython.Py_ssize_t
    total: cython.longlong = 0
    for e in range(EXPERTS):
        votes[e] = 0
    for j in range(n_parts):
        k = ORIGIN + value - parts[j, PART_CENTRE]
        row = parts[j, PART_ROW]
        votes[parts[j, PART_EXPERT]] += parts[j, PART_SHARE] * (rows[row, k + 1] - rows[row, k])
    for e in range(EXPERTS):
        votes[e] *= weights[role, e]
        total += votes[e]
    for e in range(EXPERTS):
        learnt[role, e] += (((votes[e] << 12) // total) >> 2) - (learnt[role, e] >> 2)
        weights[role, e] = learnt[role, e] + priors[role, e]


def code_entries(
    entries: cython.uchar[:, ::1],  # IN or OUT (K, C)
    stream: cython.uchar[::1],  # IN, or OUT (16 K C + 8,)
    size: cython.Py_ssize_t,  # bytes in the stream, for decoding
    decoding: cython.int,
    order: cython.const[cython.int][::1],  # IN (C,): the channels as they are coded
    ascending: cython.int,  # each entry is greater than the one before, in that order
    alpha: cython.int,  # the channel that is alpha, or -1
    priors: cython.const[cython.int][:, ::1],  # IN (9, 13): each expert's weight in each role
    rows: cython.longlong[:, ::1],  # IN (20, 1024): the last two are scratch
    parts: cython.longlong[:, ::1],  # scratch (160, 5)
    seen: cython.longlong[:, ::1],  # scratch (4, 257): entries so far below each value
    learnt: cython.longlong[:, ::1],  # scratch (9, 13)
    weights: cython.longlong[:, ::1],  # scratch (9, 13)
    near: cython.longlong[:, ::1],  # scratch (32, 2): closeness and row of an earlier entry
    votes: cython.longlong[::1],  # scratch (13,)
    coder: cython.longlong[::1],  # scratch (4,)
):
    """Write the entries, or read them; return the bytes of the stream.

    In decoding, ``IMPOSSIBLE`` (-1) stands for entries that no encoder can have meant, and
    ``NOT_CANONICAL`` (-2) for a stream that is not what an encoder writes for these entries.
    """
    channels: cython.Py_ssize_t = entries.shape[1]
    i: cython.Py_ssize_t
    q: cython.Py_ssize_t
    c: cython.Py_ssize_t
    e: cython.Py_ssize_t
    k: cython.Py_ssize_t
    one: cython.Py_ssize_t  # the colour channel coded last
    two: cython.Py_ssize_t  # and the one before it
    n_parts: cython.Py_ssize_t
    role: cython.Py_ssize_t
    lowest: cython.Py_ssize_t  # that the value can be
    before: cython.Py_ssize_t
    value: cython.Py_ssize_t
    colored: cython.Py_ssize_t  # colour channels coded
    result: cython.Py_ssize_t = 0
    same: cython.int
    hidden: cython.int
    with cython.nogil:
        for role in range(ROLES):
            for e in range(EXPERTS):
                learnt[role, e] = 16 * priors[role, e]
                weights[role, e] = 17 * priors[role, e]
        for c in range(channels):
            for k in range(257):
                seen[c, k] = 0
        _start(coder, stream, size, decoding)
        for i in range(entries.shape[0]):
            same = 1
            hidden = 0
            colored = 0
            one = two = 0
            for q in range(channels):
                c = order[q]
                before = entries[i - 1, c] if i > 0 else 0
                lowest = 0
                if ascending and same and i > 0:
                    lowest = before + (1 if q == channels - 1 else 0)
                    if lowest > 255:
                        result = IMPOSSIBLE
                        break
                if c == alpha:
                    role = 2 if q > 0 else 0 if ascending else 1
                elif hidden:
                    role = 3
                elif colored == 0:
                    role = 4 if ascending else 5
                elif colored == 1:
                    role = 6
                else:
                    role = 7 if entries[i, one] == entries[i, two] else 8
                n_parts = _add_constant(parts, weights, rows, seen, role, c, i)
                if role < 2 or role == 4 or role == 5:
                    n_parts = _add_steps(parts, n_parts, weights, rows, entries, role, c, i, lowest)
                elif role != 2 and colored > 0:
                    value = entries[i, one]
                    n_parts = _add(parts, n_parts, weights, role, 6, SHARE, value, EXACT)
                    n_parts = _add(parts, n_parts, weights, role, 7, SHARE, value, 14)
                    if colored > 1:
                        value = 2 * value - entries[i, two]
                        n_parts = _add(parts, n_parts, weights, role, 8, SHARE, value, 8)
                if role == 2 or role > 5:
                    n_parts = _add_near(
                        parts, n_parts, weights, near, entries, order, role, i, q, one, two
                    )
                value = _code_value(
                    parts, n_parts, rows, coder, stream, size, decoding, lowest, entries[i, c]
                )
                if decoding:
                    entries[i, c] = value
                _learn(parts, n_parts, rows, priors, learnt, weights, votes, role, value)
                for k in range(value + 1, 257):
                    seen[c, k] += 1
                if i == 0 or value != before:
                    same = 0
                if c == alpha:
                    hidden = 1 if value == 0 else 0
                else:
                    two = one
                    one = c
                    colored += 1
            if result < 0:
                break
        if result == 0:
            result = _finish(coder, stream, size, decoding)
    return result
