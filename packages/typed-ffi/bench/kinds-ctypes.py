"""Measures kinds of calls through Python's ctypes: probe and kinds libraries in, JSON out."""
import json
import sys
import time
from ctypes import CDLL, POINTER, Structure, byref, c_char_p, c_double, c_int, c_size_t, create_string_buffer

probe, kinds, libc = CDLL(sys.argv[1]), CDLL(sys.argv[2]), CDLL(None)
seconds = float(sys.argv[3]) / 1000


class Pair(Structure):
    _fields_ = [("x", c_double), ("y", c_double)]


probe.add_two.argtypes = c_int, c_int
probe.length_or_zero.argtypes, probe.length_or_zero.restype = (c_char_p,), c_size_t
probe.greeting.argtypes, probe.greeting.restype = (c_int,), c_char_p
kinds.scale.argtypes, kinds.scale.restype = (POINTER(c_double), c_size_t, c_double), None
libc.strlen.argtypes, libc.strlen.restype = (c_char_p,), c_size_t
probe.probe_value.argtypes = (POINTER(Pair),)
probe.divide.argtypes = c_int, c_int, POINTER(c_int), POINTER(c_int)
probe.pair_sum.argtypes, probe.pair_sum.restype = (Pair,), c_double
probe.pair_of.argtypes, probe.pair_of.restype = (c_double, c_double), Pair

text = "the advantages of script languages"
values = (c_double * 10)(1, 2, 1, 6, 4, 2, 7, 3, 1, 5)
buffer = create_string_buffer(text.encode())
pair = Pair(1, 2)


def outputs():
    quotient, remainder = c_int(), c_int()
    probe.divide(17, 5, byref(quotient), byref(remainder))
    return quotient.value, remainder.value


runs = {
    "two integers": lambda: probe.add_two(7, 3),
    "text": lambda: probe.length_or_zero(text.encode()),
    "text result": lambda: probe.greeting(1).decode(),
    "array and length": lambda: kinds.scale(values, 10, 1),
    "text buffer": lambda: libc.strlen(buffer),
    "struct pointer, const": lambda: probe.probe_value(byref(pair)),
    "struct pointer": lambda: probe.probe_value(byref(pair)),
    "two outputs": outputs,
    "struct by value": lambda: probe.pair_sum(pair),
    "struct result": lambda: probe.pair_of(1, 2),
}


def measure(run):
    best = None
    for _ in range(8):
        calls, start, used = 0, time.perf_counter(), time.thread_time()
        while time.perf_counter() - start < seconds / 8:
            for _ in range(200):
                run()
            calls += 200
        each = (time.thread_time() - used) * 1e9 / calls
        best = each if best is None else min(best, each)
    return best


print(json.dumps({name: measure(run) for name, run in runs.items()}))
