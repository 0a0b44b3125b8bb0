def add(a, b):
    """Return what the tests in tests/test_math_ops.py ask for."""
    raise NotImplementedError
