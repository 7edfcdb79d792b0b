/*
 * What typed-ffi needs between a backend and C: one function that calls any other with
 * given registers and stack, and a dynamic loader that takes flags and says what failed.
 *
 * A backend binds the few functions below once. How values are spread over registers is
 * decided in TypeScript (packages/typed-ffi/src/shim), so that this file knows no types.
 * Nothing here allocates or calls back, and the trampolines are all its state; every function
 * may run in several threads at once. It needs the C library of the process and nothing else.
 */
#ifndef SOCKPOOL_FFI_SHIM_H
#define SOCKPOOL_FFI_SHIM_H

#include <stdint.h>

#define SOCKPOOL_SHIM_VERSION 3
#define SOCKPOOL_MOST_POINTERS 16
#define SOCKPOOL_TRAMPOLINES 2048

/* The registers and the stack of one call. Offsets are part of the contract. */
struct sockpool_frame {
  uint64_t function;          /*   0: what is called */
  uint64_t stack_words;       /*   8: how many words of `stack` are passed; even */
  uint64_t pointers;          /*  16: how many of the call's pointers are stored */
  int32_t error;              /*  24: errno as the function left it; it finds 0 */
  uint32_t expired;           /*  28: how often trampolines without a function were called */
  uint64_t integers[8];       /*  32: rdi rsi rdx rcx r8 r9 - -, or x0 to x7 */
  uint64_t floats[8];         /*  96: xmm0 to xmm7, or d0 to d7 */
  uint64_t indirect;          /* 160: x8, where a large result goes on arm64 */
  uint64_t integer_results[2]; /* 168: rax rdx, or x0 x1 */
  uint64_t float_results[4];  /* 184: xmm0 xmm1 - -, or d0 to d3 */
  uint32_t slots[SOCKPOOL_MOST_POINTERS]; /* 216: where in the frame each pointer goes */
  uint32_t text;              /* 280: where in the frame a text goes that is returned, or 0 */
  uint32_t text_capacity;     /* 284 */
  uint64_t stack[];           /* 288 */
};

/* Stands in the place of a text's length when the function has returned NULL. */
#define SOCKPOOL_NO_TEXT UINT64_MAX

/*
 * Stores pointers[i] at frame + slots[i], calls the function and stores its results. The
 * frame is given by its address as a double, which holds every address of user space. With
 * `text`, the length of the text that is returned is stored there, and behind it as many of
 * its bytes as `text_capacity` says.
 */
void sockpool_call(double frame, void *p0, void *p1, void *p2, void *p3, void *p4, void *p5,
                   void *p6, void *p7, void *p8, void *p9, void *p10, void *p11, void *p12,
                   void *p13, void *p14, void *p15);

/* Returns its argument: the address of a buffer. */
void *sockpool_address(void *buffer);

/*
 * Returns the length of a text, and copies as much of it as fits into a buffer, without
 * its NUL.
 */
uint64_t sockpool_text(const char *text, char *buffer, uint64_t capacity);

/* Stores the addresses of sockpool_open, _symbol, _text and memcpy, and the version. */
void sockpool_describe(uint64_t *table);

/*
 * Opens a library, or the program for NULL, and returns its handle. On failure it returns
 * NULL, and the message is in `error`, cut to `capacity` bytes with its NUL.
 */
void *sockpool_open(const char *path, int flags, char *error, uint64_t capacity);

/*
 * Makes one of SOCKPOOL_TRAMPOLINES trampolines jump to a function, and returns its address.
 * For NULL, whoever calls it gets 0 and is counted: it stays a function that C may call when
 * the function behind it is gone. The index is a double. Returns NULL beyond the last one.
 */
void *sockpool_aim(double index, void *function);

/* Returns the address of a symbol, or NULL when there is none. */
void *sockpool_symbol(void *handle, const char *name);

#endif
