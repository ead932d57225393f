#include "fork-server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "fork-message.h"
#include "harden.h"

enum { MOST = 64, OUR_END = 0, ITS_END = 1, OUT_OF_THE_WAY = 16, CHILD_FAILED = 127, FILE_CREATION_MASK = 022 };

static char *arguments[MOST + 1];
static char *environment[MOST + 1];
static const struct command command = {
    .arguments = arguments,
    .environment = environment,
    .directory = "/workspace",
    .file_bytes = COMMAND_NO_LIMIT,
};
static int ends[2] = {-1, -1};
static pid_t server;

static bool take(char *argument, const char *key, char **list) {
    size_t length = strlen(key);
    size_t count = 0;
    if (strncmp(argument, key, length) != 0) return false;
    while (list[count]) count++;
    if (count == MOST) fail("protocol", "cells: too many of %s", key);
    list[count] = argument + length;
    return true;
}

bool fork_server_take(char *argument) {
    return take(argument, "fork_arg=", arguments) || take(argument, "fork_env=", environment);
}

const struct command *fork_server_command(void) {
    return arguments[0] ? &command : NULL;
}

int fork_server_socket(void) {
    return ends[OUR_END];
}

_Noreturn static void give_up(const char *call) {
    note("fork server: %s: %s", call, strerror(errno));
    _exit(CHILD_FAILED);
}

/* They stay open in the fork server; the analyzer reports that as a leak. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-fd-leak"
static int out_of_the_way(int descriptor) {
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
    if (moved < 0) give_up("fcntl");
    return moved;
}

static void place(int descriptor, int number) {
    if (dup2(descriptor, number) < 0) give_up("dup2");
}

/* The kinds of its streams are those of a program without input. Standard error is ours, for what may go wrong. */
static void take_descriptors(void) {
    int output[2];
    int mark = memfd_create(FORK_MARK_NAME, MFD_CLOEXEC);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (mark < 0 || null < 0 || pipe2(output, O_CLOEXEC) < 0) give_up("descriptors");
    mark = out_of_the_way(mark);
    int socket = out_of_the_way(ends[ITS_END]);
    place(null, STDIN_FILENO);
    place(output[1], STDOUT_FILENO);
    place(mark, FORK_MARK);
    place(socket, FORK_SOCKET);
}
#pragma GCC diagnostic pop

_Noreturn static void become_fork_server(void) {
    take_descriptors();
    harden_set_all_signals(SIG_DFL);
    umask(FILE_CREATION_MASK);
    if (setsid() < 0) give_up("setsid");
    if (chdir(command.directory) < 0) give_up("chdir");
    execve(arguments[0], arguments, environment);
    give_up("execve");
}

/* If it cannot be executed, or ends, its end of the socket is closed, and interpreters start in the ordinary way. */
void fork_server_start(void) {
    if (!arguments[0]) return;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) fail_call("socketpair");
    server = fork();
    if (server < 0) fail_call("fork");
    if (server == 0) become_fork_server();
    close(ends[ITS_END]);
}

void fork_server_note_end(pid_t process, int status) {
    if (process == server) note("the fork server ended with %d", status);
}
