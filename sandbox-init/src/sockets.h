/*
 * Memory of sockets that no cgroup is charged for. Version 1 charges only the buffers of local sockets; version 2 also those of TCP and
 * UDP, but not those of netlink and ping sockets. Neither charges a TCP connection before it is accepted.
 * (Linux: __sk_mem_raise_allocated in net/core/sock.c; GFP_KERNEL_ACCOUNT in net/unix/af_unix.c.)
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

/* Once, before any program. `internet_too`: whether the buffers of TCP and UDP are counted. */
void sockets_open(bool internet_too, uint64_t processors);

/* Forgets what the previous execution had. */
void sockets_begin(void);

/*
 * Bytes held now. More than `room` is over the limit: below that, what is costly is not looked at unless it could make the difference.
 * Takes a few milliseconds at most; with very many sockets a count goes on over several calls.
 */
uint64_t sockets_bytes(uint64_t room);

#endif
