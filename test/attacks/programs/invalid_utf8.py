"""Writes bytes that are not text, and terminal escapes."""
import os

os.write(1, bytes(range(256)) * 4 + b"\x1b]0;title\x07\xed\xa0\x80\xf4\x90\x80\x80")
