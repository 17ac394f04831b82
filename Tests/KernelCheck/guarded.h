// Memory for the operands of one call. A protected page follows it, and NaN precedes it: reading beyond the end ends
// the program, reading before the start shows in the result, and writing there is found by `guards_hold`.
#include <sys/mman.h>
#include <unistd.h>

#define SLOTS 40
#define SLOT_BYTES ((size_t)16 << 20)
#define FRONT_BYTES 512

static struct {
  unsigned char *end, *start;
} slots[SLOTS];
static int slots_taken;

/// All bits set: NaN in Float and Double.
static void *guarded(size_t bytes) {
  if (slots_taken == SLOTS || bytes + FRONT_BYTES > SLOT_BYTES) abort();
  int slot = slots_taken++;
  if (!slots[slot].end) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *memory = mmap(NULL, SLOT_BYTES + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + SLOT_BYTES, page, PROT_NONE) != 0) abort();
    slots[slot].end = memory + SLOT_BYTES;
  }
  slots[slot].start = slots[slot].end - bytes;
  memset(slots[slot].start - FRONT_BYTES, 0xFF, bytes + FRONT_BYTES);
  return slots[slot].start;
}

/// Whether nothing was written before any operand; all of them except the first `kept` are then free again.
static bool guards_hold(int kept) {
  bool hold = true;
  for (int slot = 0; slot < slots_taken; slot += 1)
    for (int n = 1; n <= FRONT_BYTES; n += 1) hold = hold && slots[slot].start[-n] == 0xFF;
  slots_taken = kept;
  return hold;
}
