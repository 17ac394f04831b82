// Plain vector code of 16 bytes for every processor: no instruction beyond the platform's baseline.
#include "tables.h"

#define ISA portable
#define VECTOR_BYTES 16
#define TILE_ROWS 3
#define TALL_ROWS 6
#define TALL_VECTORS 2
#include "lanes.h"
#include "tail_copy.h"
#include "kernels.h"

#define CODE_ROWS 2
#include "dot4.h"
#include "kernels_int8.h"
