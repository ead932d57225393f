# A killed program cannot flush its output, but the response must have what it printed before. So standard output is flushed after
# every line, as on a terminal. PYTHONUNBUFFERED would write each argument of print separately and cost twice as much.
import sys

if sys.stdout:
    sys.stdout.reconfigure(line_buffering=True)
