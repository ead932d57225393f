# A killed program cannot flush, and what it printed before the limit belongs in the response: so standard output is written line by
# line, as on a terminal. PYTHONUNBUFFERED would write every argument of print by itself, at twice the cost again.
import sys

if sys.stdout:
    sys.stdout.reconfigure(line_buffering=True)
