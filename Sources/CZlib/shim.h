// zlib: the compressed arrays of NumPy's .npz files, and the checksums of all.
#include <zlib.h>
