/**
 * ctest.h - the lecture notebook's C library, and forms of it that a caller
 * in another language can use without knowing the size of anything by heart.
 *
 * Conventions that hold for every function here:
 * - Ownership: all memory belongs to the caller. Nothing is allocated, kept
 *   or freed, so nothing returned has to be freed.
 * - Thread safety: there is no global state. Calls on different memory may run
 *   at the same time; calls on the same memory may not, if one of them writes.
 * - Text is bytes. Only the letters a-z are changed to upper case, whatever
 *   the locale, so UTF-8 passes through unharmed.
 *
 * The first part has the notebook's signatures, which trust their caller. The
 * second part takes the size of every buffer, checks it, and reports a result
 * code. The third part passes structs by pointer. The last calls back.
 */
#ifndef SOCKPOOL_CTEST_H
#define SOCKPOOL_CTEST_H

#include <stddef.h>

#if defined(__GNUC__) || defined(__clang__)
#define CTEST_API __attribute__((visibility("default")))
#else
#define CTEST_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes in one row that tokenize() fills, the terminating NUL included. */
enum { CTEST_TOKEN_BYTES = 20 };

/** Doubles in one row of mult()'s matrices, whatever part of it is in use. */
enum { CTEST_MATRIX_STRIDE = 100 };

/** What a bounded function reports. Zero is success. */
enum ctest_result {
  CTEST_OK = 0,
  /** A pointer is NULL, or a size or count is negative or inconsistent. */
  CTEST_ERR_ARGUMENT = 1,
  /** An array is shorter than the call needs. */
  CTEST_ERR_BOUNDS = 2,
  /** A text has no NUL within its capacity. */
  CTEST_ERR_UNTERMINATED = 3,
  /** A token does not fit in a row. */
  CTEST_ERR_TOKEN_TOO_LONG = 4,
  /** There are more tokens than rows. */
  CTEST_ERR_TOO_MANY_TOKENS = 5
};

/** A complex number: x + yi. */
struct Complex {
  double x;
  double y;
};

/* ---- The notebook's signatures ------------------------------------------ */

/** Returns a + b. */
CTEST_API struct Complex add(struct Complex a, struct Complex b);

/** Exchanges *a and *b. Neither may be NULL; they may be the same. */
CTEST_API void swap(struct Complex *a, struct Complex *b);

/** Returns f[0] + ... + f[n - 1], added in that order; 0 when n <= 0. */
CTEST_API double sum(const double f[], int n);

/**
 * Changes the first letter of each word of str to upper case, in place. Words
 * are separated by white space; other letters stay as they are.
 * str ends in NUL and is writable.
 */
CTEST_API void titlecase(char *str);

/**
 * Splits str at sep and copies the tokens into the rows of t. Returns how many
 * there are. Separators in a row count as one, and leading and trailing ones
 * as none, so no token is empty. A token is cut at 19 bytes. str is not
 * changed.
 * The caller makes t large enough: one row for each token.
 */
CTEST_API int tokenize(char sep, const char *str, char t[][CTEST_TOKEN_BYTES]);

/**
 * c = a * b, where a has n rows of r doubles, b has r rows of m and c has n
 * rows of m. Rows are CTEST_MATRIX_STRIDE doubles apart, so r and m are at
 * most that. c may not overlap a or b. Counts below 1 do nothing.
 */
CTEST_API void mult(const double a[][CTEST_MATRIX_STRIDE], const double b[][CTEST_MATRIX_STRIDE],
                    double c[][CTEST_MATRIX_STRIDE], int n, int r, int m);

/* ---- Bounded forms ------------------------------------------------------- */

/**
 * Stores the sum of values[0 .. n - 1] in *result.
 * CTEST_ERR_BOUNDS when n is greater than length.
 */
CTEST_API int sum_bounded(const double values[], size_t length, size_t n, double *result);

/**
 * titlecase() for a buffer of capacity bytes.
 * CTEST_ERR_UNTERMINATED, with text unchanged, when there is no NUL in it.
 */
CTEST_API int titlecase_bounded(char *text, size_t capacity);

/**
 * tokenize() for rows_count rows of row_bytes bytes each, one after the other
 * in rows, and a text of capacity bytes with a NUL among them. *count is the
 * number of tokens stored, on an error too; those rows are valid.
 * CTEST_ERR_UNTERMINATED, CTEST_ERR_TOKEN_TOO_LONG (the row for that token is
 * then empty) or CTEST_ERR_TOO_MANY_TOKENS.
 */
CTEST_API int tokenize_bounded(char sep, const char *text, size_t capacity, char *rows,
                               size_t rows_count, size_t row_bytes, size_t *count);

/**
 * mult() for rows that are stride doubles apart, with the length of each array
 * in doubles. An array needs (rows - 1) * stride + columns of them.
 * CTEST_ERR_ARGUMENT when a count is 0 or a row is longer than stride,
 * CTEST_ERR_BOUNDS when an array is too short; c is then unchanged.
 */
CTEST_API int mult_bounded(const double *a, size_t a_length, const double *b, size_t b_length,
                           double *c, size_t c_length, size_t n, size_t r, size_t m,
                           size_t stride);

/* ---- Pointer forms of structs by value ----------------------------------- */

/**
 * Stores *a + *b in *result, which may be either of them.
 * CTEST_ERR_ARGUMENT when a pointer is NULL.
 */
CTEST_API int add_into(const struct Complex *a, const struct Complex *b, struct Complex *result);

/* ---- Calling back -------------------------------------------------------- */

/**
 * Receives one token, without its separator and with a NUL, valid until it
 * returns; its length in bytes; and how many tokens came before. A negative
 * answer ends the visit.
 */
typedef int (*token_visitor)(const char *token, size_t length, size_t index);

/**
 * Calls visit for each token of text, in order, on the calling thread, and
 * returns the sum of its answers. Ends early, with the sum so far, when an
 * answer is negative. Tokens are those of tokenize().
 * scratch is where a token is put before it is visited: scratch_bytes is at
 * least 1 more than the longest token.
 * Returns the negated result code when something is wrong: -CTEST_ERR_ARGUMENT
 * for a NULL, -CTEST_ERR_TOKEN_TOO_LONG for a token that does not fit.
 */
CTEST_API long long visit_tokens(char sep, const char *text, char *scratch, size_t scratch_bytes,
                                 token_visitor visit);

#ifdef __cplusplus
}
#endif

#endif
