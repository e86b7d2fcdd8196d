/* The bumps of which the experts of modelled palettes make chances (spec 5.4). */
#ifndef KMQ_PALETTE_BUMPS_H
#define KMQ_PALETTE_BUMPS_H

#include <stddef.h>
#include <stdint.h>

#define KMQ_BUMP_ORIGIN 512 /* of the offsets in a row, which go from -512 to 511 */
#define KMQ_LARGEST_WIDTH 15
#define KMQ_WHOLE_SHARE 1024

/* Rows 0 to 15 are WIDTH t. */
enum { KMQ_EXACT = 16, KMQ_EVEN, KMQ_SEEN, KMQ_GAPS, KMQ_BUMP_ROWS };

/* At KMQ_BUMP_ORIGIN + d stands the mass, of 16384, that a bump has at offsets below d. */
typedef int32_t kmq_bump_row[1024];

/* Fill all rows but SEEN and GAPS. */
void kmq_fill_bumps(kmq_bump_row *rows);

/* Fill GAPS, with `n` entries to come. */
void kmq_fill_gaps(kmq_bump_row row, int lowest, uint32_t n);

/* Fill SEEN, after `n` entries of which seen[v] have a value less than v. */
void kmq_fill_seen(kmq_bump_row row, const uint16_t seen[257], uint32_t n);

#endif
