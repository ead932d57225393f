#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define TEXT_MAX 16384
#define BETWEEN_COUNTS (8 * NS_PER_MS)
#define LONGEST_TURN (2 * NS_PER_MS)
/* The kernel's count of its TCP and UDP memory lags by this much for each processor (SK_MEMORY_PCPU_RESERVE). */
#define LAG_PER_PROCESSOR (UINT64_C(1) << 20)
/* Where the kernel does not say how much one socket may hold: what Linux 6.18 allows TCP by default. */
#define MOST_IN_ONE_SOCKET (UINT64_C(32) << 20)

enum { QUEUES_COLUMN = 4 /* of every table, from 0 */, SOCKETS_COLUMN = 2 /* of /proc/net/protocols */ };

/* The tables that say exactly what is held, in the order of a count. TCP's shows bytes of payload only and comes last, by netlink. */
static const struct table {
    const char *path;
    int base;      /* of the numbers: "tx:rx" in hexadecimal, or two columns in decimal */
    bool internet; /* version 2 charges it */
} tables[] = {
    {"/proc/net/netlink", 10, false}, {"/proc/net/icmp", 16, false}, {"/proc/net/icmp6", 16, false},
    {"/proc/net/udp", 16, true},      {"/proc/net/udp6", 16, true},
};

enum { TABLES = sizeof tables / sizeof tables[0], FAMILIES = 2, STAGES = TABLES + FAMILIES };

static const unsigned char families[FAMILIES] = {AF_INET, AF_INET6};

static int summary = -1; /* sockstat */
static int protocols = -1;
static int diagnosis = -1;
static int table_fds[TABLES];
static bool tables_open;
static bool internet;
static uint64_t lag;
static uint64_t most_in_one = MOST_IN_ONE_SOCKET;
static uint64_t idle; /* sockets that are there without a program */

/* What sockstat says: sockets of this network namespace, and the memory of TCP and UDP of the whole machine. */
struct summary {
    uint64_t used;
    uint64_t tcp_bytes;
    uint64_t udp_bytes;
};

static struct {
    int stage;      /* where it is; STAGES: complete */
    off_t offset;   /* in a table */
    bool asked;     /* TCP's dump is under way */
    uint64_t bytes; /* so far */
    uint64_t internet_bytes; /* of these, TCP's and UDP's */
    uint64_t last;  /* what the last complete count came to */
    uint64_t begun_ns;
} count;

static char text[TEXT_MAX] __attribute__((aligned(16)));

static int open_to_read(const char *path) {
    return open(path, O_RDONLY | O_CLOEXEC);
}

static bool read_text(int fd, off_t offset, size_t *length) {
    ssize_t got = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, offset);
    if (got <= 0) return false;
    text[got] = '\0';
    *length = (size_t)got;
    return true;
}

/* The number behind `key` on the line that starts with `line`, or 0. */
static uint64_t number_in(const char *line, const char *key) {
    const char *start = strstr(text, line);
    if (!start) return 0;
    const char *end = strchr(start, '\n');
    const char *found = strstr(start, key);
    if (!found || (end && found > end)) return 0;
    return strtoull(found + strlen(key), NULL, 10);
}

static bool read_summary(struct summary *now) {
    size_t length;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (!read_text(summary, 0, &length)) return false;
    now->used = number_in("sockets:", "used ");
    now->tcp_bytes = number_in("TCP:", "mem ") * page;
    now->udp_bytes = number_in("UDP:", "mem ") * page;
    return true;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* The last of the numbers in a file, or 0. */
static uint64_t last_number(const char *path) {
    size_t length;
    int fd = open_to_read(path);
    bool found = read_text(fd, 0, &length);
    if (fd >= 0) close(fd);
    if (!found) return 0;
    const char *start = strrchr(text, '\t');
    return strtoull(start ? start + 1 : text, NULL, 10);
}

/* A receive buffer grows to the last number of tcp_rmem by itself, and to twice rmem_max (not to be seen before 6.x) when asked to. */
static void find_most_in_one(void) {
    uint64_t by_itself = last_number("/proc/sys/net/ipv4/tcp_rmem");
    uint64_t when_asked = 2 * last_number("/proc/sys/net/core/rmem_max");
    if (by_itself > 0) most_in_one = larger(by_itself, when_asked);
}

void sockets_open(bool internet_too, uint64_t processors) {
    struct summary now;
    internet = internet_too;
    lag = processors * LAG_PER_PROCESSOR;
    summary = open_to_read("/proc/net/sockstat");
    if (read_summary(&now)) idle = now.used;
}

/* Only now, because most programs have no sockets. The diagnosis is a socket itself. */
static void open_tables(void) {
    tables_open = true;
    for (int i = 0; i < TABLES; i++) table_fds[i] = open_to_read(tables[i].path);
    if (!internet) return;
    protocols = open_to_read("/proc/net/protocols");
    find_most_in_one();
    diagnosis = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
    if (diagnosis >= 0) idle++;
}

void sockets_begin(void) {
    bool asked = count.asked;
    memset(&count, 0, sizeof count);
    if (!asked) return;
    /* A dump that is not read to its end would be answered by EBUSY from now on. */
    close(diagnosis);
    diagnosis = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
}

/* ---- tables of text */

static const char *column(const char *line, int number) {
    line += strspn(line, " ");
    for (; number > 0; number--) {
        line += strcspn(line, " \n");
        line += strspn(line, " ");
    }
    return line;
}

static uint64_t bytes_in_line(const char *line, int base) {
    char *behind;
    const char *first = column(line, QUEUES_COLUMN);
    uint64_t one = strtoull(first, &behind, base);
    uint64_t other = strtoull(*behind == ':' ? behind + 1 : behind, NULL, base);
    return one + other;
}

/* Whole lines only; what is behind them is read again with the next. */
static size_t add_lines(const struct table *table, bool has_heading) {
    char *line = text;
    for (char *end; (end = strchr(line, '\n')); line = end + 1) {
        if (has_heading && line == text) continue;
        *end = '\0';
        uint64_t bytes = bytes_in_line(line, table->base);
        count.bytes += bytes;
        if (table->internet) count.internet_bytes += bytes;
    }
    return (size_t)(line - text);
}

static void next_stage(void) {
    count.stage++;
    count.offset = 0;
    count.asked = false;
}

static void step_table(int index) {
    size_t length;
    if ((tables[index].internet && !internet) || !read_text(table_fds[index], count.offset, &length)) {
        next_stage();
        return;
    }
    size_t taken = add_lines(&tables[index], count.offset == 0);
    count.offset += (off_t)taken;
    if (taken == 0) next_stage();
}

/* ---- TCP: the kernel tells by netlink what is held, in full */

static bool ask(unsigned char family) {
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } message = {
        .header = {.nlmsg_len = sizeof message, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0u},
    };
    message.request.idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1);
    return send(diagnosis, &message, sizeof message, 0) == (ssize_t)sizeof message;
}

static uint64_t bytes_of_socket(const struct nlmsghdr *header) {
    const struct inet_diag_msg *message = NLMSG_DATA(header);
    int left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof *message));
    const struct rtattr *attribute = (const struct rtattr *)(message + 1);
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        if (attribute->rta_type != INET_DIAG_SKMEMINFO || RTA_PAYLOAD(attribute) <= SK_MEMINFO_BACKLOG * sizeof(uint32_t)) continue;
        const uint32_t *held = RTA_DATA(attribute);
        return (uint64_t)held[SK_MEMINFO_RMEM_ALLOC] + held[SK_MEMINFO_WMEM_QUEUED] + held[SK_MEMINFO_OPTMEM] + held[SK_MEMINFO_BACKLOG];
    }
    return 0;
}

/* Adds what the answer lists; false when it was the last. */
static bool add_answer(int length) {
    const struct nlmsghdr *header = (const struct nlmsghdr *)text;
    for (; NLMSG_OK(header, (unsigned)length); header = NLMSG_NEXT(header, length)) {
        if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return false;
        uint64_t bytes = bytes_of_socket(header);
        count.bytes += bytes;
        count.internet_bytes += bytes;
    }
    return true;
}

static void step_tcp(unsigned char family) {
    if (!count.asked && !(count.asked = ask(family))) {
        next_stage();
        return;
    }
    ssize_t length = recv(diagnosis, text, sizeof text, 0);
    if (length <= 0 || !add_answer((int)length)) next_stage();
}

/* ---- sockets in no table */

/* How many sockets the tables of all protocols have. */
static bool count_listed(uint64_t *listed) {
    size_t length;
    if (!read_text(protocols, 0, &length)) return false;
    *listed = 0;
    const char *line = strchr(text, '\n');
    for (; line && line[1] != '\0'; line = strchr(line + 1, '\n')) *listed += strtoull(column(line + 1, SOCKETS_COLUMN), NULL, 10);
    return true;
}

/*
 * A socket that was disconnected or reset is in no table, and keeps what it has received. So for each that is missing there, as much as one can hold
 * is assumed, as far as the machine has TCP and UDP memory that is not accounted for.
 */
static uint64_t hidden_bytes(const struct summary *now) {
    uint64_t listed;
    uint64_t of_machine = now->tcp_bytes + now->udp_bytes;
    if (of_machine <= count.internet_bytes || !count_listed(&listed) || now->used <= listed) return 0;
    uint64_t at_most = (now->used - listed) * most_in_one;
    uint64_t unaccounted = of_machine - count.internet_bytes;
    return at_most < unaccounted ? at_most : unaccounted;
}

/* ---- a count */

/* Walking TCP's table takes half a millisecond and more even when it is empty. */
static bool could_matter(const struct summary *now, uint64_t room) {
    return internet && diagnosis >= 0 && count.bytes + now->tcp_bytes + lag > room;
}

static void step(const struct summary *now, uint64_t room) {
    if (count.stage < TABLES) step_table(count.stage);
    else if (!count.asked && !could_matter(now, room)) next_stage();
    else step_tcp(families[count.stage - TABLES]);
}

static void finish(const struct summary *now, uint64_t room) {
    uint64_t internet_at_most = now->tcp_bytes + now->udp_bytes - count.internet_bytes;
    if (internet && now->tcp_bytes + now->udp_bytes > count.internet_bytes && count.bytes + internet_at_most > room) {
        count.bytes += hidden_bytes(now);
    }
    count.last = count.bytes;
    count.stage = 0;
    count.bytes = 0;
    count.internet_bytes = 0;
}

static uint64_t go_on(const struct summary *now, uint64_t room) {
    uint64_t until = clock_now() + LONGEST_TURN;
    do step(now, room);
    while (count.stage < STAGES && clock_now() < until);
    if (count.stage == STAGES) finish(now, room);
    return larger(count.last, count.bytes);
}

uint64_t sockets_bytes(uint64_t room) {
    struct summary now;
    uint64_t time = clock_now();
    if (time - count.begun_ns < BETWEEN_COUNTS) return count.last;
    count.begun_ns = time;
    if (!read_summary(&now) || (now.used <= idle && count.stage == 0)) return count.last = 0;
    if (!tables_open) open_tables();
    return go_on(&now, room);
}
