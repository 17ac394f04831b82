// What the thread team needs from the processor and the system and Swift has no name for.
#ifndef GATEWISE_THREADS_H
#define GATEWISE_THREADS_H

/// Tells the processor that this is a spin loop.
static inline void gatewise_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// The processors that this process may run on; at least 1.
int gatewise_processors(void);

#endif
