// Every kernel twice, for Float and for Double, and the two tables. Each file of an instruction set includes this
// inside its target attribute, after lanes.h.
#define REAL float
#include "constants_float.h"
#include "kernels_body.h"

#define REAL double
#include "constants_double.h"
#include "kernels_body.h"
