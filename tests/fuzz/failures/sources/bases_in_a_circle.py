class AException(BException): ...


class BException(AException): ...


def f():
    raise AException()
