/* The checksum of sections (spec 4.2). */
#ifndef KMQ_CRC32_H
#define KMQ_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Return the CRC-32 of some bytes and more; `before` is that of the earlier ones, 0 of none. */
uint32_t kmq_crc32(uint32_t before, const uint8_t *data, size_t size);

#endif
