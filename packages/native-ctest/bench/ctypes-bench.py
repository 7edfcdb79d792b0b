"""Measures the same functions through Python's ctypes: [name, ms] in, ns per call out."""
import json
import sys
import time
from ctypes import CDLL, POINTER, Structure, byref, c_char, c_char_p, c_double, c_int, create_string_buffer

lib = CDLL(sys.argv[1])


class Complex(Structure):
    _fields_ = [("x", c_double), ("y", c_double)]


lib.add.restype = Complex
lib.add.argtypes = Complex, Complex
lib.swap.argtypes = POINTER(Complex), POINTER(Complex)
lib.sum.restype = c_double
lib.sum.argtypes = POINTER(c_double), c_int
lib.titlecase.argtypes = (c_char_p,)
tokens_type = (c_char * 20) * 20
lib.tokenize.argtypes = c_char, c_char_p, tokens_type
matrix_type = (c_double * 100) * 100
lib.mult.argtypes = matrix_type, matrix_type, matrix_type, c_int, c_int, c_int
libc = CDLL(None)
libc.div.argtypes = c_int, c_int
math = CDLL("libm.so.6")
math.sin.restype = c_double
math.sin.argtypes = (c_double,)

a, b = Complex(3.1, 4.2), Complex(1.9, 2.8)
values = (c_double * 10)(1, 2, 1, 6, 4, 2, 7, 3, 1, 5)
text = b"the advantages of script languages over OTHER languages"
buffer = create_string_buffer(text)
ma, mb, mc = matrix_type(), matrix_type(), matrix_type()


def tokenize():
    rows = tokens_type()
    n = lib.tokenize(b" ", text, rows)
    return [rows[i].value.decode() for i in range(n)]


def titlecase_string():
    text_buffer = create_string_buffer(text)
    lib.titlecase(text_buffer)
    return text_buffer.value.decode()


runs = {
    "add": lambda: lib.add(a, b),
    "swap": lambda: lib.swap(byref(a), byref(b)),
    "sum": lambda: lib.sum(values, 10),
    "titlecase": lambda: lib.titlecase(buffer),
    "titlecase (a string)": titlecase_string,
    "tokenize": tokenize,
    "mult": lambda: lib.mult(ma, mb, mc, 2, 5, 2),
    "sin": lambda: math.sin(1.0),
    "two integers": lambda: libc.div(7, 3),
}


def measure(run, milliseconds):
    calls, start = 0, time.thread_time()
    while True:
        for _ in range(200):
            run()
        calls += 200
        elapsed = time.thread_time() - start
        if elapsed * 1000 > milliseconds:
            return elapsed * 1e9 / calls


for line in sys.stdin:
    name, milliseconds = json.loads(line)
    print(measure(runs[name], milliseconds))
