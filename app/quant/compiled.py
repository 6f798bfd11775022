"""The loops of `bulk_kernels` compiled by numba: for workers and commands, never for web.

The source that is compiled is the source that Python runs: no fast-math, no reordering.
The compiled code is kept on disk; its name carries a fingerprint of the source files,
because numba itself does not notice a change in a function that another one calls.
"""

import hashlib
import inspect
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import numba

from app.quant import bulk_kernels, kernels
from app.quant.bulk import Loops


def compile_modules(*modules: ModuleType) -> dict[str, Any]:
    """Compile the functions of some modules, which call each other by their plain names."""
    sources = (*modules, sys.modules[__name__])
    source = "".join(inspect.getsource(module) for module in sources)
    fingerprint = hashlib.sha256(source.encode()).hexdigest()[:12]
    # The loops allocate nothing, so numba need not count references to the arrays (`_nrt`):
    # those atomic counts were three quarters of the time.
    # Inlining halves the rest. No fast-math: the bits are those of plain Python.
    options: dict[str, Any] = {
        "cache": True,
        "fastmath": False,
        "forceinline": True,
        "_nrt": False,
    }
    compile_one: Callable[[FunctionType], Any] = numba.njit(**options)
    namespace: dict[str, Any] = {}
    for module in modules:
        namespace.update(vars(module))
    for name, function in list(namespace.items()):
        if isinstance(function, FunctionType):
            twin = FunctionType(function.__code__, namespace, name)
            twin.__module__ = function.__module__
            twin.__qualname__ = f"{name}_{fingerprint}"
            namespace[name] = compile_one(twin)
    return namespace


def _make_loops() -> Loops:
    compiled = compile_modules(kernels, bulk_kernels)
    names = [name for name in Loops._fields if name != "is_compiled"]
    return Loops(**{name: compiled[name] for name in names}, is_compiled=True)


COMPILED = _make_loops()
