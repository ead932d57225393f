/* The shape of the frames (PROTOCOL.md): length (4 bytes, big-endian), type (1 byte), payload. */
#ifndef FRAME_H
#define FRAME_H

#define FRAME_HEADER 5
#define FRAME_IN_MAX (1024 * 1024)
#define FRAME_OUT_MAX (64 * 1024)

enum {
    IN_FILES = 'F',
    IN_TMP_FILES = 'T',
    IN_EXEC = 'X',
    IN_STDIN = 'I',
    IN_SIGNAL = 'S',
    IN_COLLECT = 'C',
    IN_SNAPSHOT = 'P',
    IN_RESET = 'R',
    IN_LIMITS = 'L',
    IN_AHEAD = 'A',
    IN_EXIT = 'Q',
};

enum {
    OUT_READY = 'r',
    OUT_STARTED = 's',
    OUT_STDOUT = 'o',
    OUT_STDERR = 'e',
    OUT_STDIN_ACK = 'a',
    OUT_EXITED = 'x',
    OUT_FILES = 'f',
    OUT_OMITTED = 'n',
    OUT_ERROR = 'E',
};

#endif
