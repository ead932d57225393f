#include "sockets.h"

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
#define SUMMARY_MAX 4096
#define BETWEEN_COUNTS (8 * NS_PER_MS)
#define LONGEST_TURN (4 * NS_PER_MS)
/* The kernel's count of its TCP and UDP memory lags by this much per processor (SK_MEMORY_PCPU_RESERVE). */
#define LAG_PER_PROCESSOR (UINT64_C(1) << 20)

/* What a TCP connection takes before it is accepted, and after its end (TIME_WAIT). It is charged to no cgroup. */
enum { SOCKET_BYTES = 3072, LINGERING_BYTES = 256 };
enum { TIME_WAIT = 6, LISTEN = 10 }; /* TCP_TIME_WAIT, TCP_LISTEN */

enum { QUEUES_COLUMN = 4 /* of every table, from 0 */ };

/* The text tables. They are exact, and the only way to list ping sockets. */
static const struct table {
    const char *path;
    int base; /* of the numbers: "tx:rx" in hexadecimal, or two columns in decimal */
} tables[] = {{"/proc/net/netlink", 10}, {"/proc/net/icmp", 16}, {"/proc/net/icmp6", 16}};

/*
 * TCP and UDP by netlink. The text table of TCP shows bytes of payload without the kernel's overhead, and that of UDP takes ten times as long.
 * Walking TCP's table takes at least half a millisecond, even when it is empty.
 */
static const struct dump {
    unsigned char family;
    unsigned char protocol;
} dumps[] = {{AF_INET, IPPROTO_UDP}, {AF_INET6, IPPROTO_UDP}, {AF_INET, IPPROTO_TCP}, {AF_INET6, IPPROTO_TCP}};

enum { TABLES = sizeof tables / sizeof tables[0], DUMPS = sizeof dumps / sizeof dumps[0], STAGES = TABLES + DUMPS };

static int summary = -1; /* sockstat */
static int diagnosis = -1;
static int table_fds[TABLES];
static bool tables_open;
static bool internet; /* whether the memory of TCP and UDP sockets is not charged to the cgroup */
static uint64_t lag;
static uint64_t idle; /* sockets that exist without a program */

/* From sockstat: sockets of this network namespace, and the TCP and UDP memory of the whole machine. */
struct summary {
    uint64_t used;
    uint64_t lingering;
    uint64_t tcp_bytes;
    uint64_t udp_bytes;
};

static struct {
    int stage;      /* current stage; STAGES: complete */
    off_t offset;   /* in a table; the kernel walks it again from its beginning if a read does not continue the previous one */
    size_t carried; /* bytes at the beginning of `text` of a line whose end has not been read */
    bool asked;     /* whether a dump is in progress */
    uint64_t queued; /* connections in a listener's queue that are counted and have not been seen in the table */
    uint64_t bytes; /* so far */
    uint64_t last;  /* result of the last complete count */
    uint64_t begun_ns;
} count;

static char text[TEXT_MAX] __attribute__((aligned(16))); /* of tables and dumps */
static char small[SUMMARY_MAX];                          /* of the summary */

static int open_to_read(const char *path) {
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* One read returns everything that is needed. */
static bool read_start(int fd) {
    ssize_t got = fd < 0 ? -1 : pread(fd, small, sizeof small - 1, 0);
    if (got > 0) small[got] = '\0';
    return got > 0;
}

/* The number after `key` on the line that starts with `line`, or 0. */
static uint64_t number_in(const char *line, const char *key) {
    const char *start = strstr(small, line);
    if (!start) return 0;
    const char *end = strchr(start, '\n');
    const char *found = strstr(start, key);
    if (!found || (end && found > end)) return 0;
    return strtoull(found + strlen(key), NULL, 10);
}

static bool read_summary(struct summary *now) {
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (!read_start(summary)) return false;
    now->used = number_in("sockets:", "used ");
    now->lingering = number_in("TCP:", "tw ");
    now->tcp_bytes = number_in("TCP:", "mem ") * page;
    now->udp_bytes = number_in("UDP:", "mem ") * page;
    return true;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

void sockets_open(bool internet_too, uint64_t processors) {
    struct summary now;
    internet = internet_too;
    lag = processors * LAG_PER_PROCESSOR;
    summary = open_to_read("/proc/net/sockstat");
    if (read_summary(&now)) idle = now.used;
}

/* Opened late, because most programs have no sockets. The diagnostic socket is a socket, too. */
static void open_tables(void) {
    tables_open = true;
    for (int i = 0; i < TABLES; i++) table_fds[i] = open_to_read(tables[i].path);
    diagnosis = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
    if (diagnosis >= 0) idle++;
}

void sockets_begin(void) {
    bool asked = count.asked;
    memset(&count, 0, sizeof count);
    if (!asked) return;
    /* If a dump is not read to its end, the next ones return EBUSY. */
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

/* Adds the complete lines and keeps the rest for the next call. */
static void add_lines(const struct table *table, size_t length, bool has_heading) {
    char *line = text;
    text[length] = '\0';
    for (char *end; (end = strchr(line, '\n')); line = end + 1) {
        if (has_heading && line == text) continue;
        count.bytes += bytes_in_line(line, table->base);
    }
    count.carried = length - (size_t)(line - text);
    memmove(text, line, count.carried);
}

static void next_stage(void) {
    count.stage++;
    count.offset = 0;
    count.carried = 0;
    count.asked = false;
}

static void step_table(int index) {
    const struct table *table = &tables[index];
    ssize_t got = -1;
    bool has_room = count.carried < sizeof text - 1;
    if (table_fds[index] >= 0 && has_room) got = pread(table_fds[index], text + count.carried, sizeof text - 1 - count.carried, count.offset);
    if (got <= 0) {
        next_stage();
        return;
    }
    bool has_heading = count.offset == 0;
    count.offset += got;
    add_lines(table, count.carried + (size_t)got, has_heading);
}

/* ---- dumps: the kernel reports by netlink all memory that is held */

static bool ask(const struct dump *dump) {
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } message = {
        .header = {.nlmsg_len = sizeof message, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = dump->family, .sdiag_protocol = dump->protocol, .idiag_states = ~0u},
    };
    message.request.idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1);
    return send(diagnosis, &message, sizeof message, 0) == (ssize_t)sizeof message;
}

/*
 * The kernel creates the socket of a connection itself and charges it to the program that accepts it. Until then it is not charged. Only the
 * listener's queue counts all of them, because connections that the other end has reset are in no table. The kernel lists listeners first.
 */
static uint64_t bytes_of_queue(const struct inet_diag_msg *message) {
    if (message->idiag_state != LISTEN) return 0;
    count.queued += message->idiag_rqueue;
    return (uint64_t)message->idiag_rqueue * SOCKET_BYTES;
}

static uint64_t bytes_of_ownerless(const struct inet_diag_msg *message) {
    if (message->idiag_state == TIME_WAIT) return LINGERING_BYTES;
    if (count.queued == 0) return SOCKET_BYTES;
    count.queued--;
    return 0;
}

static uint64_t bytes_of_buffers(const struct nlmsghdr *header) {
    const struct inet_diag_msg *message = NLMSG_DATA(header);
    int left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof *message));
    const struct rtattr *attribute = (const struct rtattr *)(message + 1);
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        if (attribute->rta_type != INET_DIAG_SKMEMINFO || RTA_PAYLOAD(attribute) <= SK_MEMINFO_BACKLOG * sizeof(uint32_t)) continue;
        const uint32_t *held = RTA_DATA(attribute);
        uint64_t sent = larger(held[SK_MEMINFO_WMEM_QUEUED], held[SK_MEMINFO_WMEM_ALLOC]); /* TCP's; UDP's */
        return sent + held[SK_MEMINFO_RMEM_ALLOC] + held[SK_MEMINFO_OPTMEM] + held[SK_MEMINFO_BACKLOG];
    }
    return 0;
}

static uint64_t bytes_of_socket(const struct nlmsghdr *header) {
    const struct inet_diag_msg *message = NLMSG_DATA(header);
    bool is_ownerless = message->idiag_inode == 0;
    uint64_t bytes = is_ownerless ? bytes_of_ownerless(message) : bytes_of_queue(message);
    return is_ownerless || internet ? bytes + bytes_of_buffers(header) : bytes;
}

/* Adds the sockets in an answer. Returns false after the last one. */
static bool add_answer(int length) {
    const struct nlmsghdr *header = (const struct nlmsghdr *)text;
    for (; NLMSG_OK(header, (unsigned)length); header = NLMSG_NEXT(header, length)) {
        if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return false;
        count.bytes += bytes_of_socket(header);
    }
    return true;
}

static void step_dump(const struct dump *dump) {
    if (!count.asked && !(count.asked = ask(dump))) {
        next_stage();
        return;
    }
    ssize_t length = recv(diagnosis, text, sizeof text, 0);
    if (length <= 0 || !add_answer((int)length)) next_stage();
}

/* ---- a count */

/* Whether the sockets of the machine, if all were counted here, would bring the count over the limit. */
static bool could_matter(const struct summary *now, uint64_t room) {
    uint64_t sockets = (now->used - idle) * SOCKET_BYTES + now->lingering * LINGERING_BYTES;
    return count.bytes + sockets + now->tcp_bytes + now->udp_bytes + lag > room;
}

static bool is_wanted(const struct dump *dump, const struct summary *now, uint64_t room) {
    if (diagnosis < 0) return false;
    if (count.asked) return true;
    return dump->protocol == IPPROTO_UDP ? internet : could_matter(now, room);
}

static void step(const struct summary *now, uint64_t room) {
    int dump = count.stage - TABLES;
    if (dump < 0) step_table(count.stage);
    else if (is_wanted(&dumps[dump], now, room)) step_dump(&dumps[dump]);
    else next_stage();
}

static void finish(void) {
    count.last = count.bytes;
    count.stage = 0;
    count.bytes = 0;
    count.queued = 0;
}

static uint64_t go_on(const struct summary *now, uint64_t room) {
    uint64_t until = clock_now() + LONGEST_TURN;
    do step(now, room);
    while (count.stage < STAGES && clock_now() < until);
    if (count.stage == STAGES) finish();
    return larger(count.last, count.bytes);
}

uint64_t sockets_bytes(uint64_t room) {
    struct summary now;
    uint64_t time = clock_now();
    if (time - count.begun_ns < BETWEEN_COUNTS) return count.last;
    count.begun_ns = time;
    if (!read_summary(&now)) return count.last = 0;
    if (now.used < idle) now.used = idle;
    if (now.used == idle && now.lingering == 0 && count.stage == 0) return count.last = 0;
    if (!tables_open) open_tables();
    return go_on(&now, room);
}
