/*
 * Memory of sockets that is charged to no cgroup. Version 1 charges only the buffers of local sockets; version 2 also those of TCP and
 * UDP, but not those of netlink and ping sockets. Neither charges a TCP connection before it is accepted.
 * (Linux: __sk_mem_raise_allocated in net/core/sock.c; GFP_KERNEL_ACCOUNT in net/unix/af_unix.c.)
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

/* Called once, before any program. `internet_too`: whether the buffers of TCP and UDP are counted. */
void sockets_open(bool internet_too, uint64_t processors);

/* Discards the counts of the previous execution. */
void sockets_begin(void);

/*
 * Bytes held now. More than `room` is over the limit. Costly tables are read only if they could make the difference.
 * Takes a few milliseconds at most. With very many sockets, a count is spread over several calls.
 */
uint64_t sockets_bytes(uint64_t room);

#endif
