"""Names of Python's own modules that not all supported versions have: a program that asks for one works with several versions.

Source: the "What's New in Python" pages from 3.11 on, https://docs.python.org/3/whatsnew/.
"""

from __future__ import annotations

_TYPING = """LiteralString Never NotRequired Required Self TypeVarTuple Unpack assert_never assert_type clear_overloads dataclass_transform
get_overloads reveal_type TypeAliasType get_protocol_members is_protocol override NoDefault ReadOnly TypeIs evaluate_forward_ref
ByteString"""
_ENUM = """CONFORM CONTINUOUS EJECT EnumCheck EnumType FlagBoundary KEEP NAMED_FLAGS ReprEnum STRICT StrEnum UNIQUE global_enum member
nonmember property show_flag_values verify EnumDict"""
_TABLE = {
    "asyncio": "Barrier BrokenBarrierError QueueShutDown Runner TaskGroup Timeout coroutine eager_task_factory timeout timeout_at",
    "ast": "Bytes Ellipsis NameConstant Num Str",
    "builtins": "BaseExceptionGroup EncodingWarning ExceptionGroup PythonFinalizationError _IncompleteInputError",
    "collections.abc": "Buffer ByteString",
    "contextlib": "chdir",
    "copy": "replace",
    "datetime": "UTC",
    "enum": _ENUM,
    "functools": "Placeholder",
    "inspect": "BufferFlags formatargspec getargspec getasyncgenlocals getasyncgenstate getmembers_static ispackage markcoroutinefunction",
    "itertools": "batched",
    "logging": "getHandlerByName getHandlerNames getLevelNamesMapping warn",
    "math": "cbrt exp2 fma sumprod",
    "operator": "call is_none is_not_none",
    "os": "process_cpu_count unshare",
    "random": "binomialvariate",
    "re": "NOFLAG template TEMPLATE",
    "statistics": "kde kde_random",
    "string": "Template.get_identifiers Template.is_valid",
    "sys": "_is_gil_enabled _is_interned activate_stack_trampoline exception monitoring set_int_max_str_digits get_int_max_str_digits",
    "types": "CapsuleType get_original_bases",
    "typing": _TYPING,
    "warnings": "deprecated",
}
NEWER = {module: frozenset(names.split()) for module, names in _TABLE.items()}
