"""The loop of the vectorised path compiled by numba: for workers, commands and benchmarks."""

from app.quant import bulk_kernels, kernels
from app.quant.compiled import COMPILED, compile_modules
from app.quant.simulation import rules, signal_kernels
from app.quant.simulation.signals import SignalLoops

COMPILED_SIGNALS = SignalLoops(
    compile_modules(kernels, bulk_kernels, rules, signal_kernels)["trade_changes"], COMPILED
)
