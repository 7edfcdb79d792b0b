#include "ffi-shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define HIDDEN __attribute__((visibility("hidden")))

_Static_assert(offsetof(struct sockpool_frame, expired) == 28, "offset");
_Static_assert(offsetof(struct sockpool_frame, integers) == 32, "offset");
_Static_assert(offsetof(struct sockpool_frame, floats) == 96, "offset");
_Static_assert(offsetof(struct sockpool_frame, indirect) == 160, "offset");
_Static_assert(offsetof(struct sockpool_frame, integer_results) == 168, "offset");
_Static_assert(offsetof(struct sockpool_frame, float_results) == 184, "offset");
_Static_assert(offsetof(struct sockpool_frame, slots) == 216, "offset");
_Static_assert(offsetof(struct sockpool_frame, text) == 280, "offset");
_Static_assert(offsetof(struct sockpool_frame, stack) == 288, "offset");

#ifdef __APPLE__
#define SYMBOL(name) "_" name
#else
#define SYMBOL(name) name
#endif

/* What the trampolines jump to. */
HIDDEN extern void *sockpool_targets[SOCKPOOL_TRAMPOLINES];
HIDDEN void *sockpool_targets[SOCKPOOL_TRAMPOLINES];

/* Code of 8 bytes each, which changes no register but those that a call may change. */
HIDDEN extern char sockpool_trampolines[];

/* Stands in for a function that is gone: counts, and returns 0 in every kind of register. */
HIDDEN extern char sockpool_gone[];
HIDDEN void sockpool_count_expired(void);

/* Copies the frame's words to the stack, loads the registers, calls, stores the results. */
HIDDEN void sockpool_enter(struct sockpool_frame *frame);

#if defined(__x86_64__)
__asm__(".text\n"
        ".p2align 4\n"
#ifndef __APPLE__
        ".hidden sockpool_enter\n"
        ".type sockpool_enter, @function\n"
#endif
        ".globl " SYMBOL("sockpool_enter") "\n"
        SYMBOL("sockpool_enter") ":\n"
        "  .cfi_startproc\n"
        "  pushq %rbp\n"
        "  .cfi_def_cfa_offset 16\n"
        "  .cfi_offset %rbp, -16\n"
        "  movq %rsp, %rbp\n"
        "  .cfi_def_cfa_register %rbp\n"
        "  pushq %rbx\n"
        "  .cfi_offset %rbx, -24\n"
        "  subq $8, %rsp\n"
        "  movq %rdi, %rbx\n"
        "  movq 8(%rbx), %rcx\n"
        "  leaq (,%rcx,8), %rax\n"
        "  subq %rax, %rsp\n"
        "  leaq 288(%rbx), %rsi\n"
        "  movq %rsp, %rdi\n"
        "  cld\n"
        "  rep movsq\n"
        "  movsd 96(%rbx), %xmm0\n"
        "  movsd 104(%rbx), %xmm1\n"
        "  movsd 112(%rbx), %xmm2\n"
        "  movsd 120(%rbx), %xmm3\n"
        "  movsd 128(%rbx), %xmm4\n"
        "  movsd 136(%rbx), %xmm5\n"
        "  movsd 144(%rbx), %xmm6\n"
        "  movsd 152(%rbx), %xmm7\n"
        "  movq 32(%rbx), %rdi\n"
        "  movq 40(%rbx), %rsi\n"
        "  movq 48(%rbx), %rdx\n"
        "  movq 56(%rbx), %rcx\n"
        "  movq 64(%rbx), %r8\n"
        "  movq 72(%rbx), %r9\n"
        "  movl $8, %eax\n" /* For variadic functions: vector registers may be in use. */
        "  movq (%rbx), %r11\n"
        "  call *%r11\n"
        "  movq %rax, 168(%rbx)\n"
        "  movq %rdx, 176(%rbx)\n"
        "  movsd %xmm0, 184(%rbx)\n"
        "  movsd %xmm1, 192(%rbx)\n"
        "  movq -8(%rbp), %rbx\n"
        "  leave\n"
        "  .cfi_def_cfa %rsp, 8\n"
        "  ret\n"
        "  .cfi_endproc\n"
#ifndef __APPLE__
        ".size sockpool_enter, .-sockpool_enter\n"
        ".hidden sockpool_trampolines\n"
        ".hidden sockpool_gone\n"
#endif
        ".globl " SYMBOL("sockpool_trampolines") "\n"
        ".p2align 4\n"
        SYMBOL("sockpool_trampolines") ":\n"
        ".set sockpool_slot, 0\n"
        ".rept 2048\n"
        "  jmpq *(" SYMBOL("sockpool_targets") " + 8 * sockpool_slot)(%rip)\n"
        "  .p2align 3\n"
        "  .set sockpool_slot, sockpool_slot + 1\n"
        ".endr\n"
        ".globl " SYMBOL("sockpool_gone") "\n"
        SYMBOL("sockpool_gone") ":\n"
        "  subq $8, %rsp\n"
        "  call " SYMBOL("sockpool_count_expired") "\n"
        "  addq $8, %rsp\n"
        "  xorl %eax, %eax\n"
        "  xorps %xmm0, %xmm0\n"
        "  ret\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        ".p2align 4\n"
#ifndef __APPLE__
        ".hidden sockpool_enter\n"
        ".type sockpool_enter, %function\n"
#endif
        ".globl " SYMBOL("sockpool_enter") "\n"
        SYMBOL("sockpool_enter") ":\n"
        "  .cfi_startproc\n"
        "  stp x29, x30, [sp, #-32]!\n"
        "  .cfi_def_cfa_offset 32\n"
        "  .cfi_offset x29, -32\n"
        "  .cfi_offset x30, -24\n"
        "  mov x29, sp\n"
        "  .cfi_def_cfa_register x29\n"
        "  str x19, [x29, #16]\n"
        "  .cfi_offset x19, -16\n"
        "  mov x19, x0\n"
        "  ldr x9, [x19, #8]\n"
        "  sub sp, sp, x9, lsl #3\n"
        "  add x10, x19, #288\n"
        "  mov x11, sp\n"
        "  cbz x9, 2f\n"
        "1: ldr x12, [x10], #8\n"
        "  str x12, [x11], #8\n"
        "  subs x9, x9, #1\n"
        "  b.ne 1b\n"
        "2: ldp d0, d1, [x19, #96]\n"
        "  ldp d2, d3, [x19, #112]\n"
        "  ldp d4, d5, [x19, #128]\n"
        "  ldp d6, d7, [x19, #144]\n"
        "  ldp x0, x1, [x19, #32]\n"
        "  ldp x2, x3, [x19, #48]\n"
        "  ldp x4, x5, [x19, #64]\n"
        "  ldp x6, x7, [x19, #80]\n"
        "  ldr x8, [x19, #160]\n"
        "  ldr x16, [x19]\n"
        "  blr x16\n"
        "  stp x0, x1, [x19, #168]\n"
        "  stp d0, d1, [x19, #184]\n"
        "  stp d2, d3, [x19, #200]\n"
        "  ldr x19, [x29, #16]\n"
        "  mov sp, x29\n"
        "  .cfi_def_cfa_register sp\n"
        "  ldp x29, x30, [sp], #32\n"
        "  .cfi_def_cfa_offset 0\n"
        "  ret\n"
        "  .cfi_endproc\n"
#ifndef __APPLE__
        ".size sockpool_enter, .-sockpool_enter\n"
        ".hidden sockpool_trampolines\n"
        ".hidden sockpool_gone\n"
#endif
        ".globl " SYMBOL("sockpool_trampolines") "\n"
        ".p2align 4\n"
        SYMBOL("sockpool_trampolines") ":\n"
        ".set sockpool_slot, 0\n"
        ".rept 2048\n"
        "  movz x16, #sockpool_slot\n"
        "  b 3f\n"
        "  .set sockpool_slot, sockpool_slot + 1\n"
        ".endr\n"
#ifdef __APPLE__
        "3: adrp x17, _sockpool_targets@PAGE\n"
        "  add x17, x17, _sockpool_targets@PAGEOFF\n"
#else
        "3: adrp x17, sockpool_targets\n"
        "  add x17, x17, :lo12:sockpool_targets\n"
#endif
        "  ldr x17, [x17, x16, lsl #3]\n"
        "  br x17\n"
        ".globl " SYMBOL("sockpool_gone") "\n"
        SYMBOL("sockpool_gone") ":\n"
        "  stp x29, x30, [sp, #-16]!\n"
        "  mov x29, sp\n"
        "  bl " SYMBOL("sockpool_count_expired") "\n"
        "  mov x0, #0\n"
        "  movi d0, #0\n"
        "  ldp x29, x30, [sp], #16\n"
        "  ret\n");
#else
#error "sockpool_enter is written for x86-64 and arm64"
#endif

static uint32_t expired_calls;

HIDDEN void sockpool_count_expired(void) {
  __atomic_fetch_add(&expired_calls, 1, __ATOMIC_RELAXED);
}

EXPORT void *sockpool_aim(double index, void *function) {
  if (!(index >= 0 && index < SOCKPOOL_TRAMPOLINES)) return NULL;
  size_t slot = (size_t)index;
  void *target = function == NULL ? (void *)sockpool_gone : function;
  __atomic_store_n(&sockpool_targets[slot], target, __ATOMIC_SEQ_CST);
  return sockpool_trampolines + 8 * slot;
}

static void copy_text(struct sockpool_frame *f) {
  const char *text = (const char *)(uintptr_t)f->integer_results[0];
  uint64_t length = SOCKPOOL_NO_TEXT;
  char *target = (char *)f + f->text;
  if (text != NULL) {
    length = strlen(text);
    memcpy(target + 8, text, length < f->text_capacity ? length : f->text_capacity);
  }
  memcpy(target, &length, 8);
}

EXPORT void sockpool_call(double frame, void *p0, void *p1, void *p2, void *p3, void *p4, void *p5,
                          void *p6, void *p7, void *p8, void *p9, void *p10, void *p11, void *p12,
                          void *p13, void *p14, void *p15) {
  struct sockpool_frame *f = (struct sockpool_frame *)(uintptr_t)frame;
  if (f->pointers > 0) {
    void *const given[SOCKPOOL_MOST_POINTERS] = {p0, p1, p2,  p3,  p4,  p5,  p6,  p7,
                                                 p8, p9, p10, p11, p12, p13, p14, p15};
    for (uint64_t i = 0; i < f->pointers && i < SOCKPOOL_MOST_POINTERS; i++) {
      memcpy((char *)f + f->slots[i], &given[i], sizeof given[i]);
    }
  }
  errno = 0;
  sockpool_enter(f);
  f->error = errno;
  f->expired = __atomic_load_n(&expired_calls, __ATOMIC_RELAXED);
  if (f->text != 0) copy_text(f);
}

EXPORT void *sockpool_address(void *buffer) { return buffer; }

EXPORT void *sockpool_open(const char *path, int flags, char *error, uint64_t capacity) {
  (void)dlerror();
  void *handle = dlopen(path, flags);
  if (capacity > 0) error[0] = 0;
  if (handle == NULL && capacity > 0) {
    const char *message = dlerror();
    if (message == NULL) message = "unknown reason";
    size_t length = strlen(message);
    if (length >= capacity) length = (size_t)capacity - 1;
    memcpy(error, message, length);
    error[length] = 0;
  }
  return handle;
}

EXPORT void *sockpool_symbol(void *handle, const char *name) {
  (void)dlerror();
  void *address = dlsym(handle, name);
  return dlerror() == NULL ? address : NULL;
}

EXPORT uint64_t sockpool_text(const char *text, char *buffer, uint64_t capacity) {
  uint64_t length = strlen(text);
  memcpy(buffer, text, length < capacity ? length : capacity);
  return length;
}

static uint64_t address_of(void (*function)(void)) { return (uint64_t)(uintptr_t)function; }

EXPORT void sockpool_describe(uint64_t *table) {
  table[0] = address_of((void (*)(void))sockpool_open);
  table[1] = address_of((void (*)(void))sockpool_symbol);
  table[2] = address_of((void (*)(void))sockpool_text);
  table[3] = address_of((void (*)(void))memcpy);
  table[4] = SOCKPOOL_SHIM_VERSION;
}
