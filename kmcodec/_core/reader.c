#include "reader.h"

#define LARGEST_VARINT 9u /* bytes, spec 2.3 */

kmq_status kmq_read_varint(kmq_reader *reader, uint64_t *value) {
    *value = 0;
    for (unsigned count = 0; count < LARGEST_VARINT; count++) {
        if (reader->position == reader->size) return KMQ_TRUNCATED;
        uint8_t byte = reader->data[reader->position++];
        *value |= (uint64_t)(byte & 0x7f) << 7 * count;
        if (byte < 0x80) return byte == 0 && count > 0 ? KMQ_FORMAT : KMQ_OK;
    }
    return KMQ_FORMAT;
}
