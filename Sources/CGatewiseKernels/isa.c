#include "gatewise_kernels.h"
