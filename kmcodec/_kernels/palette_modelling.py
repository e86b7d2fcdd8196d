# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Palettes by a mixture of experts and a range coder (spec 5.4): one function for both ways.

A part is one bump of one expert: its weight, where it stands, its row of sums. A row holds at
512 + d the mass of a bump, of 16384, that lies at offsets below d.
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
        total += parts[i, 0] * rows[parts[i, 2], 512 + end - parts[i, 1]]
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
    parts[n_parts, 0] = weights[role, expert] * share
    parts[n_parts, 1] = centre
    parts[n_parts, 2] = row
    parts[n_parts, 3] = expert
    parts[n_parts, 4] = share
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
    coder: cython.longlong[::1],  # low, range, code, position
    stream: cython.uchar[::1],
    size: cython.Py_ssize_t,
    decoding: cython.int,
    chance: cython.longlong,  # of a 1, in 1/65536
    bit: cython.int,
) -> cython.int:
    """Write a bit, or read one."""
    bound: cython.longlong = (coder[1] * chance) >> 16
    if decoding:
        bit = 1 if coder[2] < bound else 0
    if bit:
        coder[1] = bound
    else:
        coder[1] -= bound
        if decoding:
            coder[2] -= bound
        else:
            coder[0] += bound
            if coder[0] >> 32:
                coder[0] -= (coder[0] >> 32) << 32
                _carry(stream, coder[3])
    while coder[1] < 0x1000000:
        coder[1] <<= 8
        if decoding:
            coder[2] <<= 8
            if coder[3] < size:
                coder[2] |= stream[coder[3]]
        else:
            stream[coder[3]] = coder[0] >> 24
            coder[0] = (coder[0] & 0xFFFFFF) << 8
        coder[3] += 1
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

    In decoding, -1 stands for entries that no encoder can have meant, and -2 for a stream that is
    not what an encoder writes for these entries.
    """
    n_colors: cython.Py_ssize_t = entries.shape[0]
    channels: cython.Py_ssize_t = entries.shape[1]
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t
    q: cython.Py_ssize_t
    c: cython.Py_ssize_t
    one: cython.Py_ssize_t  # the colour channel coded last
    two: cython.Py_ssize_t  # and the one before it
    e: cython.Py_ssize_t
    n_parts: cython.Py_ssize_t
    role: cython.Py_ssize_t
    used: cython.Py_ssize_t
    lowest: cython.Py_ssize_t  # that the value can be
    before: cython.Py_ssize_t
    begin: cython.Py_ssize_t
    middle: cython.Py_ssize_t
    end: cython.Py_ssize_t
    row: cython.Py_ssize_t
    wide: cython.Py_ssize_t
    centre: cython.Py_ssize_t
    colored: cython.Py_ssize_t
    own: cython.Py_ssize_t
    other: cython.Py_ssize_t
    far: cython.longlong
    share: cython.longlong
    left: cython.longlong
    sum_near: cython.longlong
    at_begin: cython.longlong
    at_middle: cython.longlong
    at_end: cython.longlong
    chance: cython.longlong
    vote: cython.longlong
    word: cython.longlong
    result: cython.Py_ssize_t
    failed: cython.int = 0
    same: cython.int
    hidden: cython.int
    bit: cython.int
    with cython.nogil:
        for role in range(9):
            for e in range(13):
                learnt[role, e] = 16 * priors[role, e]
                weights[role, e] = 17 * priors[role, e]
        for c in range(channels):
            for k in range(257):
                seen[c, k] = 0
        coder[0] = 0
        coder[1] = 1
        coder[1] = (coder[1] << 32) - 1
        coder[2] = 0
        coder[3] = 0
        if decoding:
            for k in range(4):
                coder[2] <<= 8
                if k < size:
                    coder[2] |= stream[k]
            coder[3] = 4
        for i in range(n_colors):
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
                        failed = 1
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
                n_parts = _add(parts, 0, weights, role, 0, 1024, 0, 17)
                n_parts = _add(parts, n_parts, weights, role, 1, 1024, 0, 16)
                n_parts = _add(parts, n_parts, weights, role, 2, 1024, 255, 16)
                if i > 0 and role != 3:
                    for k in range(257):
                        rows[19, 512 + k] = (seen[c, k] << 14) // i
                    n_parts = _add(parts, n_parts, weights, role, 3, 1024, 0, 19)
                if role < 6 and role != 2 and role != 3:
                    used = i - 1 if i < 9 else 8
                    for j in range(1, used + 1):
                        centre = before + entries[i - j, c] - entries[i - j - 1, c]
                        n_parts = _add(parts, n_parts, weights, role, 4, 1024 // used, centre, 1)
                    if ascending:
                        share = 0x1000000
                        left = 256 - lowest
                        for k in range(lowest + 1):
                            rows[18, 512 + k] = 0
                        for k in range(lowest + 1, 257):
                            left -= 1
                            share = share * left // (left + n_colors - i)
                            rows[18, 512 + k] = (0x1000000 - share) >> 10
                        n_parts = _add(parts, n_parts, weights, role, 5, 1024, 0, 18)
                    elif i > 0:
                        n_parts = _add(parts, n_parts, weights, role, 5, 1024, before, 10)
                elif c != alpha and colored > 0:
                    centre = entries[i, one]
                    n_parts = _add(parts, n_parts, weights, role, 6, 1024, centre, 16)
                    n_parts = _add(parts, n_parts, weights, role, 7, 1024, centre, 14)
                    if colored > 1:
                        centre = 2 * centre - entries[i, two]
                        n_parts = _add(parts, n_parts, weights, role, 8, 1024, centre, 8)
                if role == 2 or role > 5:
                    used = i if i < 32 else 32
                    sum_near = 0
                    for j in range(used):
                        far = 0
                        for k in range(q):
                            own = entries[i, order[k]]
                            other = entries[i - 1 - j, order[k]]
                            far += own - other if own > other else other - own
                        share = 4096 * 24 // (24 + far)
                        near[j, 0] = 1 + ((share * share * share) >> 24)
                        sum_near += near[j, 0]
                        far = (10 + far) * (10 + far) // 32
                        row = 0
                        while far > 0:
                            far >>= 1
                            row += 1
                        near[j, 1] = row if row < 15 else 15
                    for j in range(used):
                        share = 1024 * near[j, 0] // sum_near
                        row = near[j, 1]
                        wide = row + 6 if row < 9 else 15
                        k = i - 1 - j
                        centre = entries[k, c]
                        n_parts = _add(parts, n_parts, weights, role, 9, share, centre, 16)
                        if c != alpha:
                            own = entries[i, one]
                            other = entries[k, one]
                            centre += own - other
                            if colored > 1:
                                own += entries[i, two]
                                other += entries[k, two]
                            if other > 0:
                                own = (2 * entries[k, c] * own + other) // (2 * other)
                                own = own if own < 255 else 255
                            else:
                                own = entries[k, c]
                            n_parts = _add(parts, n_parts, weights, role, 11, share, own, row)
                        n_parts = _add(parts, n_parts, weights, role, 10, share, centre, row)
                        n_parts = _add(parts, n_parts, weights, role, 12, share, centre, wide)
                begin = 0
                end = 256
                at_begin = _mass(parts, n_parts, rows, lowest)
                at_end = _mass(parts, n_parts, rows, 256)
                while end - begin > 1:
                    middle = (begin + end) >> 1
                    if middle <= lowest:
                        begin = middle
                        continue
                    at_middle = _mass(parts, n_parts, rows, middle)
                    chance = ((at_end - at_middle) << 16) // (at_end - at_begin)
                    if chance < 1:
                        chance = 1
                    if chance > 65535:
                        chance = 65535
                    bit = 0
                    if not decoding:
                        bit = 1 if entries[i, c] >= middle else 0
                    if _code_bit(coder, stream, size, decoding, chance, bit):
                        begin = middle
                        at_begin = at_middle
                    else:
                        end = middle
                        at_end = at_middle
                if decoding:
                    entries[i, c] = begin
                for e in range(13):
                    votes[e] = 0
                for j in range(n_parts):
                    k = 512 + begin - parts[j, 1]
                    row = parts[j, 2]
                    votes[parts[j, 3]] += parts[j, 4] * (rows[row, k + 1] - rows[row, k])
                at_begin = 0
                for e in range(13):
                    votes[e] *= weights[role, e]
                    at_begin += votes[e]
                for e in range(13):
                    vote = (votes[e] << 12) // at_begin
                    learnt[role, e] += (vote >> 2) - (learnt[role, e] >> 2)
                    weights[role, e] = learnt[role, e] + priors[role, e]
                for k in range(begin + 1, 257):
                    seen[c, k] += 1
                if i == 0 or begin != before:
                    same = 0
                if c == alpha:
                    hidden = 1 if begin == 0 else 0
                else:
                    two = one
                    one = c
                    colored += 1
            if failed:
                break
        word = 0
        if failed:
            result = -1
        elif decoding:
            result = size
            for k in range(coder[3] - 4, coder[3]):
                word <<= 8
                if k < size:
                    word |= stream[k]
            if size > coder[3] or _last_word(word - coder[2], coder[1]) != word:
                result = -2
        else:
            word = _last_word(coder[0], coder[1])
            if word >> 32:
                _carry(stream, coder[3])
            result = coder[3] + 4
            for k in range(4):
                stream[coder[3] + k] = (word >> (24 - 8 * k)) & 255
            while result > 0 and stream[result - 1] == 0:
                result -= 1
    return result
