# coding: unicode_escape
\x70rint(1)
