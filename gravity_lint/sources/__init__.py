"""The files themselves: text, lines, tree and spans, and how a file is replaced."""
