/* CPU time that the container spends on making cells: it is in the cgroup's counter, and no program's. */
#ifndef CELL_LEDGER_H
#define CELL_LEDGER_H

#include <stdint.h>

/* Once, in the outer init, before the first cell. */
void cell_ledger_open(void);

/* Enters what the calling process has used since it last did so. */
void cell_ledger_enter(void);

/* Enters what another process has used. */
void cell_ledger_add(uint64_t ns);

/* In a new process, which has used nothing yet. */
void cell_ledger_begin(void);

/* The sum so far, in nanoseconds; 0 outside cells. */
uint64_t cell_ledger_ns(void);

#endif
