/* The second seccomp filter: takes back what the engine has to allow the outer init. */
#ifndef CELL_FILTER_H
#define CELL_FILTER_H

/* Irrevocable. Must come before the other filter, which allows no further one. */
void cell_filter_install(void);

#endif
