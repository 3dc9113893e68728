"""\ud800 redis://\udfff@localhost"""


class C:
    """\ud800"""
